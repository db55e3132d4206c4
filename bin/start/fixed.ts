/** What holds from a start on: the proxy has it on its command line, or the servers that run were made with it. */
import type { Config } from '../../config/config.ts'
import { gatewaySettings } from './child-specs.ts'
import type { Fixed } from './plan.ts'

/** Returns the settings that a reload cannot change, as texts without secrets. */
export function fixedSettings(config: Config, urls: { hubUrl: string; serversUrl: string }): Fixed['settings'] {
  const { gateways, gatewayHeaders } = gatewaySettings(config)
  return {
    'hub.url': urls.hubUrl,
    'hub.insecureHttp': String(config.hub.insecureHttp),
    'servers.url': urls.serversUrl,
    'servers.shareHubOrigin': String(config.servers.shareHubOrigin),
    database: databaseOf(config),
    installation: config.installation,
    spawner: config.spawner.name,
    'from of header() in authenticators': gateways.join(', ') || 'none',
    'headers of header() in authenticators': gatewayHeaders.join(', ') || 'none',
  }
}

/** Throws, with the path of each, when settings are others than those in force. */
export function refuseOthers(now: Omit<Fixed, 'port'>, inForce: Fixed): void {
  const changed = Object.keys(inForce.settings).filter((path) => now.settings[path] !== inForce.settings[path])
  const lines = changed.map(
    (path) => `  - ${path}: now ${now.settings[path]}, and ${inForce.settings[path]} since the start`,
  )
  // What the proxy knows of the config and the list above has forgotten must not be taken over by half either.
  const options = now.proxy.filter((arg) => !inForce.proxy.includes(arg))
  if (lines.length === 0) lines.push(...options.map((option) => `  - what the proxy knows as ${option}`))
  if (lines.length === 0 && now.proxy.length !== inForce.proxy.length)
    lines.push('  - what the proxy knows of the config')
  if (lines.length === 0) return
  const endServers = changed.some((path) => ['servers.url', 'installation', 'spawner', 'database'].includes(path))
  const how = endServers ? "which ends learners' servers" : "with --keep-servers if learners' servers shall go on"
  throw new Error(
    `some settings hold from a start on, and a reload cannot change them:\n${lines.join('\n')}\nTake them back, or stop Carrel, ${how}, and start it again.`,
  )
}

/** Returns which database it is. User and password may change, since each new connection asks for them. */
function databaseOf({ database }: Config): string {
  if (database === undefined) return 'in the data folder'
  if (typeof database === 'function') return 'as a function says'
  const text = typeof database === 'string' ? database : database.url
  const url = text.startsWith('postgres') ? URL.parse(text) : null
  return url === null ? text.replace(/\/\/[^/@]*@/, '//') : `${url.host}${url.pathname}`
}
