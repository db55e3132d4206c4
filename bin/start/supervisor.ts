/** Runs hub, proxy and culler as children of one process. They talk over unix sockets, so only one port is taken. */
import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../config/config.ts'
import { callableIp } from '../../net/address.ts'
import { socketUrl } from '../../net/endpoint.ts'
import { options as cullerOptions } from '../culler.ts'
import { openDeaths } from '../deaths.ts'
import { options as hubOptions } from '../hub.ts'
import { argsOf, type Options, type Values } from '../options.ts'
import { options as proxyOptions } from '../proxy.ts'
import { keysForChild, type SecretTexts, secretsInEnvironment } from '../secrets.ts'
import type { entranceOptions } from '../shared-options.ts'
import type { Claim } from './claim.ts'
import { type ChildSpec, type RestartingChild, superviseChild } from './restarting-child.ts'

export interface Setting {
  config: Config
  configFile: string | undefined
  dataDir: string
  runDir: string
  ips: readonly [string, ...string[]]
  port: number
  hubUrl: string
  serversUrl: string
  /** Whether browsers come in by https. */
  isSecure: boolean
  /** Options that go to the proxy as they are. */
  entrance: Values<typeof entranceOptions>
  secrets: SecretTexts
  env: NodeJS.ProcessEnv
}

/** Signals to `carrel start`. The first asks for an orderly end, the second for the end at once. */
export interface Interrupts {
  signal: AbortSignal
  again: AbortSignal
}

export interface Surroundings {
  print(line: string): void
  interrupts: Interrupts
  claim: Claim
}

const graceSeconds = 5

/**
 * Resolves with the exit code when everything has ended; `up` is called when everything is healthy.
 *
 * A part that cannot start ends everything only before everything was up once. After that each part is started again
 * for ever, and only a person's signal stops learners' servers.
 */
export async function supervise(
  setting: Setting,
  { print, interrupts, claim }: Surroundings,
  up: () => void,
): Promise<number> {
  const children: RestartingChild[] = []
  const deaths = await openDeaths(setting.dataDir, print)
  let wasUp = false
  const keep = (spec: ChildSpec) => {
    const changed = () => claim.note(children.flatMap(({ pid }) => pid ?? []))
    const child = superviseChild(spec, {
      print,
      changed: () => queueMicrotask(changed),
      died: (name, how) => deaths.note(name, how),
      mayGiveUp: () => !wasUp,
    })
    children.push(child)
    return child
  }
  const specs = childSpecs(setting)
  const proxy = keep(specs.proxy)
  const hub = keep(specs.hub)
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => undefined)
  for (const child of children) child.failed.catch(failure.reject)
  const interrupted = until(interrupts.signal)
  let hasHub = false
  hub.ready.then(() => {
    hasHub = true
  })

  let code = 0
  try {
    const healthy = Promise.all([hub.ready, proxy.ready]).then(() => untilHealthy(setting, interrupts.signal))
    await Promise.race([healthy, failure.promise, interrupted])
    if (!interrupts.signal.aborted) {
      wasUp = true
      keep(specs.culler)
      up()
    }
    await interrupted
    print("Stopping learners' servers, then Carrel. Once more stops at once.")
  } catch (error) {
    print(`${(error as Error).message} What it said is above, or in ${join(setting.dataDir, 'logs')}.`)
    code = 1
  }
  const kill = () => {
    for (const child of children) child.kill()
  }
  interrupts.again.addEventListener('abort', kill)
  if (code === 0) {
    const areStopped = await hub.request({ kind: 'stop servers', graceSeconds }, 'servers stopped', graceSeconds + 15)
    if (!areStopped) print('The hub did not answer. Servers may still run; the next start finds them.')
  } else if (hasHub) {
    // The hub may have found servers of an earlier start. A hub that was never up has found none.
    print('Servers that were running go on; the next start finds them.')
  }
  await stopInOrder(hub, proxy, children)
  await deaths.close()
  interrupts.again.removeEventListener('abort', kill)
  return interrupts.again.aborted ? 130 : code
}

async function stopInOrder(hub: RestartingChild, proxy: RestartingChild, children: RestartingChild[]) {
  for (const child of children) if (child !== hub && child !== proxy) await child.stop()
  await hub.stop()
  await proxy.stop()
}

async function untilHealthy(setting: Setting, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await isHealthy(setting))) await sleep(50)
}

function isHealthy({ ips: [ip], port, isSecure }: Setting): Promise<boolean> {
  const get = isSecure ? getSecure : getPlain
  // The certificate is for the public names, not for this address.
  const health = { host: callableIp(ip), port, path: '/_carrel/health', agent: false, rejectUnauthorized: false }
  return new Promise((resolve) => {
    get(health, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    }).on('error', () => resolve(false))
  })
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
}

function childSpecs(setting: Setting): Record<'hub' | 'proxy' | 'culler', ChildSpec> {
  const { config, configFile, dataDir, runDir, secrets, hubUrl, serversUrl, entrance } = setting
  const { proxyToken, cullerToken } = secrets
  const keys = keysForChild(dataDir, setting.env)
  const hubSocket = join(runDir, 'hub.sock')
  const proxySocket = join(runDir, 'proxy.sock')
  const { shareHubOrigin } = config.servers
  const shared = { hubUrl, serversUrl, shareHubOrigin, insecureHttp: config.hub.insecureHttp, data: dataDir }
  const logTo = (name: string) => ({ logFile: join(dataDir, 'logs', `${name}.log`) })
  const { everySeconds, idleSeconds, maxAgeSeconds, removeUsers } = config.culler
  const hub = { ...shared, config: configFile, socket: hubSocket, proxies: [socketUrl(proxySocket)], ...logTo('hub') }
  const proxy = {
    ...{ ...shared, ...entrance, ip: setting.ips, port: setting.port },
    ...{ hub: [socketUrl(hubSocket)], apiSocket: proxySocket, ...logTo('proxy') },
  }
  const culler = {
    ...{ hub: socketUrl(hubSocket), every: everySeconds, idle: idleSeconds, maxAge: maxAgeSeconds },
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
