import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Interrupts } from './interrupts.ts'
import type { FromPlanner, Plan, ToPlanner } from './plan.ts'

/**
 * The process that finds out what `carrel start` must do: reads command line and config, prepares the spawner, and
 * looks whether everything is up. All that it loads is gone when it ends.
 */
export interface Planner {
  /** Undefined when the process has ended. */
  readonly pid: number | undefined
  /** Resolves with the plan, or with the exit code of a planner that has none and has said why. */
  plan: Promise<Plan | number>
  /** Resolves when a request from outside gets through proxy and hub, or when the planner has ended. */
  untilHealthy(): Promise<void>
}

const program = join(import.meta.dirname, 'planner.js')

/** Starts a planner with the arguments of this process. */
export function startPlanner(args: string[], interrupts: Interrupts): Planner {
  const plan = Promise.withResolvers<Plan | number>()
  const healthy = Promise.withResolvers<void>()
  // Ctrl-C at the terminal is for the supervisor alone, which hands it on.
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  })
  let isRunning = true
  const end = (code: number) => {
    isRunning = false
    plan.resolve(code)
    healthy.resolve()
  }
  child.on('message', (message: FromPlanner) => {
    if (message.kind === 'plan') plan.resolve(message)
    else healthy.resolve()
  })
  child.on('error', (error) => {
    process.stderr.write(`carrel: ${error.message}\n`)
    if (child.pid === undefined) end(1)
  })
  child.once('exit', (code, signal) => {
    if (signal !== null && !interrupts.signal.aborted) process.stderr.write(`carrel: ended by ${signal}\n`)
    end(code ?? (interrupts.signal.aborted ? 130 : 1))
  })
  interrupts.signal.addEventListener('abort', () => child.kill('SIGINT'))
  interrupts.again.addEventListener('abort', () => child.kill('SIGKILL'))
  return {
    get pid() {
      return isRunning ? child.pid : undefined
    },
    plan: plan.promise,
    untilHealthy() {
      const look: ToPlanner = { kind: 'look' }
      if (child.connected) child.send(look)
      return healthy.promise
    },
  }
}
