/** Runs hub, proxy and culler as processes: alone under signals, or as children of `carrel start`. */
import type { Logger } from 'pino'
import { letMemoryGrow } from './boot/lean-memory.js'

/** A message of a child to `carrel start`. */
export type FromChild = { kind: 'ready' } | { kind: 'servers stopped' }

/** The one message of `carrel start` to the hub. For everything else it uses signals. */
export interface ToHub {
  kind: 'stop servers'
  graceSeconds: number
}

export interface Running {
  stop(): Promise<void>
  stopServers?(graceSeconds: number): Promise<void>
  /** Takes over changes on disk, at SIGHUP. */
  reload?(): Promise<void>
}

/**
 * Starts a part and runs it until SIGTERM, SIGINT, or the end of the supervisor, whose channel then closes. Resolves
 * with the exit code. A second signal ends the process at once.
 */
export async function runUntilStopped(log: Logger, start: () => Promise<Running>): Promise<number> {
  const stopped = untilStopped()
  const starting = start()
  // A signal during the start ends the process: every start can be cut anywhere.
  starting.catch(() => undefined)
  const first = await Promise.race([starting, stopped])
  if (typeof first === 'string') return 0
  listenToSupervisor(log, first)
  if (first.reload !== undefined) process.on('SIGHUP', () => void first.reload?.())
  letMemoryGrow()
  sendToParent({ kind: 'ready' })
  log.info({ reason: await stopped }, 'stopping')
  await first.stop()
  return 0
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

function listenToSupervisor(log: Logger, running: Running): void {
  process.on('message', (message: ToHub) => {
    if (message.kind !== 'stop servers' || running.stopServers === undefined) return
    running
      .stopServers(message.graceSeconds)
      .catch((error: unknown) => log.error({ err: error }, 'not all servers could be stopped'))
      .finally(() => sendToParent({ kind: 'servers stopped' }))
  })
}

function sendToParent(message: FromChild): void {
  if (process.connected) process.send?.(message)
}
