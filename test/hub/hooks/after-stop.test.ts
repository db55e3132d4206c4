import assert from 'node:assert/strict'
import { StartRefused } from '../../../config/config.ts'
import { createFarewells, type Farewells } from '../../../hub/hooks/farewells.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { cull } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'
import { demo, type GivenHooks, type HookHub, startHookHub } from './hook-hub.ts'

onEachDatabase('the hook after a stop', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  const start = async (hooks: GivenHooks = {}): Promise<HookHub> => {
    const opened = await startHookHub(await makeDatabase(), { afterStop: () => undefined, ...hooks })
    cleanup.defer(() => opened.close())
    return opened
  }
  const told = async (opened: HookHub, times = 1) => {
    await until(() => opened.told.afterStop.length === times)
    await until(async () => (await opened.hub.db('untold')).length === 0)
    const { signal: _, ...stop } = opened.told.afterStop[times - 1] ?? assert.fail()
    return stop
  }

  it('is told of a run that a person has stopped, once it was seen gone', async () => {
    const opened = await start()
    const { browser, row, hub, world } = opened
    await browser.enter(demo)
    let proceed = () => {}
    world.behaviour.beforeStop = new Promise<void>((resolve) => (proceed = resolve))
    await opened.stopServer()
    await opened.isIn('stopping')
    assert.deepEqual((await hub.db('untold').first()).due, null)
    assert.equal(opened.told.afterStop.length, 0)
    delete world.behaviour.beforeStop
    proceed()
    const { queued, ready, gone, ...stop } = await told(opened)
    const { id } = await row()
    const { name } = await hub.db('users').first('name')
    assert.deepEqual(stop, {
      user: { name, kind: 'temporary', authenticator: 'temporary', groups: [] },
      course: { name: 'demo', slug: 'demo', image: 'demo' },
      ...{ choices: {}, answers: {}, server: id, run: 1, path: `/user/${name}/demo/`, home: false },
      ...{ reason: 'stopped', attempt: 1 },
    })
    assert.ok(queued !== undefined && ready !== undefined && queued <= ready && ready <= gone)
  })

  it('is told of a run that the culler has stopped', async () => {
    const opened = await start()
    const { browser, row, hub } = opened
    await browser.enter(demo)
    const { run } = await row()
    const { name } = await hub.db('users').first('name')
    const answer = await cull(hub, 'DELETE', `/${name}/servers/demo`, { run, reason: 'it is old' })
    assert.ok(answer.status < 300, answer.text)
    const { reason, because } = await told(opened)
    assert.deepEqual([reason, because], ['culled', 'it is old'])
  })

  it('is told of a program that has ended, with its exit code', async () => {
    const opened = await start()
    await opened.browser.enter(demo)
    const [object] = opened.world.objects.values()
    assert.ok(object)
    object.status = { state: 'exited', code: 137, outOfMemory: true, lines: ['Killed'] }
    object.isFrozen = true
    await opened.browser.open(demo)
    const { reason, because, exitCode, failure } = await told(opened)
    assert.deepEqual([reason, because, exitCode], ['failed', 'it ran out of memory', 137])
    assert.match(String(failure), /^The notebook needed more than/)
    await opened.isIn('ready')
  })

  it('is told of a start that the hook before it has refused, and not of one that waited in the queue', async () => {
    const opened = await start({
      beforeStart() {
        throw new StartRefused('No more today.')
      },
    })
    await opened.browser.follow(await opened.browser.open(demo))
    const { reason, failure, ready } = await told(opened)
    assert.deepEqual([reason, failure, ready], ['failed', 'No more today.', undefined])
    const waiting = await startHookHub(
      await makeDatabase(),
      { afterStop: () => undefined },
      { limits: { startsAtOnce: 1 } },
    )
    cleanup.defer(() => waiting.close())
    waiting.world.behaviour.isMute = true
    await waiting.browser.open(demo)
    await waiting.isIn('starting')
    const other = waiting.hub.browser()
    await other.open('/tmplogin?course=third')
    const queued = await waiting.hub.db('servers').where({ course: 'third' }).first()
    assert.equal(queued.state, 'queued')
    await other.submit(`/hub/servers/${queued.id}/stop`)
    await until(async () => (await waiting.hub.db('servers').where({ id: queued.id }).first()).state === 'stopped')
    assert.deepEqual([await waiting.hub.db('untold'), waiting.told.afterStop], [[], []])
  })

  it('is told of a removed user as it was', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let calls = 0
    const opened = await start({
      async afterStop() {
        calls += 1
        await promise
      },
    })
    await opened.browser.enter(demo)
    const { name } = await opened.hub.db('users').first('name')
    await opened.stopServer()
    await opened.isIn('stopped')
    await until(() => calls === 1)
    await opened.hub.db('launches').delete()
    assert.equal((await cull(opened.hub, 'DELETE', `/${name}`)).status, 202)
    await until(async () => (await opened.hub.db('users')).length === 0)
    resolve()
    assert.equal((await told(opened)).user.name, name)
  })

  it('writes nothing where the config has no such hook', async () => {
    const opened = await startHookHub(await makeDatabase(), { beforeStart: () => undefined })
    cleanup.defer(() => opened.close())
    await opened.browser.enter(demo)
    await opened.stopServer()
    await opened.isIn('stopped')
    assert.deepEqual(await opened.hub.db('untold'), [])
  })

  it('delays no start and no stop, however long it hangs', async () => {
    const opened = await start({ afterStop: () => new Promise(() => undefined), timeoutSeconds: 600 })
    for (let run = 1; run <= 12; run += 1) {
      await opened.browser.enter(demo)
      await opened.stopServer()
      await opened.isIn('stopped')
    }
    assert.equal((await opened.row()).run, 12)
    assert.ok(opened.told.afterStop.length <= 10, 'so many calls at once')
  })
})

onEachDatabase('the account of hooks after stops', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let parts: Parts
  let calls: number[]
  let fault: () => unknown

  beforeEach(async () => {
    calls = []
    fault = () => undefined
    const hooks = {
      timeoutSeconds: 600,
      async afterStop({ attempt }: { attempt: number }) {
        calls.push(attempt)
        await fault()
      },
    }
    parts = await openParts(await makeDatabase(), { hooks })
    cleanup.defer(() => parts.stop())
  })

  const open = (pauses?: number[]): Farewells => {
    const farewells = createFarewells(parts.hub, pauses)
    cleanup.defer(() => farewells.stop())
    return farewells
  }
  const add = async (id = 'a-1') => {
    const of = { user: { name: 'ann' }, course: { slug: 'demo' }, server: 'a', run: 1 }
    const about = JSON.stringify({ of, owner: 'u', reason: 'stopped' })
    await parts.hub.db('untold').insert({ id, about, due: 0, gone: 0 })
  }
  const rows = () => parts.hub.db('untold')

  it('repeats a call that has failed, and then gives it up with a line of history', async () => {
    await add()
    fault = () => Promise.reject(null)
    const farewells = open([0, 0])
    await farewells.act()
    await until(async () => (await rows()).length === 0)
    assert.deepEqual(calls, [1, 2, 3])
    const event = await parts.hub.db('events').where({ kind: 'hook-given-up' }).first()
    assert.deepEqual(JSON.parse(event.detail), { hook: 'afterStop', tries: 3, reason: 'it has thrown null' })
    assert.deepEqual([event.user, event.server, event.run], ['u', 'a', 1])
  })

  it('waits before it repeats a call, for a day altogether', async () => {
    await add()
    fault = () => Promise.reject(new Error('away'))
    const farewells = open()
    const pauses: number[] = []
    for (let call = 1; call <= 8; call += 1) {
      const before = Date.now()
      await farewells.act()
      await until(async () => (await rows())[0]?.due > before)
      const [row] = await rows()
      assert.deepEqual([row.holder, row.reason, row.tries], [null, 'away', call])
      pauses.push(row.due - before)
      await parts.hub.db('untold').update({ due: 0 })
    }
    const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000
    assert.ok(hours > 24 && hours < 25, String(hours))
    assert.ok(pauses.every((pause, at) => at === 0 || pause > (pauses[at - 1] ?? 0)))
  })

  it('takes over what a dead hub had in hand, and leaves a living one its own', async () => {
    await add('a-1')
    await add('b-1')
    await parts.hub.db('hubs').insert({ id: 'living', seen: Date.now() })
    await parts.hub.db('untold').where({ id: 'a-1' }).update({ holder: 'dead' })
    await parts.hub.db('untold').where({ id: 'b-1' }).update({ holder: 'living' })
    await open().act()
    await until(async () => (await rows()).length === 1)
    assert.equal((await rows())[0].id, 'b-1')
  })

  it('has no run told of by two hubs at once', async () => {
    for (let at = 1; at <= 30; at += 1) await add(`a-${at}`)
    const all = [parts.hub, { ...parts.hub, id: 'another' }].map((hub) => createFarewells(hub))
    for (const one of all) cleanup.defer(() => one.stop())
    await parts.hub.db('hubs').insert({ id: 'another', seen: Date.now() })
    await Promise.all([...all, ...all].map((one) => one.act()))
    await until(async () => (await rows()).length === 0)
    assert.equal(calls.length, 30)
  })

  it('leaves a call that does not end to the next hub, when its own stops', async () => {
    await add()
    fault = () => new Promise(() => undefined)
    const farewells = open()
    await farewells.act()
    await until(() => calls.length === 1)
    await farewells.stop()
    const [row] = await rows()
    assert.deepEqual([row.holder, row.tries, row.reason], [parts.hub.id, 1, null])
    fault = () => undefined
    await open().act()
    assert.equal((await rows()).length, 1, 'as long as the first hub counts as alive')
    await parts.hub.db('hubs').delete()
    await open().act()
    await until(async () => (await rows()).length === 0)
    assert.deepEqual(calls, [1, 2])
  })

  it('gives up after a day what no hub has a hook for', async () => {
    await add('a-1')
    const day = 24 * 3600_000
    await parts.hub.db('untold').insert({ id: 'b-1', about: (await rows())[0].about, due: 0, gone: Date.now() + day })
    const farewells = createFarewells({ ...parts.hub, config: {} })
    cleanup.defer(() => farewells.stop())
    await farewells.act()
    assert.deepEqual(
      (await rows()).map(({ id }) => id),
      ['b-1'],
    )
    assert.deepEqual(calls, [])
    assert.equal((await parts.hub.db('events').where({ kind: 'hook-given-up' })).length, 1)
  })
})
