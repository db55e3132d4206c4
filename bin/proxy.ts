import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { ListenAt } from '../net/listen.ts'
import { makeFolder } from '../net/machine/make-folder.ts'
import { limits } from '../proxy/limits.ts'
import type { ProxyOptions } from '../proxy/options.ts'
import type { RunningProxy } from '../proxy/proxy.ts'
import { slotVariable } from '../proxy/workers/slot.ts'
import { letMemoryGrow } from './boot/lean-memory.js'
import { keepNewSpaceSmall } from './boot/new-space.js'
import { defineCommand, type Invocation } from './command.ts'
import { runUntilStopped } from './lifetime.ts'
import { logOptions, openLog } from './logging.ts'
import { addresses, argsOf, list, type Options, port, text, UsageError, type Values } from './options.ts'
import { requireKeys, requireSecrets } from './secrets.ts'
import { certificateFiles, dataOption, entranceOptions, urlOptions } from './shared-options.ts'
import { choosePort } from './start/port.ts'

export const options = {
  ip: {
    env: 'CARREL_IP',
    value: 'IP[,IP]',
    help: 'Where browsers come in. Default: 127.0.0.1,::1.',
    schema: addresses,
  },
  port: { env: 'CARREL_PORT', value: 'N', help: 'Default: 8000.', schema: port.default(8000) },
  apiIp: {
    env: 'CARREL_API_IP',
    value: 'IP',
    help: 'Where hubs write routes; never a public address. Default: 127.0.0.1.',
    schema: text.default('127.0.0.1'),
  },
  apiPort: { env: 'CARREL_API_PORT', value: 'N', help: 'Default: 8001.', schema: port.default(8001) },
  apiSocket: { env: 'CARREL_API_SOCKET', value: 'FILE', help: 'A unix socket instead.', schema: text },
  ...entranceOptions,
  hub: {
    env: 'CARREL_HUB',
    value: 'URL[,URL]',
    help: 'Where the hubs listen: http://127.0.0.1:8081, unix+http://%2Frun%2Fhub.sock.',
    schema: list.default([]),
  },
  holdSeconds: {
    env: 'CARREL_HOLD_SECONDS',
    value: 'N',
    help: 'How long a request waits for a hub while none is there, as during a restart. 0: not at all. Default: 5.',
    schema: z
      .string()
      .regex(/^\d{1,2}$/, 'is a whole number from 0 to 99')
      .transform(Number)
      .default(5),
  },
  ...urlOptions,
  ...dataOption,
  routes: {
    env: 'CARREL_ROUTES',
    value: 'FILE',
    help: 'Where the route table is kept. Default: routes.json in the data folder.',
    schema: text,
  },
  errorTarget: {
    env: 'CARREL_ERROR_TARGET',
    value: 'URL',
    help: 'Take error pages from here.',
    schema: text,
  },
  errorPath: {
    env: 'CARREL_ERROR_PATH',
    value: 'DIR',
    help: 'Take error pages from this folder.',
    schema: text,
  },
  gateways: {
    env: 'CARREL_GATEWAYS',
    value: 'CIDR[,CIDR]',
    help: 'Gateways in front that sign people in, as header({ from }) of the config names them. Default: none.',
    schema: list.default([]),
  },
  gatewayHeaders: {
    env: 'CARREL_GATEWAY_HEADERS',
    value: 'NAME[,NAME]',
    help: 'All headers in which they name people, as the config names them. No server gets these from anybody.',
    schema: list.default([]),
  },
  connectionsPerAddress: {
    env: 'CARREL_CONNECTIONS_PER_ADDRESS',
    value: 'N',
    help: `Connections that one address (of IPv6 a /64) may have at once; trusted proxies any number. Default: ${limits.connectionsPerAddress}.`,
    schema: z
      .string()
      .regex(/^[1-9]\d{0,8}$/, 'is a whole number above 0')
      .transform(Number)
      .default(limits.connectionsPerAddress),
  },
  workers: {
    env: 'CARREL_WORKERS',
    value: 'N',
    help: 'Processes that accept connections, on a machine with several processors. Default: 1, in this process itself.',
    schema: z
      .string()
      .regex(/^[1-9]\d?$/, 'is a whole number from 1 to 99')
      .transform(Number)
      .default(1),
  },
  ...logOptions,
} satisfies Options

export const command = defineCommand({
  name: 'proxy',
  summary: 'One proxy',
  description: `Runs one proxy, through which browsers reach the hub and learners' servers. It may be restarted at any time: its routes are on disk, and hubs bring it up to date.

With --tls-cert and --tls-key it speaks TLS itself; a new certificate is taken over when its files change, or on SIGHUP, and no connection notices.

With --workers it accepts connections in several processes. A route, an ended seat and a ticket hold at all of them when they are answered, and a worker that dies or hangs is replaced.

Needs CARREL_KEYS_FILE or CARREL_KEYS, and CARREL_PROXY_TOKEN, in its environment. Without --hub-url and --servers-url it is a plain configurable-http-proxy, and needs only the token.`,
  examples: {
    'carrel proxy --hub http://127.0.0.1:8081 --hub-url https://hub.example.org --servers-url https://*.nb.example.org':
      'In front of one hub',
  },
  options,
  run,
})

async function run(values: Values<typeof options>, { env }: Invocation): Promise<number> {
  const { ip, port, apiIp, apiPort, apiSocket, metricsIp, metricsPort, metricsSocket, ...others } = values
  const { hub, tlsCert, tlsKey, data, routes, logLevel, logFile, logMegabytes, logKeep, ...settings } = others
  const tls = certificateFiles({ tlsCert, tlsKey })
  const isPlain = settings.hubUrl === undefined && settings.serversUrl === undefined
  const { proxyToken: token } = requireSecrets(isPlain ? ['proxyToken'] : ['keys', 'proxyToken'], env) as {
    proxyToken: string
  }
  const keys = isPlain ? undefined : requireKeys(env)
  const api: ListenAt = apiSocket === undefined ? { ips: [apiIp], port: apiPort } : { socket: apiSocket }
  const metrics = metricsPlace({ metricsIp, metricsPort, metricsSocket })
  const routesFile = routes ?? join(resolve(data), 'routes.json')
  const slot = settings.workers > 1 ? env[slotVariable] : undefined
  const processLog = await openLog('proxy', { logLevel, logFile, logMegabytes, logKeep })
  const log = processLog.child(slot === undefined ? {} : { worker: Number(slot) })
  keys?.watch(log)
  // Every other option is a setting of the proxy, of the same name.
  // `carrel start`, or the owner of this worker, has warned.
  const isWarned = process.connected === true
  const listen = { ips: ip, port }
  const staticFolder = join(dirname(routesFile), 'static-files')
  const kept = { routesFile, staticFolder }
  const chosen = { ...settings, listen, api, metrics, hubs: hub, tls, keys, token, ...kept, isWarned, log }
  keepNewSpaceSmall()
  if (slot !== undefined) return runWorker(chosen)
  return runUntilStopped(log, async () => {
    await makeFolder(dirname(routesFile))
    if (settings.workers > 1) return startWithWorkers(chosen, values)
    const { startProxy } = await import('../proxy/proxy.ts')
    return startProxy(chosen)
  })
}

/** How often a port is tried that a worker has had which was just killed: for four seconds. */
const leftoverTries = 80

/**
 * Returns the port as `choosePort` does. The sockets of a killed process close with the last of its threads, which may be
 * a moment after the process counts as ended.
 */
async function portSoon(listen: { ips: readonly [string, ...string[]]; port: number }, tries: number): Promise<number> {
  for (let left = tries - 1; left > 0; left -= 1) {
    const port = await choosePort(listen.port, listen.ips).catch(() => undefined)
    if (port !== undefined) return port
    await sleep(50)
  }
  return choosePort(listen.port, listen.ips)
}

/** Starts the owner of workers, each of which runs this command with the same options and environment. */
async function startWithWorkers(
  chosen: ProxyOptions & { workers: number; listen: { ips: readonly [string, ...string[]]; port: number } },
  values: Values<typeof options>,
): Promise<RunningProxy> {
  const { startOwner } = await import('../proxy/workers/owner.ts')
  const { forkProgram } = await import('../proxy/workers/fork.ts')
  const { endLeftovers } = await import('../proxy/workers/leftovers.ts')
  const hasEnded = chosen.routesFile !== undefined && (await endLeftovers(chosen.routesFile))
  // Workers share their sockets by address and port, so all of them must ask for the same port.
  const port = await portSoon(chosen.listen, hasEnded ? leftoverTries : 1)
  const program = join(import.meta.dirname, 'carrel.js')
  return startOwner(chosen, forkProgram(program, ['proxy', ...argsOf(options, { ...values, port })]))
}

async function runWorker(chosen: ProxyOptions): Promise<number> {
  const { startWorker } = await import('../proxy/workers/worker.ts')
  const worker = await startWorker(chosen)
  letMemoryGrow()
  // Ctrl-C at a terminal and the end of a systemd unit reach owner and workers alike.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, worker.stop)
  process.on('SIGHUP', () => undefined)
  await worker.ended
  return 0
}

function metricsPlace({
  metricsIp,
  metricsPort,
  metricsSocket,
}: Pick<Values<typeof options>, 'metricsIp' | 'metricsPort' | 'metricsSocket'>): ListenAt | undefined {
  if (metricsSocket === undefined)
    return metricsPort === undefined ? undefined : { ips: [metricsIp], port: metricsPort }
  if (metricsPort !== undefined) throw new UsageError('--metrics-port and --metrics-socket exclude each other')
  return { socket: metricsSocket }
}
