import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBuckets } from '../../net/bucket.ts'
import type { FromChild, ToHub } from '../lifetime.ts'
import type { ChildSpec } from './plan.ts'

export interface Watcher {
  print(line: string): void
  /** Called when a process was started, or has ended. */
  changed(): void
  /** Called when a process ended without being asked to. `cause` is for people. */
  died(name: string, cause: string): void
  /** Returns whether the child may be given up, which is so only as long as nothing depends on it. */
  mayGiveUp(): boolean
}

/** One of Carrel's processes, started again whenever it dies. */
export interface RestartingChild {
  readonly pid: number | undefined
  /** Resolves when the child has started for the first time. */
  ready: Promise<void>
  /** Rejects, with a message for people, when another start would not help and the child may be given up. */
  failed: Promise<never>
  /** Resolves true when the child has answered, false when no child is ready or the time is over. */
  request(message: ToHub, answer: FromChild['kind'], seconds: number): Promise<boolean>
  /** Ends the child for good; kills it when that takes too long. */
  stop(): Promise<void>
  /** Kills the child at once, for good. */
  kill(): void
}

const program = join(import.meta.dirname, '..', 'carrel.js')
const stopSeconds = 10
/** A child that dies this often in a row is given up, where it may be. */
const quickDeaths = 6
/** A death counts as one in a row when the child has lived shorter than this. */
const quickSeconds = 20
/** The longest pause in milliseconds before the next start. Learners wait for it. */
const longestPause = 3000
/** The pace of lines on the terminal: ten at once, then one a minute. The list of deaths has all. */
const linePace = { burst: 10, perSecond: 1 / 60 }

export function superviseChild(spec: ChildSpec, watcher: Watcher): RestartingChild {
  const { name } = spec
  const stopping = new AbortController()
  const ready = Promise.withResolvers<void>()
  const failed = Promise.withResolvers<never>()
  let child: ChildProcess | undefined
  let isReady = false
  failed.promise.catch(() => undefined)
  const kept = keep().catch(failed.reject)

  return {
    get pid() {
      return child?.pid
    },
    ready: ready.promise,
    failed: failed.promise,
    async request(message, answer, seconds) {
      const recipient = child
      if (!isReady || recipient?.connected !== true) return false
      const over = AbortSignal.timeout(seconds * 1000)
      recipient.send(message)
      return untilMessage(recipient, answer, over)
    },
    async stop() {
      stopping.abort()
      child?.kill('SIGTERM')
      const kill = setTimeout(() => child?.kill('SIGKILL'), stopSeconds * 1000)
      await kept
      clearTimeout(kill)
    },
    kill() {
      stopping.abort()
      child?.kill('SIGKILL')
    },
  }

  async function keep(): Promise<void> {
    const lines = createBuckets(linePace)
    for (let deaths = 0; !stopping.signal.aborted; ) {
      const began = performance.now()
      const { cause, code } = await runOnce()
      if (stopping.signal.aborted) return
      watcher.died(name, cause)
      deaths = performance.now() - began < quickSeconds * 1000 ? deaths + 1 : 1
      if (watcher.mayGiveUp()) {
        // A child that ended by itself has found a reason and would find it again. One that a signal ended has not.
        if (!isReady && code !== null) throw new Error(`The ${name} could not start (${cause}).`)
        if (deaths >= quickDeaths) throw new Error(`The ${name} dies again and again (${cause}).`)
      }
      if (lines.take('') === 0) watcher.print(`The ${name} ended unexpectedly (${cause}); it is started again.`)
      const pause = deaths === 1 ? 0 : Math.min(100 * 2 ** deaths, longestPause)
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  /** Starts the child once. Resolves when it has ended, or could not be started. */
  async function runOnce(): Promise<{ cause: string; code: number | null }> {
    let one: ChildProcess
    try {
      one = spawn(process.execPath, [program, ...spec.args], {
        env: spec.env,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        // Ctrl-C at the terminal is for the supervisor alone, which ends its children in order.
        detached: true,
      })
    } catch (error) {
      return { code: null, cause: unstarted(error) }
    }
    child = one
    one.on('message', (message: FromChild) => {
      if (message.kind !== 'ready') return
      isReady = true
      ready.resolve()
    })
    watcher.changed()
    const ended = await untilEnded(one)
    child = undefined
    watcher.changed()
    return ended
  }
}

function untilEnded(child: ChildProcess): Promise<{ cause: string; code: number | null }> {
  return new Promise((resolve) => {
    // For a living process, `error` means that a message or a signal did not arrive, which is no end.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, cause: unstarted(error) })
    })
    child.once('exit', (code, signal) => {
      resolve({ code, cause: signal === null ? `exit code ${code}` : `killed by ${signal}` })
    })
  })
}

/** Returns the cause when the machine has no process or file to spare, which may pass. */
function unstarted(error: unknown): string {
  return `this machine could not start a process: ${error instanceof Error ? error.message : String(error)}`
}

function untilMessage(child: ChildProcess, kind: FromChild['kind'], over: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    child.on('message', (message: FromChild) => {
      if (message.kind === kind) resolve(true)
    })
    child.once('exit', () => resolve(false))
    over.addEventListener('abort', () => resolve(false))
  })
}
