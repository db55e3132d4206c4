import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { choosePort } from '../../bin/start/port.ts'
import type { HubContender } from './contender.ts'
import { startHubProcess } from './hub-process.ts'

export interface PeerSetting {
  /** The folder of the programs of its Python environment. */
  bin: string
  dir: string
  backend: string
  proxy: string
  proxyToken: string
}

/** Prepares JupyterHub with an empty database, and with a spawner and a proxy like those of our hub. */
export async function prepareJupyterHub({ bin, dir, backend, proxy, proxyToken }: PeerSetting): Promise<HubContender> {
  const token = randomBytes(20).toString('hex')
  const database = `sqlite:///${join(dir, 'jupyterhub.sqlite')}`
  const config = join(dir, 'jupyterhub_config.py')
  return {
    name: 'JupyterHub',
    async start({ onAllCores } = {}) {
      const port = await choosePort(0)
      await writeFile(config, settings({ dir, database, port, backend, proxy, proxyToken, token }))
      return startHubProcess({
        command: [join(bin, 'jupyterhub'), '-f', config],
        cwd: dir,
        env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
        api: `http://127.0.0.1:${port}/hub/api`,
        token,
        onAllCores,
      })
    },
    async addUsers(names) {
      const file = join(import.meta.dirname, 'add_users.py')
      const child = execFile(join(bin, 'python'), [file, database])
      let said = ''
      child.stderr?.on('data', (chunk: string) => {
        said += chunk
      })
      child.stdin?.end(JSON.stringify(names))
      const [code] = await once(child, 'exit')
      if (code !== 0) throw new Error(`users could not be added to JupyterHub's database:\n${said.slice(-2000)}`)
    },
  }
}

interface Settings extends Omit<PeerSetting, 'bin'> {
  database: string
  port: number
  token: string
}

/**
 * Returns JupyterHub's config: its defaults, with a spawner that starts nothing, a proxy that runs elsewhere, and a
 * program that may do what the benchmark asks. Servers survive its end, as ours do.
 */
function settings({ dir, database, port, backend, proxy, proxyToken, token }: Settings): string {
  const text = (value: string) => JSON.stringify(value)
  const { hostname, port: backendPort } = new URL(backend)
  return `
from jupyterhub.spawner import Spawner

class NullSpawner(Spawner):
    async def start(self):
        return (${text(hostname)}, ${backendPort})

    async def poll(self):
        return None

    async def stop(self, now=False):
        pass

c = get_config()
c.JupyterHub.hub_port = ${port}
c.JupyterHub.bind_url = 'http://127.0.0.1:1'
c.JupyterHub.db_url = ${text(database)}
c.JupyterHub.cookie_secret_file = ${text(join(dir, 'cookie-secret'))}
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False
c.JupyterHub.authenticator_class = 'null'
c.JupyterHub.spawner_class = NullSpawner
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = ${text(proxy)}
c.ConfigurableHTTPProxy.auth_token = ${text(proxyToken)}
c.JupyterHub.services = [{'name': 'bench', 'api_token': ${text(token)}}]
c.JupyterHub.load_roles = [{
    'name': 'bench',
    'scopes': ['admin:users', 'admin:servers', 'list:users', 'tokens'],
    'services': ['bench'],
}]
`
}
