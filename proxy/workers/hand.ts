/** A worker as the owner sees it: what was sent to it, what it has confirmed, and whether it still answers. */
import type { Worker } from 'node:cluster'
import type { Logger } from 'pino'
import type { Metric } from '../../metrics/metric.ts'
import type { HeldRoute, RouteTable } from '../routes/route-table.ts'
import { type ToOwner, type ToWorker, toOwnerSchema } from './messages.ts'

export interface Hand {
  readonly slot: number
  /** Resolves with the worker's URLs when it accepts connections. Never resolves for one that ended before. */
  listening: Promise<[string, ...string[]]>
  ended: Promise<End>
  /** Tells a change of a route, unless the whole table, which the worker does not have yet, will tell it. */
  tell(path: string, held: HeldRoute | undefined): void
  /** Resolves when the worker has confirmed all changes so far, or has ended, or has no connections yet. */
  confirmed(): Promise<void>
  /** Returns the worker's metrics, or nothing where it does not send them within a second. */
  measure(): Promise<Metric[][]>
  /** Begins or ends a pause there. Resolves with `gone` where the worker has ended, or has no connections yet. */
  pause(pause: PauseOrder): Promise<WorkerPause>
  reload(): void
  stop(): void
  kill(): void
  /** Must be called every `tickMilliseconds`. Kills a worker that hangs. */
  tick(): void
}

export interface End {
  cause: string
  /** Whether the worker may have seen activity that it has not reported. */
  isSudden: boolean
}

/** A pause of the server at a path, which begins or ends. */
export interface PauseOrder {
  path: string
  name: string
  ends: boolean
}

export type WorkerPause = Extract<ToOwner, { kind: 'paused' }>['result'] | 'gone'

export interface HandOptions {
  slot: number
  table: RouteTable
  log: Logger
  /** Takes a route that came with a ticket. Resolves when every worker has it. */
  write(route: Extract<ToOwner, { kind: 'write' }>['route']): Promise<void>
  /** Returns the pauses of this moment, for a worker that is about to accept connections. */
  pauses(): PauseOrder[]
  /** Takes the times of last activity that the worker saw. */
  active(routes: [path: string, at: number, use: number][]): void
}

/**
 * Silence is counted in ticks and not by the clock. So an owner that was itself held up, by a debugger or a machine that
 * slept, does not take all workers for dead when it goes on.
 */
export const tickMilliseconds = 250
/** After how many ticks a worker that owes nothing is asked whether it is there. */
const askTicks = 4
/** How many ticks a worker may be silent while a write waits for it. */
const writeTicks = 4
/** How many ticks a worker may be silent while nothing depends on it. */
const idleTicks = 20
/** How many ticks a worker may take to load its program, and for each part of the table. */
const openingTicks = 120
/** How many routes one message holds. */
const sliceRoutes = 200
const measureMilliseconds = 1000

export function takeInHand(worker: Worker, { slot, table, log, write, pauses, active }: HandOptions): Hand {
  let phase: 'opening' | 'copying' | 'serving' | 'ended' = 'opening'
  let sent = 0
  let confirmed = 0
  let lastWrite = 0
  let lastRoutes = 0
  /** The ticks since its last confirmation, or since the first message that it has not confirmed. */
  let silent = 0
  let ids = 0
  const waiting = new Set<{ number: number; resolve(): void }>()
  const measuring = new Map<number, (metrics: Metric[][]) => void>()
  const pausing = new Map<number, (answer: WorkerPause) => void>()
  const listening = Promise.withResolvers<[string, ...string[]]>()
  const ended = Promise.withResolvers<End>()

  // A message that does not arrive is no error of its own: the worker has ended, or will be found silent.
  const send = (message: ToWorker) => void (worker.isConnected() && worker.send(message, () => undefined))
  const nextNumber = () => {
    if (sent === confirmed) silent = 0
    sent += 1
    return sent
  }
  const kill = () => void worker.process.kill('SIGKILL')

  const end = (cause: string, isSudden: boolean) => {
    if (phase === 'ended') return
    ended.resolve({ cause, isSudden: isSudden && phase === 'serving' })
    phase = 'ended'
    for (const { resolve } of waiting) resolve()
    for (const resolve of measuring.values()) resolve([])
    for (const resolve of pausing.values()) resolve('gone')
  }
  worker.once('exit', (code, signal) => end(signal ? `killed by ${signal}` : `exit code ${code}`, code !== 0))
  worker.on('error', (error) => {
    if (worker.process.pid === undefined) end(`this machine could not start a process: ${error.message}`, false)
  })

  const orderPause = (order: PauseOrder) => {
    ids += 1
    send({ kind: 'pause', id: ids, ...order })
    return ids
  }
  const sendTable = () => {
    phase = 'copying'
    const entries = table.all()
    for (let from = 0; from < entries.length; from += sliceRoutes) {
      const routes = entries.slice(from, from + sliceRoutes).map(copyOf)
      send({ kind: 'routes', number: nextNumber(), routes })
    }
    lastRoutes = nextNumber()
    send({ kind: 'ask', number: lastRoutes })
  }

  const confirm = (number: number) => {
    silent = 0
    confirmed = number
    for (const one of waiting) {
      if (one.number > confirmed) continue
      waiting.delete(one)
      one.resolve()
    }
    if (phase !== 'copying' || confirmed < lastRoutes) return
    // Changes that are on their way arrive before this message, and from now on every change waits for the worker.
    phase = 'serving'
    for (const order of pauses()) orderPause(order)
    send({ kind: 'listen' })
  }

  const takeRoute = async ({ id, route }: Extract<ToOwner, { kind: 'write' }>) => {
    await write(route)
    send({ kind: 'written', id })
  }

  const take = (message: ToOwner) => {
    switch (message.kind) {
      case 'open':
        sendTable()
        break
      case 'confirmed':
        confirm(message.number)
        break
      case 'listening':
        listening.resolve(message.urls)
        break
      case 'write':
        void takeRoute(message)
        break
      case 'active':
        active(message.routes)
        break
      case 'paused':
        pausing.get(message.id)?.(message.result)
        break
      case 'measured':
        measuring.get(message.id)?.(message.metrics)
        break
    }
  }
  worker.on('message', (raw: unknown) => {
    const message = toOwnerSchema.safeParse(raw)
    if (message.success) return take(message.data)
    log.error({ worker: slot }, 'a worker sent a message that cannot be read, and is replaced')
    kill()
  })

  return {
    slot,
    listening: listening.promise,
    ended: ended.promise,
    tell(path, held) {
      if (phase === 'opening' || phase === 'ended') return
      lastWrite = nextNumber()
      send({ kind: 'change', number: lastWrite, path, ...(held && { held: copyOf(held) }) })
    },
    confirmed() {
      if (phase !== 'serving' || confirmed >= lastWrite) return Promise.resolve()
      const number = lastWrite
      return new Promise((resolve) => waiting.add({ number, resolve }))
    },
    measure() {
      if (phase !== 'serving') return Promise.resolve([])
      ids += 1
      const id = ids
      return new Promise<Metric[][]>((resolve) => {
        const timer = setTimeout(() => measuring.get(id)?.([]), measureMilliseconds)
        measuring.set(id, (metrics) => {
          clearTimeout(timer)
          measuring.delete(id)
          resolve(metrics)
        })
        send({ kind: 'measure', id })
      })
    },
    async pause(order) {
      if (phase !== 'serving') return 'gone'
      const { promise, resolve } = Promise.withResolvers<WorkerPause>()
      const id = orderPause(order)
      pausing.set(id, resolve)
      const answer = await promise
      pausing.delete(id)
      return answer
    },
    reload: () => send({ kind: 'reload' }),
    stop() {
      if (phase === 'serving') send({ kind: 'stop' })
      else kill()
    },
    kill,
    tick() {
      if (phase === 'ended') return
      silent += 1
      if (phase === 'serving' && sent === confirmed) {
        if (silent >= askTicks) send({ kind: 'ask', number: nextNumber() })
        return
      }
      const owesWrite = phase === 'serving' && lastWrite > confirmed
      const most = phase !== 'serving' ? openingTicks : owesWrite ? writeTicks : idleTicks
      if (silent <= most) return
      const what = owesWrite ? 'did not confirm a route in time' : 'does not answer'
      log.error({ worker: slot, pid: worker.process.pid }, `a worker ${what}, and is replaced`)
      kill()
    },
  }
}

function copyOf({ route, lastActivity, lastUse }: HeldRoute) {
  return { route, lastActivity, lastUse }
}
