import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { pino } from 'pino'
import { type Culler, startCuller } from '../../../culler/culler.ts'
import { lastTold, presentLimits } from '../../../hub/db/cullers.ts'
import { noteDesk, noteWarned, openMilliseconds, openNotebooks } from '../../../hub/db/servers/desks.ts'
import { keepServer } from '../../../hub/ends/keep.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, cull, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'

const limits = { idle_seconds: 900, max_age_seconds: 14_400, every_seconds: 300 }

onEachDatabase('stops that learners are warned of', (makeDatabase) => {
  let hub: TestHub
  let culler: Culler | undefined
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase() })
  })
  afterEach(async () => {
    await culler?.stop()
    culler = undefined
    await hub?.stop()
  })

  const tell = (body: object, token = secrets.cullerToken) =>
    createHttpBrowser(hub.address).fetch('/hub/api/culler', {
      method: 'PUT',
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  /** Opens a server that is idle for this many seconds. Returns its row, and how a culler that has looked stops it. */
  async function openIdle(idleSeconds = 1000) {
    await hub.browser().enter('/tmplogin?course=demo')
    const row = await hub.db('servers').first()
    const { name } = await hub.db('users').first()
    const at = Date.now() - idleSeconds * 1000
    await hub.db('activity').where({ server: row.id }).delete()
    const activity = {
      run: row.run,
      last_activity: at,
      probed: Date.now(),
      result: 'idle',
      reason: 'no kernel is busy',
    }
    await hub.db('activity').insert({ server: row.id, ...activity })
    const last_activity = new Date(at).toISOString()
    const stop = async (seen: object = { last_activity }) => {
      const { status, text } = await cull(hub, 'DELETE', `/${name}/servers/demo`, { run: row.run, ...seen })
      return status === 202 ? 202 : `${status} ${JSON.parse(text).error}`
    }
    return { server: { id: row.id as string, run: row.run as number }, at, stop }
  }

  it('are told of by the culler in each round, which a rehearsal does not do', async () => {
    const lines = new EventEmitter()
    const log = pino({}, { write: (line: string) => void lines.emit(JSON.parse(line).msg) })
    const settings = { hub: hub.address, token: secrets.cullerToken, log, maxAgeSeconds: 7200 }
    await startCuller({ ...settings, dryRun: true, forTests: { print: () => undefined } })
    assert.deepEqual([await presentLimits(hub.db), await lastTold(hub.db)], [undefined, undefined])
    const ended = once(lines, 'round ended')
    culler = await startCuller({ ...settings, everySeconds: 0.05 })
    await ended
    assert.deepEqual(await presentLimits(hub.db), { idleSeconds: 900, maxAgeSeconds: 7200 })
    await startCuller({ ...settings, idleSeconds: 60, maxAgeSeconds: 0, once: true })
    assert.deepEqual(await presentLimits(hub.db), { idleSeconds: 60, maxAgeSeconds: 7200 })
    await culler.stop()
    await hub.db('cullers').update({ told: hub.db.raw('told - 70000') })
    assert.deepEqual(await presentLimits(hub.db), { idleSeconds: 60, maxAgeSeconds: 0 })
    await hub.db('cullers').update({ told: hub.db.raw('told - 1000000') })
    assert.equal(await presentLimits(hub.db), undefined)
    assert.equal((await lastTold(hub.db))?.isPresent, false)
  })

  it('come by limits that only a culler tells, as they must be', async () => {
    assert.equal((await tell(limits)).status, 204)
    assert.equal((await tell(limits, secrets.proxyToken)).status, 403)
    const wrong = [{}, { ...limits, more: 1 }, { ...limits, idle_seconds: 0 }, { ...limits, every_seconds: 1e6 }]
    for (const body of [...wrong, { ...limits, max_age_seconds: -1 }, { ...limits, idle_seconds: '900' }])
      assert.equal((await tell(body)).status, 400, JSON.stringify(body))
    assert.equal((await hub.db('cullers')).length, 1)
  })

  it('do not come by idleness while a desk is open that was not warned for long enough', async () => {
    const { server, at, stop } = await openIdle()
    await tell(limits)
    const desk = { server: server.id, run: server.run, path: '' }
    await noteDesk(hub.db, { ...desk, run: server.run - 1 })
    await noteDesk(hub.db, desk)
    await noteDesk(hub.db, { ...desk, path: 'week 1/intro.ipynb' })
    assert.deepEqual([...(await openNotebooks(hub.db, server.id, 1000_000))], ['week 1/intro.ipynb'])
    assert.equal(await stop(), '409 not_warned')
    await noteWarned(hub.db, desk, at - 1)
    await hub.db('desks').update({ warned: hub.db.raw('warned - 181000') })
    assert.equal(await stop(), '409 not_warned', 'the warning was of an earlier idleness')
    await noteWarned(hub.db, desk, at)
    assert.equal(await stop(), '409 not_warned')
    await hub.db('desks').update({ warned: hub.db.raw('warned - 181000') })
    await noteWarned(hub.db, desk, at)
    assert.equal((await hub.db('servers').first()).state, 'ready')
    assert.equal(await stop(), 202)
  })

  it('come without delay where no desk is open, no limits are known, or the server is too old', async () => {
    const later = openMilliseconds + 1000
    const cases: [string, (server: { id: string; run: number }) => Promise<unknown>][] = [
      ['the desk was closed', () => hub.db('desks').update({ seen: hub.db.raw('seen - ?', [later]) })],
      ['the desk was of another run', () => hub.db('desks').update({ run: 0 })],
      ['no culler tells its limits', () => hub.db('cullers').delete()],
    ]
    for (const [what, change] of cases) {
      const { server, stop } = await openIdle()
      await tell(limits)
      await noteDesk(hub.db, { server: server.id, run: server.run, path: '' })
      await hub.db('hubs').update({ begun: hub.db.raw('begun - ?', [later]) })
      assert.equal(await stop(), '409 not_warned')
      await change(server)
      assert.equal(await stop(), 202, what)
      await hub.stop()
      hub = await startTestHub({ database: await makeDatabase() })
    }
    const { server, stop } = await openIdle()
    await tell(limits)
    await noteDesk(hub.db, { server: server.id, run: server.run, path: '' })
    assert.equal(await stop({}), 202)
  })

  it('wait for desks that could not ask while no hub was there', async () => {
    const { server, stop } = await openIdle()
    await tell(limits)
    await noteDesk(hub.db, { server: server.id, run: server.run, path: '' })
    await hub.db('desks').update({ seen: hub.db.raw('seen - ?', [openMilliseconds * 10]) })
    assert.equal(await stop(), '409 not_warned')
    await hub.db('hubs').update({ begun: hub.db.raw('begun - ?', [openMilliseconds]) })
    assert.equal(await stop(), 202)
  })

  it('are refused once their server was kept, until the last moment', async () => {
    const { server, stop } = await openIdle()
    assert.equal(await keepServer(hub, server), true)
    assert.equal(await stop(), '409 changed')
    assert.equal((await hub.db('servers').first()).state, 'ready')
    assert.equal(await keepServer(hub, { ...server, run: server.run + 1 }), false)
  })

  it('are refused, or the wish to keep is, when both come at once', async () => {
    for (let count = 0; count < 5; count += 1) {
      const { server, stop } = await openIdle()
      const [isKept, stopped] = await Promise.all([keepServer(hub, server), stop()])
      assert.equal(stopped, isKept ? '409 changed' : 202)
      await hub.stop()
      hub = await startTestHub({ database: await makeDatabase() })
    }
  })
})
