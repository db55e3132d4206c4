/** Starts JupyterHub for comparison, with its own proxy and temporary users. Installs it if possible. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { choosePort } from '../../bin/start/port.ts'
import { makeJupyterEnvironment } from '../../spawners/process/jupyter/environment.ts'
import { demoFolder } from '../../test/helpers/carrel.ts'
import type { Contender } from './contender.ts'
import { peerRequests, peerStart } from './peer-log.ts'

const run = promisify(execFile)
const requirements = ['jupyterhub>=6.1,<7', 'jupyterhub-tmpauthenticator>=1,<2']
const proxyRequirement = 'configurable-http-proxy@5'

/** Starts JupyterHub. Rejects with a message that says what could not be installed or started. */
export async function startPeer(report: (line: string) => void): Promise<Contender> {
  const installed = await installPeer(report)
  const dir = await mkdtemp(join(tmpdir(), 'carrel-peer-'))
  const token = randomBytes(20).toString('hex')
  const port = await choosePort(0)
  const config = join(dir, 'jupyterhub_config.py')
  await writeFile(
    config,
    settings({ ...installed, dir, token, port, hubPort: await choosePort(0), apiPort: await choosePort(0) }),
  )
  const origin = `http://127.0.0.1:${port}`
  let log = ''
  const hub = spawn(join(installed.bin, 'jupyterhub'), ['-f', config], {
    cwd: dir,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  hub.stderr?.on('data', (chunk: Buffer) => {
    log += chunk
  })
  const close = async () => {
    await end(hub)
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await untilUp(hub, `${origin}/hub/health`)
  } catch (error) {
    await close()
    throw new Error(`JupyterHub did not start: ${String(error)}\n${log.slice(-2000)}`)
  }

  let begin = 0
  return {
    link: `${origin}/hub/user-redirect/lab/tree/welcome.ipynb`,
    async begin() {
      begin = log.length
    },
    async account(page) {
      const lines = log.slice(begin).split('\n')
      return { serverMilliseconds: peerStart(lines, nameOf(page)) ?? 0, requests: peerRequests(lines) }
    },
    async stopServer(page) {
      const url = `${origin}/hub/api/users/${nameOf(page)}/server`
      for (let tries = 0; ; tries += 1) {
        const headers = { authorization: `token ${token}` }
        const answer = await fetch(url, { method: 'DELETE', headers, signal: AbortSignal.timeout(30_000) })
        await answer.body?.cancel()
        // 204 means that the server has stopped, 202 that it is stopping.
        if (answer.status === 204) return
        if (answer.status !== 202 || tries === 60) throw new Error(`JupyterHub did not stop a server: ${answer.status}`)
        await sleep(500)
      }
    },
    close,
  }
}

/** Installs JupyterHub and the same JupyterLab as Carrel's, made in the same way, into the user's cache. */
export async function installPeer(report: (line: string) => void): Promise<{ bin: string; proxy: string }> {
  const root = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'carrel-bench', 'jupyterhub-6')
  const bin = join(root, '.jupyter', 'bin')
  const proxy = join(root, 'node_modules', '.bin', 'configurable-http-proxy')
  if (existsSync(join(root, 'complete'))) return { bin, proxy }
  report(`installing JupyterHub into ${root}, once`)
  await mkdir(root, { recursive: true })
  await makeJupyterEnvironment({ root, report, signal: new AbortController().signal })
  const pip = ['-m', 'pip', '--no-input', '--disable-pip-version-check', '--quiet']
  const python = join(bin, 'python')
  const limits = { timeout: 300_000, maxBuffer: 2 ** 24 }
  await run(python, [...pip, 'install', ...requirements], limits)
  // Pip has installed this package again, which Carrel's own environment does not have.
  await run(python, [...pip, 'uninstall', '--yes', 'rfc3987-syntax'], limits)
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', root, proxyRequirement], limits)
  await writeFile(join(root, 'complete'), '')
  return { bin, proxy }
}

interface Settings {
  bin: string
  proxy: string
  dir: string
  token: string
  port: number
  hubPort: number
  apiPort: number
}

/** Returns JupyterHub's config: its defaults, with addresses, temporary users, and a notebook in each user's folder. */
function settings({ bin, proxy, dir, token, port, hubPort, apiPort }: Settings): string {
  const text = (value: string) => JSON.stringify(value)
  return `
import os, shutil

def bring_notebook(spawner):
    os.makedirs(spawner.home_dir, exist_ok=True)
    shutil.copy(${text(join(demoFolder, 'welcome.ipynb'))}, spawner.home_dir)

c = get_config()
c.JupyterHub.bind_url = 'http://127.0.0.1:${port}'
c.JupyterHub.hub_port = ${hubPort}
c.JupyterHub.db_url = 'sqlite:///' + ${text(join(dir, 'hub.sqlite'))}
c.JupyterHub.cookie_secret_file = ${text(join(dir, 'cookie-secret'))}
c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:${apiPort}'
c.ConfigurableHTTPProxy.command = [${text(proxy)}]
c.ConfigurableHTTPProxy.pid_file = ${text(join(dir, 'proxy.pid'))}
c.JupyterHub.authenticator_class = 'tmp'
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = 'simple'
c.SimpleLocalProcessSpawner.home_dir_template = ${text(join(dir, 'homes'))} + '/{username}'
c.Spawner.cmd = [${text(join(bin, 'jupyterhub-singleuser'))}]
c.Spawner.args = ['--allow-root']
c.Spawner.pre_spawn_hook = bring_notebook
c.JupyterHub.services = [{'name': 'bench', 'api_token': '${token}'}]
c.JupyterHub.load_roles = [{'name': 'bench', 'scopes': ['delete:servers', 'read:users'], 'services': ['bench']}]
`
}

async function untilUp(hub: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    if (hub.exitCode !== null) throw new Error(`it ended with ${hub.exitCode}`)
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return
    await sleep(100)
  }
  throw new Error('it did not answer within a minute')
}

/** Asks JupyterHub to end, whereupon it stops its servers and its proxy, and waits for its end. */
async function end(hub: ChildProcess): Promise<void> {
  if (hub.exitCode !== null || hub.signalCode !== null) return
  const ended = once(hub, 'exit')
  hub.kill('SIGTERM')
  const kill = setTimeout(() => hub.kill('SIGKILL'), 30_000)
  await ended
  clearTimeout(kill)
}

function nameOf({ pathname }: URL): string {
  return pathname.split('/')[2] ?? ''
}
