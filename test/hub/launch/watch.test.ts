import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { progressStream } from '../../../hub/launch/events.ts'
import type { LaunchProgress } from '../../../hub/launch/progress.ts'
import { createWatch, type Follower } from '../../../hub/launch/watch.ts'
import { createChanges } from '../../../hub/servers/changes.ts'
import { createFakeServers, type FakeServers, slowSpawner } from '../../helpers/fake-spawners.ts'
import { eventsOf, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

const queued: LaunchProgress = { state: 'queued', message: 'You are next.' }

const ready: LaunchProgress = { state: 'ready', message: 'Your notebook is ready.' }

describe('waiting for a server', () => {
  /** Opens a watch whose looks at a server are answered by the test. */
  function open() {
    const changes = createChanges()
    const looks: { server: string; answer: (progress: LaunchProgress) => void; fail: (error: Error) => void }[] = []
    const look = (server: string) =>
      new Promise<LaunchProgress>((answer, fail) => {
        looks.push({ server, answer, fail })
      })
    const watch = createWatch(look, changes, pino({ enabled: false }))
    const join = (server = 's1') => {
      const heard: (string | undefined)[] = []
      const listener: Follower = (progress) => heard.push(progress?.state)
      return { heard, leave: watch.join(server, listener) }
    }
    return { changes, looks, join }
  }

  it('needs one look for each change, however many wait', async () => {
    const { changes, looks, join } = open()
    const all = Array.from({ length: 1000 }, () => join())
    assert.equal(looks.length, 1)
    looks[0]?.answer(queued)
    await until(() => all.every(({ heard }) => heard.length === 1))
    changes.announce('s1', 'progress')
    await until(() => looks.length === 2)
    looks[1]?.answer(ready)
    await until(() => all.every(({ heard }) => heard.at(-1) === 'ready'))
    assert.equal(looks.length, 2)
  })

  it('gives a late follower the last progress', async () => {
    const { looks, join } = open()
    const first = join()
    looks[0]?.answer(queued)
    await until(() => first.heard.length === 1)
    const late = join()
    assert.deepEqual(late.heard, ['queued'])
    first.leave()
    late.leave()
  })

  it('looks again for a follower that joins after the end', async () => {
    const { looks, join } = open()
    const first = join()
    looks[0]?.answer(ready)
    await until(() => first.heard.length === 1)
    const later = join()
    assert.deepEqual([later.heard, looks.length], [[], 2])
    later.leave()
  })

  it('ends when the last follower leaves, and looks at each server separately', async () => {
    const { changes, looks, join } = open()
    const [one, other] = [join('s1'), join('s2')]
    assert.deepEqual(
      looks.map(({ server }) => server),
      ['s1', 's2'],
    )
    looks[0]?.answer(queued)
    looks[1]?.answer(queued)
    await until(() => one.heard.length === 1 && other.heard.length === 1)
    one.leave()
    changes.announce('s1', 'progress')
    changes.announce('s2', 'progress')
    await until(() => looks.length === 3)
    assert.equal(looks[2]?.server, 's2')
    other.leave()
  })

  it('goes on after a failed look', async () => {
    const { changes, looks, join } = open()
    const { heard, leave } = join()
    looks[0]?.fail(new Error('the database is away'))
    await until(() => heard.length === 1)
    changes.announce('s1', 'progress')
    await until(() => looks.length === 2)
    looks[1]?.answer(queued)
    await until(() => heard.length === 2)
    assert.deepEqual(heard, [undefined, 'queued'])
    leave()
  })
})

describe('the age of a start', () => {
  const starting = (age: number): LaunchProgress => ({ state: 'starting', message: 'x', start: { age } })

  it('is told with what else there is to tell, and not at each look', async () => {
    let hear: Follower = () => undefined
    const watch = {
      join: (_: string, listener: Follower) => {
        hear = listener
        return () => undefined
      },
    }
    const stream = progressStream(watch, 's1')
    for (const progress of [starting(10), starting(20), { ...starting(30), percent: 5 }, ready]) hear(progress)
    const events = eventsOf(await text(stream))
    assert.deepEqual(events, [starting(10), { ...starting(30), percent: 5 }, ready])
  })
})

describe('a page that is closed while it waits', () => {
  let hub: TestHub
  let world: FakeServers
  beforeEach(async () => {
    world = createFakeServers()
    const never = new Promise<void>(() => undefined)
    hub = await startTestHub({ world, config: { spawner: slowSpawner(world, never) } })
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  it('hears how old the start is by the clock that has noted its beginning, whatever the hub’s own says', async () => {
    const launch = await hub.browser().open('/tmplogin?course=demo')
    await hub.db('servers').update({ queued: hub.db.raw('queued - 60000') })
    const now = Date.now
    // The hub is in this process.
    Date.now = () => now() + 3_600_000
    try {
      const page = await hub.browser().navigate(`/hub/launches/${launch}`)
      assert.doesNotMatch(page.text, /data-now/)
      const leave = new AbortController()
      const address = `${hub.address}/hub/launches/${launch}/events`
      const { body } = await fetch(address, { headers: { host: 'hub.test' }, signal: leave.signal })
      const { value } = (await body?.getReader().read()) ?? {}
      leave.abort()
      const [{ start } = {}] = eventsOf(new TextDecoder().decode(value)) as LaunchProgress[]
      assert.ok(start !== undefined && start.age >= 60_000 && start.age < 3_600_000, JSON.stringify(start))
    } finally {
      Date.now = now
    }
  })

  it('causes no warning', async () => {
    const earlier = hub.log.length
    const launch = await hub.browser().open('/tmplogin?course=demo')
    const { hostname, port } = new URL(hub.address)
    const socket = connect(Number(port), hostname)
    socket.write(`GET /hub/launches/${launch}/events HTTP/1.1\r\nhost: hub.test\r\n\r\n`)
    await once(socket, 'data')
    socket.destroy()
    await until(() => hub.log.some((line) => line.includes('an answer was cut off')))
    const alarms = hub.log.slice(earlier).filter((line) => JSON.parse(line).level >= 40)
    assert.deepEqual(alarms, [])
  })
})
