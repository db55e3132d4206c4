import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identifyProcess } from '../../../net/machine/process-identity.ts'
import { type Carrel, startCarrel } from '../../helpers/carrel.ts'
import { until } from '../../helpers/until.ts'
import { processesOf } from '../../spawners/process/world.ts'
import { configText, launch } from '../world.ts'
import { beginning, opening, reload, titled, titleOf, writeConfig } from './world.ts'

/** Where a reload stops until the test lets it go on: as it checks the file, while the new hub loads, and after its turn has come. */
type Step = 'plan' | 'load' | 'open'

describe('a reload that is cut', function () {
  this.timeout(300_000)
  const running: Carrel[] = []
  afterEach(async () => {
    for (const carrel of running.splice(0).reverse()) await carrel.stop()
  })
  /** For the cuts that leave Carrel running. */
  let shared: Carrel
  before(async () => {
    shared = await startCarrel({ config: configText })
  })
  after(() => shared?.stop())
  async function startOwn(): Promise<Carrel> {
    const carrel = await startCarrel({ config: configText })
    running.push(carrel)
    return carrel
  }
  let count = 0

  /** Gives Carrel a learner's server, and begins a reload that stops at this step. */
  async function begun(carrel: Carrel, step: Step) {
    count += 1
    const [server, title, next] = [await launch(carrel, 'working'), await titleOf(carrel), `Title ${count}`]
    const file = join(carrel.dataDir, `step-${count}`)
    const wait = `
      const fs = await import('node:fs')
      fs.writeFileSync(${JSON.stringify(file)}, String(process.pid))
      while (!fs.existsSync(${JSON.stringify(`${file}.go`)})) await new Promise((resolve) => setTimeout(resolve, 20))
    `
    const configs = {
      plan: beginning(`if (process.argv[1]?.endsWith('planner.js')) {${wait}}`),
      load: beginning(`if (process.argv.includes('--standby')) {${wait}}`),
      open: opening(`if (process.argv.includes('--standby')) {${wait}}`),
    }
    const hub = await carrel.pidOf('hub')
    await writeConfig(carrel, titled(next, configs[step]))
    const reloaded = reload(carrel)
    const stopped = await until(async () => Number(await readFile(file, 'utf8').catch(() => '')) || undefined)
    return {
      ...{ carrel, server, hub },
      /** Of the launch page, before the reload; and what of it is of the new config. */
      ...{ title, next },
      processes: await processesOf(server.id),
      /** The process that waits at this step. */
      stopped,
      goOn: () => writeFile(`${file}.go`, ''),
      reloaded,
    }
  }
  type Begun = Awaited<ReturnType<typeof begun>>

  /** Checks that learners have what they had, that pages are answered, and which config is in use. */
  async function check({ carrel, server, processes, title, next }: Begun, config: 'old' | 'new') {
    const now = await titleOf(carrel)
    assert.deepEqual([now === title, now?.startsWith(next)], [config === 'old', config === 'new'], now)
    assert.deepEqual(await launch(carrel, 'working'), server)
    assert.deepEqual(await processesOf(server.id), processes)
    assert.equal(processes.length, 1)
  }

  const steps: Step[] = ['plan', 'load', 'open']
  for (const step of steps) {
    it(`by a kill -9 of the process that waits at the step “${step}” leaves the hub with its config`, async () => {
      const one = await begun(shared, step)
      process.kill(one.stopped, 'SIGKILL')
      const { code, output } = await one.reloaded
      assert.equal(code, 1)
      assert.match(output, /SIGKILL[\s\S]*Nothing has changed/)
      await check(one, 'old')
      assert.equal(await one.carrel.pidOf('hub'), one.hub)
    })

    it(`by a kill -9 of the old hub at the step “${step}” brings the new config all the same`, async () => {
      const one = await begun(shared, step)
      process.kill(one.hub, 'SIGKILL')
      await until(async () => (await identifyProcess(one.hub)) === undefined)
      await one.goOn()
      assert.equal((await one.reloaded).code, 0)
      await check(one, 'new')
    })

    it(`by a kill -9 of the proxy at the step “${step}” changes nothing of it`, async () => {
      const one = await begun(shared, step)
      const proxy = await one.carrel.pidOf('proxy')
      process.kill(proxy, 'SIGKILL')
      await until(async () => (await one.carrel.pidOf('proxy').catch(() => proxy)) !== proxy)
      await one.goOn()
      assert.equal((await one.reloaded).code, 0)
      await until(async () => (await fetch(one.carrel.link).catch(() => undefined))?.status === 200)
      await check(one, 'new')
    })

    it(`by a kill -9 of carrel start at the step “${step}” ends all of it but servers, and the next start has the new config`, async () => {
      const one = await begun(await startOwn(), step)
      one.carrel.child.kill('SIGKILL')
      await once(one.carrel.child, 'exit')
      const { code, output } = await one.reloaded
      assert.equal(code, 1)
      assert.match(output, /Carrel ended before the reload was over/)
      await one.goOn()
      const next = await startCarrel({ dataDir: one.carrel.dataDir })
      running.push(next)
      await until(async () => (await identifyProcess(one.stopped)) === undefined)
      assert.equal(await identifyProcess(one.hub), undefined)
      await check({ ...one, carrel: next }, 'new')
    })

    it(`by Ctrl-C at the step “${step}” ends all in order`, async () => {
      const one = await begun(await startOwn(), step)
      one.carrel.child.kill('SIGINT')
      await until(() => one.carrel.output().includes('Stopping'))
      await one.goOn()
      await one.reloaded
      if (one.carrel.child.exitCode === null) await once(one.carrel.child, 'exit')
      assert.equal(one.carrel.child.exitCode, 0)
      assert.deepEqual(await processesOf(one.server.id), [])
      for (const pid of [one.hub, one.stopped]) assert.equal(await identifyProcess(pid), undefined)
    })
  }
})
