import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { identifyProcess } from '../../net/machine/process-identity.ts'
import { openRunDir } from '../../net/machine/run-dir.ts'
import { type Carrel, startCarrel } from '../helpers/carrel.ts'
import { until } from '../helpers/until.ts'
import { processesOf } from '../spawners/process/world.ts'
import { configText, launch, startForEach } from './world.ts'

const roles = ['hub', 'proxy', 'culler'] as const

describe('carrel start', function () {
  this.timeout(300_000)
  const start = startForEach()

  const pidsOf = (carrel: Carrel) => Promise.all([carrel.pidOf('hub'), carrel.pidOf('proxy')])
  /** Returns what Linux says of a process. The culler may end meanwhile; the next one is asked then. */
  const said = (carrel: Carrel, role: (typeof roles)[number], file: string) =>
    until(async () => {
      const pid = await carrel.pidOf(role).catch(() => 0)
      return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
    })
  const haveEnded = async (pids: number[]) =>
    (await Promise.all(pids.map(identifyProcess))).every((one) => one === undefined)
  const kill = (pid: number) => {
    try {
      return process.kill(pid, 'SIGKILL')
    } catch {
      return false
    }
  }
  const runDirOf = (carrel: Carrel) => openRunDir(join(carrel.dataDir, 'data'), process.env)

  describe('once', () => {
    let carrel: Carrel
    before(async () => {
      carrel = await startCarrel({ config: configText })
    })
    after(() => carrel?.stop())

    it('prints a link that works as soon as it is printed, on both addresses of this machine', async () => {
      assert.match(carrel.link, /^http:\/\/127\.0\.0\.1:\d+\/tmplogin\?course=working$/)
      for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
        const answer = await fetch(`http://${host}:${carrel.port}/_carrel/health`)
        assert.equal(answer.status, 200)
      }
      assert.match(await (await fetch(carrel.link)).text(), /<title>working/)
    })

    it('logs to files, and prints only messages for people', async () => {
      const logs = join(carrel.dataDir, 'data', 'logs')
      const [line = ''] = (await readFile(join(logs, 'proxy.log'), 'utf8')).split('\n')
      assert.equal(JSON.parse(line).name, 'proxy')
      assert.equal((await stat(join(logs, 'hub.log'))).mode & 0o777, 0o600)
      for (const role of ['hub', 'proxy'] as const) {
        const line = await said(carrel, role, 'cmdline')
        assert.ok(
          ['--log-megabytes=10', '--log-keep=9'].every((option) => line.includes(option)),
          role,
        )
      }
      assert.deepEqual(carrel.output().split('\n').filter(Boolean), [
        'Carrel is running. Open this link; Ctrl-C stops everything.',
        carrel.link,
      ])
    })

    it('refuses to run twice with one data folder', async () => {
      await assert.rejects(start({ dataDir: carrel.dataDir }), (error: Error) => {
        assert.match(error.message, /ended with 2/)
        assert.match(error.message, new RegExp(`running already.*process ${carrel.child.pid}.*--data`))
        return true
      })
      assert.equal((await fetch(carrel.link)).status, 200)
    })

    it('leaves nothing in the run directory', async () => {
      const runDir = await runDirOf(carrel)
      carrel.child.kill('SIGTERM')
      await once(carrel.child, 'exit')
      await assert.rejects(stat(runDir))
    })
  })

  describe('with a culler that is nearly always there', () => {
    let carrel: Carrel
    before(async () => {
      const config = configText.replace('defineConfig({', 'defineConfig({ culler: { everySeconds: 0.05 },')
      const env = { CARREL_CULLER_TOKEN: 'c'.repeat(40), SITE_SECRET: 'of the config' }
      carrel = await startCarrel({ config, env })
    })
    after(() => carrel?.stop())

    it('makes its secrets, and gives each process only those that it needs', async () => {
      const folder = join(carrel.dataDir, 'data', 'secrets')
      assert.deepEqual((await readdir(folder)).sort(), ['keys', 'proxy-token'])
      assert.equal((await stat(join(folder, 'keys'))).mode & 0o777, 0o600)
      // A process that has just been forked still shows what the process before it had, which no longer has these.
      const names = (role: (typeof roles)[number]) =>
        until(async () => {
          const found = (await said(carrel, role, 'environ'))
            .split('\0')
            .flatMap((entry) => /^(CARREL_\w*(KEYS|KEYS_FILE|TOKEN)|SITE_SECRET)=/.exec(entry)?.[1] ?? [])
          return found.length > 0 && found
        })
      assert.deepEqual((await names('proxy')).sort(), ['CARREL_KEYS_FILE', 'CARREL_PROXY_TOKEN'])
      assert.deepEqual(await names('culler'), ['CARREL_CULLER_TOKEN'])
      assert.equal((await names('hub')).length, 4)
      const key = (await readFile(join(folder, 'keys'), 'utf8')).trim()
      for (const role of roles) {
        for (const place of ['cmdline', 'environ']) assert.ok(!(await said(carrel, role, place)).includes(key), place)
      }
    })

    for (const role of roles) {
      it(`starts the ${role} again when it is killed, with the same port`, async () => {
        const line = new RegExp(`The ${role} ended unexpectedly \\(killed by SIGKILL\\)`)
        let killed = 0
        // A culler may have ended by itself a moment before, and then the next one is killed.
        await until(async () => {
          if (line.test(carrel.output())) return true
          const pid = await carrel.pidOf(role).catch(() => killed)
          if (pid !== killed) kill(pid)
          killed = pid
          return false
        })
        await until(async () => (await carrel.pidOf(role).catch(() => killed)) !== killed)
        await until(async () => (await fetch(carrel.link).catch(() => undefined))?.status === 200)
      })
    }
  })

  it("stops learners' servers and its parts at Ctrl-C, and has its state again at the next start", async () => {
    const carrel = await start()
    const server = await launch(carrel, 'working')
    const pids = await pidsOf(carrel)
    assert.equal((await processesOf(server.id)).length, 1)
    carrel.child.kill('SIGINT')
    assert.deepEqual(await once(carrel.child, 'exit'), [0, null])
    assert.deepEqual(await processesOf(server.id), [])
    assert.ok(await haveEnded(pids))
    assert.deepEqual(await carrel.query('select state from servers'), [{ state: 'stopped' }])

    const next = await start({ dataDir: carrel.dataDir })
    const again = await launch(next, 'working')
    assert.equal(again.run, server.run + 1)
    assert.deepEqual(await readdir(join(carrel.dataDir, 'data', 'workspaces')), [server.id])
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`keeps learners' servers at ${signal} with --keep-servers, and the next start adopts them`, async () => {
      const carrel = await start({ args: ['--keep-servers'] })
      assert.match(carrel.output(), /Ctrl-C stops Carrel, and learners' servers go on/)
      const server = await launch(carrel, 'working')
      const processes = await processesOf(server.id)
      const pids = await pidsOf(carrel)
      carrel.child.kill(signal)
      assert.deepEqual(await once(carrel.child, 'exit'), [0, null])
      assert.match(carrel.output(), /Servers that were running go on/)
      assert.ok(await haveEnded(pids))
      assert.equal(processes.length, 1)
      assert.deepEqual(await processesOf(server.id), processes)
      const next = await start({ dataDir: carrel.dataDir })
      assert.deepEqual(await processesOf(server.id), processes)
      assert.deepEqual(await launch(next, 'working'), server)
      await next.stop()
      assert.deepEqual(await processesOf(server.id), [])
    })
  }

  it('leaves a start under way to the next start with --keep-servers, which makes one server of it', async () => {
    const carrel = await start({ args: ['--keep-servers'] })
    const launched = launch(carrel, 'working')
    launched.catch(() => undefined)
    await until(async () => (await carrel.query("select 1 from servers where state = 'starting'")).length > 0)
    carrel.child.kill('SIGTERM')
    assert.deepEqual(await once(carrel.child, 'exit'), [0, null])
    // At another port the server would have other public URLs, and so be another server.
    await start({ dataDir: carrel.dataDir, args: ['--port', String(carrel.port)] })
    const { id, run } = await launched
    assert.equal(run, 1)
    assert.equal((await processesOf(id)).length, 1)
  })

  it('ends at once at a second Ctrl-C, and the next start finds the server that still runs', async () => {
    const carrel = await start()
    const server = await launch(carrel, 'deaf')
    const pids = await pidsOf(carrel)
    carrel.child.kill('SIGINT')
    // npm forwards the first signal, so that it arrives twice and does not count as a second one.
    carrel.child.kill('SIGINT')
    await until(async () => carrel.output().includes("Stopping learners' servers"))
    const began = performance.now()
    await until(async () => performance.now() - began > 600)
    assert.equal(carrel.child.exitCode, null)
    carrel.child.kill('SIGINT')
    assert.deepEqual(await once(carrel.child, 'exit'), [130, null])
    assert.ok(await haveEnded(pids))
    // The start did not wait for the server, which would have been killed at the end of the wait.
    assert.equal((await processesOf(server.id)).length, 1)
    await start({ dataDir: carrel.dataDir })
  })

  it('takes its children with it when it is killed, and the next start adopts the servers, which stay', async () => {
    const carrel = await start()
    const server = await launch(carrel, 'working')
    const [process] = await processesOf(server.id)
    const pids = await pidsOf(carrel)
    carrel.child.kill('SIGKILL')
    await until(() => haveEnded(pids))
    const next = await start({ dataDir: carrel.dataDir })
    assert.deepEqual(await processesOf(server.id), [process])
    assert.deepEqual(await next.query('select id, run, state from servers'), [server])
    await next.stop()
    assert.deepEqual(await processesOf(server.id), [])
  })

  it('stops the servers at the end also when the hub has died a moment before', async () => {
    const carrel = await start()
    const server = await launch(carrel, 'working')
    kill(await carrel.pidOf('hub'))
    await carrel.stop()
    assert.doesNotMatch(carrel.output(), /Servers may still run/)
    assert.deepEqual(await processesOf(server.id), [])
  })

  it('gives up with a message when a part cannot start', async () => {
    const config = configText.replace('prepare: undefined', "open: () => Promise.reject(new Error('no engine here'))")
    await assert.rejects(start({ config }), (error: Error) => {
      assert.match(error.message, /ended with 1/)
      assert.match(error.message, /no engine here/)
      assert.doesNotMatch(error.message, /Servers may still run/)
      return true
    })
  })

  it('gives up when a part dies at once again and again before anything has worked', async () => {
    const config = configText.replace(
      'prepare: undefined',
      "prepare: undefined, open: () => process.kill(process.pid, 'SIGKILL')",
    )
    await assert.rejects(start({ config }), (error: Error) => {
      assert.match(error.message, /ended with 1/)
      assert.match(error.message, /The hub dies again and again \(killed by SIGKILL\)/)
      return true
    })
  })

  it('names its port when another program is in front of it', async () => {
    const urls = ['--hub-url', 'https://hub.localhost:4443', '--servers-url', 'https://nb.localhost:4443']
    const carrel = await start({ args: urls })
    assert.equal(carrel.link, 'https://hub.localhost:4443/tmplogin?course=working')
    assert.match(carrel.output(), /listening on port \d+/)
    assert.match(carrel.output(), /limits take all people for one/)
    assert.notEqual(carrel.port, 4443)
  })
})
