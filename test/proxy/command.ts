/** Runs `carrel proxy` as a process, with workers if a test wants them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { argsOf } from '../../bin/options.ts'
import { options as commandOptions } from '../../bin/proxy.ts'
import type { ProxyOptions } from '../../proxy/options.ts'
import type { RunningProxy } from '../../proxy/proxy.ts'
import { formatKeys } from '../../seats/keys.ts'
import type { Cleanup } from '../helpers/cleanup.ts'

export interface ProxyCommand extends RunningProxy {
  child: ChildProcess
  /** The lines of the log so far. */
  lines: LogLine[]
  /** Returns the process id of the worker that last started in this slot. */
  pidOf(slot: number): number
}

export interface LogLine {
  msg: string
  pid: number
  worker?: number
  urls?: [string, ...string[]]
  [field: string]: unknown
}

/** What a command line can say of the options of a proxy. */
export type CommandOptions = Omit<ProxyOptions, 'listen' | 'api' | 'log' | 'forTests' | 'metrics'>

const program = join(import.meta.dirname, '../../bin/carrel.js')

/** Resolves when the proxy accepts connections. It is ended with `cleanup`, gently. */
export async function startProxyCommand(
  cleanup: Cleanup,
  { token, keys, tls, hubs, routesFile, ...options }: CommandOptions,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<ProxyCommand> {
  const settings = { ...options, hub: hubs, tlsCert: tls?.cert, tlsKey: tls?.key, routes: routesFile }
  const free = ['--ip=127.0.0.1', '--port=0', '--api-port=0']
  const child = spawn(process.execPath, [program, 'proxy', ...argsOf(commandOptions, settings), ...free, ...args], {
    env: {
      ...process.env,
      CARREL_PROXY_TOKEN: token,
      ...(keys === undefined ? {} : { CARREL_KEYS: formatKeys(keys.all) }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // As under `carrel start`, the workers form a group with their owner and with no other process.
    detached: true,
  })
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  cleanup.defer(() => end('SIGTERM'))
  const lines: LogLine[] = []
  const started = Promise.withResolvers<LogLine>()
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  child.once('exit', (code) => started.reject(new Error(`carrel proxy ended with ${code}:\n${said}`)))
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as LogLine
    lines.push(line)
    if (line.msg === 'proxy started') started.resolve(line)
  })
  const { urls = [''], api, metrics } = await started.promise
  return {
    urls,
    apiUrl: String(api),
    metricsUrl: typeof metrics === 'string' ? metrics : undefined,
    child,
    lines,
    pidOf(slot) {
      const pid = lines.findLast(({ msg, worker }) => msg === 'worker started' && worker === slot)?.pid
      if (pid === undefined) throw new Error(`worker ${slot} has not started`)
      return pid
    },
    reload: async () => void child.kill('SIGHUP'),
    stop: () => end('SIGTERM'),
  }
}
