import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Interrupts } from './interrupts.ts'
import type { Fixed, FromPlanner, Plan, ToPlanner } from './plan.ts'

/**
 * The process that finds out what `carrel start` must do: reads command line and config, prepares the spawner, and
 * looks whether everything is up. All that it loads is gone when it ends.
 */
export interface Planner {
  /** Undefined when the process has ended. */
  readonly pid: number | undefined
  /** Resolves with the plan, or with the exit code of a planner that has none and has said why. */
  plan: Promise<Plan | number>
  /**
   * Resolves when a request from outside gets through proxy and hub, with what people are told behind the greeting, or
   * when the planner has ended.
   */
  untilHealthy(): Promise<string | undefined>
}

/** What a planner is told at a reload. It ends with its plan then. */
export interface Replanning {
  fixed: Fixed
  /** Gets each line for people, which the first planner prints by itself. */
  print(line: string): void
}

const program = join(import.meta.dirname, 'planner.js')

/** Starts a planner with the arguments of this process. */
export function startPlanner(args: string[], interrupts: Interrupts, again?: Replanning): Planner {
  const plan = Promise.withResolvers<Plan | number>()
  const healthy = Promise.withResolvers<string | undefined>()
  const output = again === undefined ? 'inherit' : 'pipe'
  // Ctrl-C at the terminal is for the supervisor alone, which hands it on.
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  })
  const print = again?.print ?? ((line: string) => void process.stderr.write(`${line}\n`))
  const readers = [child.stdout, child.stderr].flatMap((input) => (input === null ? [] : createInterface({ input })))
  for (const reader of readers) reader.on('line', print)
  const printed = Promise.all(readers.map((reader) => new Promise<void>((resolve) => reader.once('close', resolve))))
  let isRunning = true
  let last: Plan | undefined
  const end = (code: number) => {
    isRunning = false
    healthy.resolve(undefined)
    // What it has printed is read before its plan is carried out.
    void printed.then(() => plan.resolve(code === 0 && last !== undefined ? last : code))
  }
  child.on('message', (message: FromPlanner) => {
    if (message.kind === 'healthy') healthy.resolve(message.more)
    else if (again === undefined) plan.resolve(message)
    else last = message
  })
  child.on('error', (error) => {
    print(`carrel: ${error.message}`)
    if (child.pid === undefined) end(1)
  })
  child.once('exit', (code, signal) => {
    if (signal !== null && !interrupts.signal.aborted) print(`carrel: ended by ${signal}`)
    end(code ?? (interrupts.signal.aborted ? 130 : 1))
  })
  const interrupt = () => child.kill('SIGINT')
  const kill = () => child.kill('SIGKILL')
  interrupts.signal.addEventListener('abort', interrupt)
  interrupts.again.addEventListener('abort', kill)
  child.once('exit', () => {
    interrupts.signal.removeEventListener('abort', interrupt)
    interrupts.again.removeEventListener('abort', kill)
  })
  const tell = (message: ToPlanner) => {
    // A planner that has ended has said why.
    if (child.connected) child.send(message, () => undefined)
  }
  tell({ kind: 'plan', fixed: again?.fixed })
  return {
    get pid() {
      return isRunning ? child.pid : undefined
    },
    plan: plan.promise,
    untilHealthy() {
      tell({ kind: 'look' })
      return healthy.promise
    },
  }
}
