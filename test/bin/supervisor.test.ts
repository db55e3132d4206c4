import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readDeaths } from '../../bin/deaths.ts'
import { judgeDeaths } from '../../doctor/deaths.ts'
import type { Carrel } from '../helpers/carrel.ts'
import { until } from '../helpers/until.ts'
import { processesOf } from '../spawners/process/world.ts'
import { configText, launch, startForEach } from './world.ts'

describe('carrel start, when a part of it dies again and again', function () {
  this.timeout(300_000)
  const start = startForEach()

  const isUp = async (carrel: Carrel) => (await fetch(carrel.link).catch(() => undefined))?.status === 200
  /** Kills the part so many times, each time as soon as it runs. */
  const kill = async (carrel: Carrel, role: 'hub' | 'proxy', times: number) => {
    for (let last = 0, time = 0; time < times; time += 1) {
      await until(async () => ![0, last].includes(await carrel.pidOf(role).catch(() => 0)))
      last = await carrel.pidOf(role)
      process.kill(last, 'SIGKILL')
    }
  }
  const deathsOf = async (carrel: Carrel, role: string) => {
    const deaths = (await readDeaths(join(carrel.dataDir, 'data'))) ?? []
    return deaths.filter(({ part }) => part === role).length
  }

  it('starts the part again, and ten dead proxies in a row change neither hub nor servers', async () => {
    const carrel = await start()
    const server = await launch(carrel, 'working')
    const others = async () => [await carrel.pidOf('hub'), ...(await processesOf(server.id))]
    const before = await others()
    await kill(carrel, 'proxy', 10)
    await until(() => isUp(carrel))
    assert.deepEqual(await others(), before)
    assert.equal(before.length, 2)
    assert.deepEqual(await carrel.query('select id, run, state from servers'), [server])
    await until(async () => (await deathsOf(carrel, 'proxy')) === 10)
    assert.equal(carrel.output().match(/The proxy ended unexpectedly \(killed by SIGKILL\)/g)?.length, 10)
  })

  it('keeps servers while its hub cannot run, and has the hub back as soon as it can', async () => {
    const config = configText.replace(
      'prepare: undefined',
      `open: async (context) => {
        const { existsSync } = await import('node:fs')
        if (existsSync(context.dataDir + '/broken')) throw new Error('broken')
        return processSpawner().open(context)
      }, prepare: undefined`,
    )
    const carrel = await start({ config })
    const server = await launch(carrel, 'working')
    const before = [await carrel.pidOf('proxy'), ...(await processesOf(server.id))]
    const broken = join(carrel.dataDir, 'data', 'broken')
    await writeFile(broken, '')
    process.kill(await carrel.pidOf('hub'), 'SIGKILL')
    await until(async () => (await deathsOf(carrel, 'hub')) >= 7)
    assert.equal(carrel.child.exitCode, null)
    await rm(broken)
    await until(() => isUp(carrel))
    assert.deepEqual([await carrel.pidOf('proxy'), ...(await processesOf(server.id))], before)
  })

  it('leaves the servers of an earlier start alone when it starts with a wrong setting', async () => {
    const carrel = await start()
    const server = await launch(carrel, 'working')
    const [before] = await processesOf(server.id)
    carrel.child.kill('SIGKILL')
    await once(carrel.child, 'exit')
    const config = configText.replace(
      'prepare: undefined',
      "prepare: undefined, open: () => Promise.reject(new Error('no engine here'))",
    )
    await assert.rejects(start({ dataDir: carrel.dataDir, config }), /ended with 1[\s\S]*no engine here/)
    assert.deepEqual(await processesOf(server.id), [before])
    await (await start({ dataDir: carrel.dataDir, config: configText })).stop()
    assert.deepEqual(await processesOf(server.id), [])
  })
})

describe('the doctor on parts that died', () => {
  const now = 10_000_000_000
  const death = (part: string, minutesAgo: number, cause = 'killed by SIGKILL') => ({
    part,
    at: now - minutesAgo * 60_000,
    cause,
  })

  it('has no problem with a death of long ago', () => {
    const findings = judgeDeaths([death('proxy', 61)], now, '/data/logs')
    assert.deepEqual(
      findings.map(({ verdict }) => verdict),
      ['ok'],
    )
  })

  it('names the part, the number of deaths, the cause and the log', () => {
    const findings = judgeDeaths([death('proxy', 50), death('proxy', 1, 'exit code 1'), death('hub', 2)], now, '/logs')
    assert.deepEqual(
      findings.map(({ verdict }) => verdict),
      ['problem', 'problem'],
    )
    assert.match(findings[0]?.message ?? '', /proxy has died 2 times .*exit code 1.*\/logs\/proxy\.log/)
    assert.match(findings[1]?.message ?? '', /hub has died once/)
  })
})
