import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FromChild, ToHub } from './lifetime.ts'

export interface ChildSpec {
  name: string
  args: string[]
  env: Record<string, string>
}

export interface Watcher {
  say(line: string): void
  /** A process was started, or has ended. */
  changed(): void
}

/** One of Carrel's processes, started again whenever it dies. */
export interface KeptChild {
  readonly pid: number | undefined
  /** Resolves when it has started for the first time. */
  ready: Promise<void>
  /** Rejects, with a message for people, when it is no use to start it again. Never resolves. */
  failed: Promise<never>
  /** Resolves true when the child has answered, false when there is none to ask or time is over. */
  ask(message: ToHub, answer: FromChild['kind'], seconds: number): Promise<boolean>
  /** Ends it for good; kills it when it takes too long. */
  stop(): Promise<void>
  /** Ends it without asking. */
  kill(): void
}

const program = join(import.meta.dirname, 'carrel.ts')
const stopSeconds = 10
/** Deaths in a row, each before it has lived this long, until starting it again is given up. */
const quickDeaths = 6
const quickSeconds = 20

export function keepChild(spec: ChildSpec, watcher: Watcher): KeptChild {
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
    async ask(message, answer, seconds) {
      const asked = child
      if (!isReady || asked?.connected !== true) return false
      const over = AbortSignal.timeout(seconds * 1000)
      asked.send(message)
      return untilMessage(asked, answer, over)
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
    for (let deaths = 0; !stopping.signal.aborted; ) {
      const began = performance.now()
      const { how, code } = await runOnce()
      if (stopping.signal.aborted) return
      // It has found a reason, and would find it again. Somebody's signal is none.
      if (!isReady && code !== null) throw new Error(`The ${name} could not start (${how}).`)
      deaths = performance.now() - began < quickSeconds * 1000 ? deaths + 1 : 1
      if (deaths >= quickDeaths) throw new Error(`The ${name} dies again and again (${how}).`)
      watcher.say(`The ${name} ended unexpectedly (${how}); it is started again.`)
      const pause = deaths === 1 ? 0 : 100 * 2 ** deaths
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  /** Resolves when it has ended. */
  async function runOnce(): Promise<{ how: string; code: number | null }> {
    const one = spawn(process.execPath, [program, ...spec.args], {
      env: spec.env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Ctrl-C at the terminal is for the supervisor alone, which ends its children in order.
      detached: true,
    })
    child = one
    one.on('message', (message: FromChild) => {
      if (message.kind !== 'ready') return
      isReady = true
      ready.resolve()
    })
    watcher.changed()
    const [code, signal] = await once(one, 'exit')
    child = undefined
    watcher.changed()
    return { code, how: signal === null ? `exit code ${code}` : `killed by ${signal}` }
  }
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
