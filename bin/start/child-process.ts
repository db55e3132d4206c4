/** One process of Carrel's, from its start to its end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { FromChild, ToHub } from '../lifetime.ts'
import type { ChildSpec } from './plan.ts'

export interface ChildEnd {
  cause: string
  /** The exit code; null where a signal ended the process, or where it could not be started. */
  code: number | null
}

export interface StartedChild {
  /** Undefined when the process has ended, or could not be started. */
  readonly pid: number | undefined
  /** Whether it has said so since it was last asked for it. */
  hasSaid(kind: FromChild['kind']): boolean
  /** Resolves true when the process says so, false when it has ended, the time is over, or the signal is aborted. */
  says(kind: FromChild['kind'], seconds?: number, signal?: AbortSignal): Promise<boolean>
  /** Sends a message. Resolves as `says` does, for an answer that comes from now on. */
  ask(message: ToHub, answer: FromChild['kind'], seconds: number): Promise<boolean>
  tell(message: ToHub): void
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGHUP'): void
  ended: Promise<ChildEnd>
}

const program = join(import.meta.dirname, '..', 'carrel.js')

/** Starts a process. One that cannot be started counts as one that has ended. */
export function startChild({ args, env }: Pick<ChildSpec, 'args' | 'env'>): StartedChild {
  let child: ChildProcess | undefined
  let isRunning = true
  const said = new Set<FromChild['kind']>()
  const listeners = new Set<() => void>()
  const { promise: ended, resolve } = Promise.withResolvers<ChildEnd>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const end = (how: ChildEnd) => {
    isRunning = false
    resolve(how)
    changed()
  }
  try {
    child = spawn(process.execPath, [program, ...args], {
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Ctrl-C at the terminal is for the supervisor alone, which ends its children in order.
      detached: true,
    })
  } catch (error) {
    end({ code: null, cause: unstarted(error) })
  }
  // For a living process, `error` means that a message or a signal did not arrive, which is no end.
  child?.on('error', (error) => {
    if (child?.pid === undefined) end({ code: null, cause: unstarted(error) })
  })
  child?.once('exit', (code, signal) => {
    end({ code, cause: signal === null ? `exit code ${code}` : `killed by ${signal}` })
  })
  child?.on('message', (message: FromChild) => {
    said.add(message.kind)
    changed()
  })

  const says: StartedChild['says'] = (kind, seconds, signal) => {
    const { promise, resolve: settle } = Promise.withResolvers<boolean>()
    const over = seconds === undefined ? undefined : AbortSignal.timeout(seconds * 1000)
    const look = () => {
      const has = said.has(kind)
      if (has || !isRunning || signal?.aborted || over?.aborted) settle(has)
    }
    listeners.add(look)
    for (const one of [over, signal]) one?.addEventListener('abort', look)
    look()
    return promise.finally(() => {
      listeners.delete(look)
      for (const one of [over, signal]) one?.removeEventListener('abort', look)
    })
  }
  const tell = (message: ToHub) => {
    // A message to a process that has just ended is lost, and its end is seen anyway.
    if (child?.connected) child.send(message, () => undefined)
  }
  return {
    get pid() {
      return isRunning ? child?.pid : undefined
    },
    ended,
    hasSaid: (kind) => said.has(kind),
    says,
    ask(message, answer, seconds) {
      said.delete(answer)
      tell(message)
      return says(answer, seconds)
    },
    tell,
    kill: (signal) => void child?.kill(signal),
  }
}

/** Returns the cause when the machine has no process or file to spare, which may pass. */
function unstarted(error: unknown): string {
  return `this machine could not start a process: ${error instanceof Error ? error.message : String(error)}`
}
