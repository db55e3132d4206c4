/** Runs hub, proxy and culler as processes: alone under signals, or as children of `carrel start`. */
import type { Logger } from 'pino'
import { letMemoryGrow } from './boot/lean-memory.js'

/** A message of a child to `carrel start`. */
export interface FromChild {
  kind: 'standing by' | 'ready' | 'aside' | 'servers stopped'
}

/** A message of `carrel start` to the hub. For everything else it uses signals. */
export type ToHub =
  /** Work now: said to a hub that stands by, and to one that stands aside. */
  | { kind: 'go' }
  /** Close all that another hub needs, and wait whether that one gets ready. */
  | { kind: 'stand aside' }
  | { kind: 'stop servers'; graceSeconds: number }
  /** Said to the hub that goes on after a reload that has failed, for its log. */
  | { kind: 'reload failed'; reason: string }

export interface Running {
  stop(): Promise<void>
  stopServers?(graceSeconds: number): Promise<void>
  /** Takes over changes on disk, at SIGHUP. */
  reload?(): Promise<void>
}

/**
 * Starts a part and runs it until SIGTERM, SIGINT, or the end of the supervisor, whose channel then closes. Resolves
 * with the exit code. A second signal ends the process at once. A part that the supervisor asks to stand aside stops,
 * and starts again when it is told to.
 */
export async function runUntilStopped(log: Logger, start: () => Promise<Running>): Promise<number> {
  const stopped = untilStopped()
  let running: Running | undefined
  listenToSupervisor(log, () => running)
  for (;;) {
    const starting = start()
    // A signal during the start ends the process: every start can be cut anywhere.
    starting.catch(() => undefined)
    const first = await Promise.race([starting, stopped])
    if (typeof first === 'string') return 0
    running = first
    if (first.reload !== undefined) process.on('SIGHUP', () => void first.reload?.())
    letMemoryGrow()
    const aside = untilTold('stand aside')
    sendToParent({ kind: 'ready' })
    const reason = await Promise.race([aside, stopped])
    log.info({ reason }, 'stopping')
    running = undefined
    await first.stop()
    if (reason !== 'stand aside') return 0
    const told = untilTold('go')
    sendToParent({ kind: 'aside' })
    if ((await Promise.race([told, stopped])) !== 'go') return 0
  }
}

/** Says that everything is loaded, and resolves when the supervisor tells this process to work. */
export async function standBy(): Promise<void> {
  const told = untilTold('go')
  sendToParent({ kind: 'standing by' })
  await told
}

function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    let isSecond = false
    const stop = (reason: string) => {
      if (isSecond) process.exit(130)
      isSecond = true
      resolve(reason)
    }
    process.on('SIGTERM', () => stop('SIGTERM'))
    process.on('SIGINT', () => stop('SIGINT'))
    process.once('disconnect', () => resolve('the supervisor is gone'))
    // The supervisor may have ended while this process was still loading, before the listener above was there.
    if (process.connected === false) resolve('the supervisor is gone')
  })
}

/** Resolves with the kind once the supervisor sends such a message. */
function untilTold(kind: ToHub['kind']): Promise<string> {
  return new Promise((resolve) => {
    const look = (message: ToHub) => {
      if (message.kind !== kind) return
      process.off('message', look)
      resolve(kind)
    }
    process.on('message', look)
  })
}

function listenToSupervisor(log: Logger, running: () => Running | undefined): void {
  process.on('message', (message: ToHub) => {
    if (message.kind === 'reload failed') log.error({ reason: message.reason }, 'a reload has failed')
    const stopServers = message.kind === 'stop servers' ? running()?.stopServers : undefined
    if (message.kind !== 'stop servers' || stopServers === undefined) return
    stopServers(message.graceSeconds)
      .catch((error: unknown) => log.error({ err: error }, 'not all servers could be stopped'))
      .finally(() => sendToParent({ kind: 'servers stopped' }))
  })
}

function sendToParent(message: FromChild): void {
  if (process.connected) process.send?.(message)
}
