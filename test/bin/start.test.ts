import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { identifyProcess } from '../../net/machine/process-identity.ts'
import { openRunDir } from '../../net/machine/run-dir.ts'
import { type Carrel, startCarrel } from '../helpers/carrel.ts'
import { until } from '../helpers/until.ts'
import { processesOf } from '../spawners/process/world.ts'
import { configText, launch } from './world.ts'

const roles = ['hub', 'proxy', 'culler'] as const

describe('carrel start', function () {
  this.timeout(60_000)
  const running: Carrel[] = []

  async function start(options: Parameters<typeof startCarrel>[0] = {}): Promise<Carrel> {
    const carrel = await startCarrel({ config: configText, ...options })
    running.push(carrel)
    return carrel
  }

  afterEach(async () => {
    for (const carrel of running.splice(0).reverse()) await carrel.stop()
  })

  const pidsOf = (carrel: Carrel) => Promise.all(roles.map((role) => carrel.pidOf(role)))
  const haveEnded = async (pids: number[]) =>
    (await Promise.all(pids.map(identifyProcess))).every((one) => one === undefined)
  const runDirOf = (carrel: Carrel) => openRunDir(join(carrel.dataDir, 'data'), process.env)

  it('prints a link that works as soon as it is printed, on both addresses of this machine', async () => {
    const carrel = await start()
    assert.match(carrel.link, /^http:\/\/127\.0\.0\.1:\d+\/tmplogin\?course=working$/)
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      const answer = await fetch(`http://${host}:${carrel.port}/_carrel/health`)
      assert.equal(answer.status, 200)
    }
    assert.match(await (await fetch(carrel.link)).text(), /<title>working/)
  })

  it('makes its secrets, and gives each process only those that it needs', async () => {
    const carrel = await start({ env: { CARREL_CULLER_TOKEN: 'c'.repeat(40), SITE_SECRET: 'of the config' } })
    const folder = join(carrel.dataDir, 'data', 'secrets')
    assert.deepEqual((await readdir(folder)).sort(), ['keys', 'proxy-token'])
    assert.equal((await stat(join(folder, 'keys'))).mode & 0o777, 0o600)
    const names = async (role: (typeof roles)[number]) => {
      const environment = await readFile(`/proc/${await carrel.pidOf(role)}/environ`, 'utf8')
      return environment
        .split('\0')
        .flatMap((entry) => /^(CARREL_\w*(KEYS|KEYS_FILE|TOKEN)|SITE_SECRET)=/.exec(entry)?.[1] ?? [])
    }
    assert.deepEqual((await names('proxy')).sort(), ['CARREL_KEYS_FILE', 'CARREL_PROXY_TOKEN'])
    assert.deepEqual(await names('culler'), ['CARREL_CULLER_TOKEN'])
    assert.equal((await names('hub')).length, 4)
    const key = (await readFile(join(folder, 'keys'), 'utf8')).trim()
    for (const pid of await pidsOf(carrel)) {
      for (const place of ['cmdline', 'environ']) {
        assert.ok(!(await readFile(`/proc/${pid}/${place}`, 'utf8')).includes(key), place)
      }
    }
  })

  it('logs to files, and prints only messages for people', async () => {
    const carrel = await start()
    const logs = join(carrel.dataDir, 'data', 'logs')
    const [line = ''] = (await readFile(join(logs, 'proxy.log'), 'utf8')).split('\n')
    assert.equal(JSON.parse(line).name, 'proxy')
    assert.equal((await stat(join(logs, 'hub.log'))).mode & 0o777, 0o600)
    assert.deepEqual(carrel.output().split('\n').filter(Boolean), [
      'Carrel is running. Open this link; Ctrl-C stops everything.',
      carrel.link,
    ])
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

  it('leaves nothing in the run directory', async () => {
    const carrel = await start()
    const runDir = await runDirOf(carrel)
    carrel.child.kill('SIGTERM')
    await once(carrel.child, 'exit')
    await assert.rejects(stat(runDir))
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

  for (const role of roles) {
    it(`starts the ${role} again when it is killed, with the same port`, async () => {
      const carrel = await start()
      const pid = await carrel.pidOf(role)
      process.kill(pid, 'SIGKILL')
      await until(async () => (await carrel.pidOf(role).catch(() => pid)) !== pid)
      await until(async () => (await fetch(carrel.link).catch(() => undefined))?.status === 200)
      assert.match(carrel.output(), new RegExp(`The ${role} ended unexpectedly \\(killed by SIGKILL\\)`))
    })
  }

  it('refuses to run twice with one data folder', async () => {
    const carrel = await start()
    await assert.rejects(start({ dataDir: carrel.dataDir }), (error: Error) => {
      assert.match(error.message, /ended with 2/)
      assert.match(error.message, new RegExp(`running already.*process ${carrel.child.pid}.*--data`))
      return true
    })
    assert.equal((await fetch(carrel.link)).status, 200)
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
