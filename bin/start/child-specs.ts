/** The command lines and environments of hub, proxy and culler. They talk over unix sockets, so only one port is taken. */
import { join } from 'node:path'
import { gatewaysIn } from '../../authenticators/authenticator.ts'
import type { Config } from '../../config/config.ts'
import { socketUrl } from '../../net/endpoint.ts'
import { options as cullerOptions } from '../culler.ts'
import { options as hubOptions } from '../hub.ts'
import type { logFileOptions } from '../logging.ts'
import { argsOf, type Options, type Values } from '../options.ts'
import { options as proxyOptions } from '../proxy.ts'
import { keysForChild, type SecretTexts, secretsInEnvironment } from '../secrets.ts'
import type { entranceOptions } from '../shared-options.ts'
import type { Plan } from './plan.ts'

export interface Setting {
  config: Config
  configFile: string | undefined
  dataDir: string
  runDir: string
  ips: readonly [string, ...string[]]
  port: number
  hubUrl: string
  serversUrl: string
  /** Options that go to the proxy as they are. */
  entrance: Values<typeof entranceOptions>
  /** The limits of log files, which go to all three as they are. */
  logFiles: Values<typeof logFileOptions>
  secrets: SecretTexts
  env: NodeJS.ProcessEnv
}

export function childSpecs(setting: Setting): Pick<Plan, 'hub' | 'proxy' | 'culler'> {
  const { config, configFile, dataDir, runDir, secrets, hubUrl, serversUrl, entrance } = setting
  const { proxyToken, cullerToken } = secrets
  const keys = keysForChild(dataDir, setting.env)
  const hubSocket = join(runDir, 'hub.sock')
  const proxySocket = join(runDir, 'proxy.sock')
  const { shareHubOrigin } = config.servers
  const shared = { hubUrl, serversUrl, shareHubOrigin, insecureHttp: config.hub.insecureHttp, data: dataDir }
  const logTo = (name: string) => ({ logFile: join(dataDir, 'logs', `${name}.log`), ...setting.logFiles })
  const { everySeconds, idleSeconds, maxAgeSeconds, removeUsers } = config.culler
  const hub = { ...shared, config: configFile, socket: hubSocket, proxies: [socketUrl(proxySocket)], ...logTo('hub') }
  const proxy = {
    ...{ ...shared, ...entrance, ip: setting.ips, port: setting.port },
    ...{ hub: [socketUrl(hubSocket)], apiSocket: proxySocket, ...logTo('proxy') },
    ...gatewaySettings(config),
  }
  const culler = {
    ...{ hub: socketUrl(hubSocket), once: true, every: everySeconds, idle: idleSeconds, maxAge: maxAgeSeconds },
    ...{ keepUsers: !removeUsers, ...logTo('culler') },
  }
  return {
    hub: {
      name: 'hub',
      args: ['hub', ...argsOf(hubOptions, hub)],
      env: { ...hubEnvironment(setting.env), ...keys, ...secretsInEnvironment({ proxyToken, cullerToken }) },
    },
    proxy: {
      name: 'proxy',
      args: ['proxy', ...argsOf(proxyOptions, proxy)],
      env: { ...plainEnvironment(setting.env), ...keys, ...secretsInEnvironment({ proxyToken }) },
    },
    culler: {
      name: 'culler',
      args: ['culler', ...argsOf(cullerOptions, culler)],
      env: { ...plainEnvironment(setting.env), ...secretsInEnvironment({ cullerToken }) },
      everySeconds,
    },
  }
}

/**
 * Returns the hub's environment: all of this process's, since the config file may read any of it, but for settings of
 * the three commands, which the hub would take for its own.
 */
function hubEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const tables: Options[] = [hubOptions, proxyOptions, cullerOptions]
  const settings = new Set(tables.flatMap((table) => Object.values(table).map((option) => option.env)))
  return picked(env, (name) => !settings.has(name) || name === 'CARREL_LOG_LEVEL')
}

function plainEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const needed =
    /^(PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|XDG_(RUNTIME_DIR|CACHE_HOME)|NODE_\w+|SSL_CERT_\w+|(NO|FORCE)_COLOR|CARREL_(LOG_LEVEL|DEBUG))$/
  return picked(env, (name) => needed.test(name))
}

function picked(env: NodeJS.ProcessEnv, isWanted: (name: string) => boolean): Record<string, string> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(entries.filter(([name]) => isWanted(name)))
}

/** Returns what the proxy must know of the gateways in front that the config names. */
export function gatewaySettings({ authenticators }: Config): { gateways: string[]; gatewayHeaders: string[] } {
  const all = gatewaysIn(authenticators)
  return {
    gateways: [...new Set(all.flatMap(({ from }) => from))],
    gatewayHeaders: [...new Set(all.flatMap(({ headers }) => headers))],
  }
}
