import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { type KillWorld, kill, letHubsDie, openKillWorld, startHubProcess } from '../kill-world.ts'
import { demo } from './hook-hub.ts'
import { type HookDoor, openHookDoor, remoteHooks } from './remote-hooks.ts'

onEachDatabase('a hub that is killed around a hook', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let parts: KillWorld
  let door: HookDoor

  beforeEach(async () => {
    parts = await openKillWorld(cleanup, makeDatabase)
    door = await openHookDoor(cleanup)
  })

  const startProcess = async (more: { dieAt?: string } = {}) => {
    const { child, address } = await startHubProcess(cleanup, parts, { hooks: door.url, ...more })
    return { child, browser: createHttpBrowser(address) }
  }

  const startNext = async () => {
    await letHubsDie(parts)
    const { database, world, proxy } = parts
    const hub = await startTestHub({ database, world, proxy, config: { hooks: remoteHooks(door.url) } })
    cleanup.defer(() => hub.stop())
    return hub
  }

  /** Has the hub killed by the first call of a hook: while it waits, or when it has just been answered. */
  const killAt = (hook: string, moment: 'asked' | 'answered', victim: () => ChildProcess) => {
    const killed = Promise.withResolvers<void>()
    let isFirst = true
    const end = () => kill(victim()).then(() => killed.resolve())
    door.answer = async (call) => {
      if (call.hook !== hook || !isFirst) return answers[call.hook]?.(call.told)
      isFirst = false
      if (moment === 'asked') await end()
      else setImmediate(end)
      return answers[call.hook]?.(call.told)
    }
    return killed.promise
  }
  let given = 0
  const answers: Record<string, (told: { run: number }) => unknown> = {
    beforeStart: () => ({ env: { TOKEN: `token ${++given}` } }),
    whenReady: ({ run }) => ({ path: `/lab/of/run/${run}` }),
  }
  const row = () => parts.db('servers').first()
  const callsOf = (hook: string) => door.calls.filter((call) => call.hook === hook).map(({ told }) => told.run)

  for (const moment of ['asked', 'answered'] as const) {
    it(`before a start, when it is ${moment}, has the next hub ask again and carry the same run on`, async () => {
      const { child, browser } = await startProcess()
      const killed = killAt('beforeStart', moment, () => child)
      await browser.open(demo).catch(() => undefined)
      await killed
      const before = await row()
      await startNext()
      await until(async () => (await row()).state === 'ready')
      const after = await row()
      assert.deepEqual([after.id, after.run], [before.id, 1])
      assert.deepEqual(callsOf('beforeStart').length, 2)
      assert.deepEqual(parts.world.made, [`carrel-${before.id}-1`])
      const [object] = parts.world.objects.values()
      assert.match(String(object?.env.TOKEN), /^token \d$/)
      assert.equal(object?.hash, after.spec_hash)
    })
  }

  it('with an object made, has the next hub ask again, adopt it, and leave it the variables that it has', async () => {
    const { child, browser } = await startProcess()
    door.answer = ({ hook, told }) => answers[hook]?.(told)
    let proceed = () => {}
    parts.world.behaviour.beforeStart = new Promise<void>((resolve) => (proceed = resolve))
    const reached = once(parts.world.events, 'made')
    await browser.open(demo)
    await reached
    await kill(child)
    const [first] = parts.world.objects.values()
    const token = first?.env.TOKEN
    delete parts.world.behaviour.beforeStart
    proceed()
    await startNext()
    await until(async () => (await row()).state === 'ready')
    const [object, another] = parts.world.objects.values()
    assert.deepEqual([object?.env.TOKEN, another], [token, undefined])
    assert.deepEqual(callsOf('beforeStart'), [1, 1])
  })

  for (const moment of ['asked', 'answered'] as const) {
    it(`when a server is ready, and the hook is ${moment}, has the next hub ask again`, async () => {
      const { child, browser } = await startProcess()
      const killed = killAt('whenReady', moment, () => child)
      await browser.open(demo).catch(() => undefined)
      await killed
      await startNext()
      await until(async () => (await row()).state === 'ready')
      const { opens, run } = await row()
      assert.deepEqual([opens, run, parts.world.made.length], ['lab/of/run/1', 1, 1])
      assert.ok(callsOf('whenReady').length >= 1)
    })
  }

  const stopped = async (browser: ReturnType<typeof createHttpBrowser>) => {
    const { id } = await row()
    await browser.submit(`/hub/servers/${id}/stop`).catch(() => undefined)
    return id
  }
  const toldOfAll = () => until(async () => (await parts.db('untold')).length === 0)

  for (const moment of ['asked', 'answered'] as const) {
    it(`after a stop, when it is ${moment}, has the next hub tell of the same run`, async () => {
      const { child, browser } = await startProcess()
      door.answer = ({ hook, told }) => answers[hook]?.(told)
      await browser.enter(demo)
      const killed = killAt('afterStop', moment, () => child)
      const id = await stopped(browser)
      await killed
      await startNext()
      await toldOfAll()
      const calls = door.calls.filter(({ hook }) => hook === 'afterStop')
      assert.ok(calls.length === 2 || (moment === 'answered' && calls.length === 1), `${calls.length} calls`)
      for (const { told } of calls) assert.deepEqual([told.server, told.run, told.reason], [id, 1, 'stopped'])
      assert.equal((await row()).state, 'stopped')
    })
  }

  it('between the end of a run and the call, has the next hub tell of it once', async () => {
    const { child, browser } = await startProcess({ dieAt: 'server has stopped' })
    const died = once(child, 'exit')
    await browser.enter(demo)
    await stopped(browser)
    await died
    await startNext()
    await until(() => callsOf('afterStop').length > 0)
    await toldOfAll()
    assert.deepEqual(callsOf('afterStop'), [1])
  })

  it('before it has written that a start was refused, has the next hub ask anew, and no run told of that goes on', async () => {
    const { child, browser } = await startProcess({ dieAt: 'a start failed' })
    const died = once(child, 'exit')
    door.answer = ({ hook }) => (hook === 'beforeStart' && door.calls.length === 1 ? { wrong: 1 } : undefined)
    await browser.open(demo).catch(() => undefined)
    await died
    await startNext()
    await until(async () => (await row()).state === 'ready')
    assert.deepEqual([callsOf('afterStop'), parts.world.objects.size], [[], 1])
  })
})
