import assert from 'node:assert/strict'
import type { Course } from '../../../courses/course.ts'
import { findServer } from '../../../hub/db/servers/servers.ts'
import { createChanges } from '../../../hub/servers/changes.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { stopServer } from '../../../hub/servers/stop.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'

// The parts of `openParts` have no loop that polls, so a server starts there only when the admission is woken.
onEachDatabase('the admission', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(async () => parts.stop())

  const request = async () => requestServer(parts.hub, await parts.makeUser(), parts.hub.courses.all.demo as Course)
  const isIn = (id: string, state: string) => async () => (await findServer(parts.hub.db, id))?.state === state

  it('starts the next server as soon as one is ready', async () => {
    parts.hub.config.limits.startsAtOnce = 1
    const servers = await Promise.all(Array.from({ length: 5 }, request))
    for (const { id } of servers) await until(isIn(id, 'ready'))
  })

  it('starts the next server as soon as one has failed', async () => {
    parts.hub.config.limits.startsAtOnce = 1
    parts.world.behaviour.startError = new Error('no room')
    const servers = await Promise.all(Array.from({ length: 3 }, request))
    for (const { id } of servers) await until(isIn(id, 'failed'))
  })

  it('starts the next server as soon as another has stopped', async () => {
    parts.hub.config.limits.servers = 1
    const first = await request()
    await until(isIn(first.id, 'ready'))
    const second = await request()
    assert.equal(second.state, 'queued')
    const seen = await findServer(parts.hub.db, first.id)
    assert.ok(seen && (await stopServer(parts.hub, seen)))
    await until(isIn(second.id, 'ready'))
  })

  it('starts a server again whose launch came while it was stopping', async () => {
    const user = await parts.makeUser()
    const course = parts.hub.courses.all.demo as Course
    const { id } = await requestServer(parts.hub, user, course)
    await until(isIn(id, 'ready'))
    const seen = await findServer(parts.hub.db, id)
    assert.ok(seen && (await stopServer(parts.hub, seen)))
    await requestServer(parts.hub, user, course)
    await until(async () => {
      const now = await findServer(parts.hub.db, id)
      return now?.state === 'ready' && now.run === 2
    })
  })

  it('reads the queue once for many that ask at once', async () => {
    const before = await request()
    await until(isIn(before.id, 'ready'))
    await parts.hub.tasks.stop()
    let rounds = 0
    parts.hub.db.on('query', ({ sql }: { sql: string }) => {
      if (/select .id. from .servers. where .state. = .* limit/.test(sql)) rounds += 1
    })
    await Promise.all(Array.from({ length: 100 }, () => parts.hub.admission.admit()))
    assert.equal(rounds, 1)
  })

  it('begins no round any more once it has stopped', async () => {
    await parts.hub.admission.stop()
    assert.equal((await request()).state, 'queued')
  })
})

describe('changes', () => {
  const never = new AbortController().signal
  const hour = 3_600_000

  it('wake those who wait for this server, and for this kind of change', async () => {
    const changes = createChanges()
    const woken: string[] = []
    const wait = async (name: string, server: string, what: 'any' | 'state', signal = never) => {
      await changes.wait(server, hour, signal, what)
      woken.push(name)
    }
    const leaving = new AbortController()
    const all = [wait('any', 'a', 'any'), wait('state', 'a', 'state'), wait('other', 'b', 'any', leaving.signal)]
    changes.announce('a', 'progress')
    await all[0]
    assert.deepEqual(woken, ['any'])
    changes.announce('a', 'state')
    await all[1]
    assert.deepEqual(woken, ['any', 'state'])
    leaving.abort()
    await all[2]
  })

  it('end for a signal that has aborted before, and after the time', async () => {
    const changes = createChanges()
    await changes.wait('a', hour, AbortSignal.abort())
    await changes.wait('a', 1, never)
  })
})
