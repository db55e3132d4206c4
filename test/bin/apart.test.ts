import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeSecrets, secretsInEnvironment } from '../../bin/secrets.ts'
import { choosePort } from '../../bin/start/port.ts'
import { until } from '../helpers/until.ts'
import { configText } from './world.ts'

const program = join(import.meta.dirname, '..', '..', 'bin', 'carrel.js')

describe('carrel hub, proxy and culler apart', function () {
  this.timeout(300_000)
  let folder: string
  let origin: string
  let hub: ChildProcess
  let proxy: ChildProcess
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: process.env.HOME }
  const output = new Map<ChildProcess, string>()

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-apart-'))
    const port = await choosePort(0)
    origin = `http://127.0.0.1:${port}`
    const config = join(folder, 'carrel.config.ts')
    await writeFile(config, configText)
    Object.assign(env, secretsInEnvironment(await makeSecrets(join(folder, 'elsewhere'), {})), {
      CARREL_DATA: join(folder, 'data'),
      CARREL_CONFIG: config,
      CARREL_HUB_URL: origin,
      CARREL_SERVERS_URL: `http://localhost:${port}`,
      CARREL_HUB: endpoint('hub.sock'),
    })
    hub = run('hub', '--socket', join(folder, 'hub.sock'), '--proxies', endpoint('proxy.sock'))
    proxy = run('proxy', '--port', String(port), '--api-socket', join(folder, 'proxy.sock'))
    await until(async () => (await fetch(`${origin}/hub/health`).catch(() => undefined))?.status === 200)
  })

  after(async () => {
    for (const child of [hub, proxy]) child?.kill('SIGKILL')
    await rm(folder, { recursive: true })
  })

  function endpoint(socket: string): string {
    return `unix+http://${encodeURIComponent(join(folder, socket))}`
  }

  function run(...args: string[]): ChildProcess {
    const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => output.set(child, (output.get(child) ?? '') + chunk))
    }
    return child
  }

  it('work together with settings from the environment', async () => {
    const page = await fetch(`${origin}/tmplogin?course=working`)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /working/)
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'data', 'routes.json'), 'utf8')).entries ?? [], [])
    await assert.rejects(stat(join(folder, 'data', 'secrets')))
  })

  it('log JSON where there is no terminal, and no secret', async () => {
    const lines = `${output.get(hub)}${output.get(proxy)}`.trim().split('\n')
    const names = lines.map((line) => JSON.parse(line).name)
    assert.deepEqual([...new Set(names)].sort(), ['hub', 'proxy'])
    for (const name of ['CARREL_KEYS', 'CARREL_PROXY_TOKEN', 'CARREL_CULLER_TOKEN']) {
      assert.ok(!lines.some((line) => line.includes(env[name]?.replace('k1:', '') ?? '?')), name)
    }
  })

  it('let the culler do a dry run', async () => {
    const culler = run('culler', '--dry-run')
    assert.deepEqual(await once(culler, 'exit'), [0, null])
    assert.doesNotMatch(output.get(culler) ?? '', /error/i)
  })

  it('let the culler do one round, and say by its exit code whether it could', async () => {
    const culler = run('culler', '--once')
    assert.deepEqual(await once(culler, 'exit'), [0, null])
    assert.match(output.get(culler) ?? '', /round ended/)
    const alone = run('culler', '--once', '--hub', 'http://127.0.0.1:1')
    assert.deepEqual(await once(alone, 'exit'), [1, null])
    assert.match(output.get(alone) ?? '', /nothing was culled/)
  })

  it('end in order at SIGTERM and SIGINT', async () => {
    hub.kill('SIGTERM')
    assert.deepEqual(await once(hub, 'exit'), [0, null])
    proxy.kill('SIGINT')
    assert.deepEqual(await once(proxy, 'exit'), [0, null])
    await assert.rejects(stat(join(folder, 'proxy.sock')))
  })
})
