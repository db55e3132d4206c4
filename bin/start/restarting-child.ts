import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBuckets } from '../../net/bucket.ts'
import type { FromChild, ToHub } from '../lifetime.ts'
import { type ChildEnd, type StartedChild, startChild } from './child-process.ts'
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

/** One of Carrel's processes, started again whenever it dies; the culler, which ends after each round, at its time. */
export interface RestartingChild {
  /** The processes that live now: one at most, and two while one takes the place of another. */
  readonly pids: number[]
  /** Resolves when the child has started for the first time. */
  ready: Promise<void>
  /** Rejects, with a message for people, when another start would not help and the child may be given up. */
  failed: Promise<never>
  /**
   * Resolves true when the child has answered, false when the time is over. A child that is just being started again is
   * asked when it is ready.
   */
  request(message: ToHub, answer: FromChild['kind'], seconds: number): Promise<boolean>
  tell(message: ToHub): void
  signal(signal: 'SIGHUP'): void
  /**
   * Puts a process of another specification in the place of the present one, which stands aside until the other is
   * ready. Rejects with a message for people when the other does not get ready; the present one goes on then.
   * `interrupted` breaks off as long as the present one has not been asked to stand aside.
   */
  replace(spec: ChildSpec, interrupted: AbortSignal): Promise<void>
  /** Uses another specification from the next start on, and ends a pause before that. */
  renew(spec: ChildSpec): void
  /** Ends the child for good; kills it when that takes too long. */
  stop(): Promise<void>
  /** Kills the child at once, for good. */
  kill(): void
}

const stopSeconds = 10
/** How long a process may take to load everything while another one works. Nothing waits for it. */
const standbySeconds = 120
/** How long the next process may take to get ready. Learners wait for it. */
const readySeconds = 60
/** How long a request waits for a process that is being started again. */
const requestSeconds = 15
/** A child that dies this often in a row is given up, where it may be. */
const quickDeaths = 6
/** A death counts as one in a row when the child has lived shorter than this. */
const quickSeconds = 20
/** The longest pause in milliseconds before the next start. Learners wait for it. */
const longestPause = 3000
/** The pace of lines on the terminal: ten at once, then one a minute. The list of deaths has all. */
const linePace = { burst: 10, perSecond: 1 / 60 }

export function superviseChild(first: ChildSpec, watcher: Watcher): RestartingChild {
  const { name } = first
  const stopping = new AbortController()
  const ready = Promise.withResolvers<void>()
  const failed = Promise.withResolvers<never>()
  let spec = first
  let child: StartedChild | undefined
  /** The process that is to take the place of `child`, and from when on: while it loads, `child` works as ever. */
  let next: StartedChild | undefined
  let handover: Promise<void> | undefined
  let pause = new AbortController()
  let isReady = false
  let begun = Promise.withResolvers<void>()
  failed.promise.catch(() => undefined)
  const kept = keep().catch(failed.reject)

  return {
    get pids() {
      return [child, next].flatMap((one) => one?.pid ?? [])
    },
    ready: ready.promise,
    failed: failed.promise,
    async request(message, answer, seconds) {
      const over = AbortSignal.any([stopping.signal, AbortSignal.timeout(requestSeconds * 1000)])
      for (;;) {
        const one = await nextReady(over)
        if (one === undefined) return false
        if (await one.ask(message, answer, seconds)) return true
        if (one.pid !== undefined) return false
      }
    },
    tell: (message) => child?.tell(message),
    signal: (signal) => child?.kill(signal),
    replace,
    renew(other) {
      spec = other
      pause.abort()
    },
    async stop() {
      stopping.abort()
      await Promise.all([child, next].map(end))
      await kept
    },
    kill() {
      stopping.abort()
      for (const one of [child, next]) one?.kill('SIGKILL')
    },
  }

  async function keep(): Promise<void> {
    const lines = createBuckets(linePace)
    for (let deaths = 0; !stopping.signal.aborted; ) {
      // The process that stood by is the present one now, or else the one before is started again.
      while (handover !== undefined) await handover
      const began = performance.now()
      const { cause, code } = await run(child ?? startChild(spec))
      if (stopping.signal.aborted) return
      if (handover !== undefined || child !== undefined) {
        deaths = 0
        continue
      }
      if (spec.everySeconds !== undefined && code !== null) {
        deaths = 0
        await pauseFor(spec.everySeconds * 1000)
        continue
      }
      watcher.died(name, cause)
      deaths = performance.now() - began < quickSeconds * 1000 ? deaths + 1 : 1
      if (watcher.mayGiveUp()) {
        // A child that ended by itself has found a reason and would find it again. One that a signal ended has not.
        if (!isReady && code !== null) throw new Error(`The ${name} could not start (${cause}).`)
        if (deaths >= quickDeaths) throw new Error(`The ${name} dies again and again (${cause}).`)
      }
      if (lines.take('') === 0) watcher.print(`The ${name} ended unexpectedly (${cause}); it is started again.`)
      await pauseFor(deaths === 1 ? 0 : Math.min(100 * 2 ** deaths, longestPause))
    }
  }

  /** Returns the process that is ready, or gets so before `over` is aborted; undefined where none does. */
  async function nextReady(over: AbortSignal): Promise<StartedChild | undefined> {
    while (!over.aborted) {
      const one = child
      if (one?.pid === undefined) await Promise.race([begun.promise, once(over, 'abort')])
      else if (await one.says('ready', undefined, over)) return one
    }
    return undefined
  }

  async function pauseFor(milliseconds: number): Promise<void> {
    pause = new AbortController()
    const signal = AbortSignal.any([stopping.signal, pause.signal])
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined)
  }

  /** Makes a process the present one, and resolves when it has ended. */
  async function run(one: StartedChild): Promise<ChildEnd> {
    child = one
    begun.resolve()
    begun = Promise.withResolvers()
    void one.says('ready').then((isUp) => {
      if (!isUp) return
      isReady = true
      ready.resolve()
    })
    watcher.changed()
    const ended = await one.ended
    // Another process may have taken its place meanwhile.
    if (child === one) child = undefined
    watcher.changed()
    return ended
  }

  async function replace(other: ChildSpec, interrupted: AbortSignal): Promise<void> {
    const one = startChild({ ...other, args: [...other.args, '--standby'] })
    next = one
    watcher.changed()
    try {
      if (!(await one.says('standing by', standbySeconds, interrupted))) throw new Error(await whyNot(one))
      const taking = takeTurn(one, other)
      handover = taking.catch(() => undefined)
      // A process that died again and again may wait for its next start.
      pause.abort()
      await taking
    } finally {
      next = undefined
      handover = undefined
      watcher.changed()
    }
  }

  /** Lets the process that stands by work in the place of the present one, which goes on where that fails. */
  async function takeTurn(one: StartedChild, other: ChildSpec): Promise<void> {
    const before = child
    if (before !== undefined) await letAside(before)
    if (!stopping.signal.aborted && (await one.ask({ kind: 'go' }, 'ready', readySeconds))) {
      spec = other
      child = one
      await end(before)
      return
    }
    const why = await whyNot(one)
    if (before !== undefined && !stopping.signal.aborted) await before.ask({ kind: 'go' }, 'ready', readySeconds)
    throw new Error(why)
  }

  /** Ends a process that did not do what it should, and returns a sentence about that. */
  async function whyNot(one: StartedChild): Promise<string> {
    const hasEnded = one.pid === undefined
    one.kill('SIGKILL')
    const { cause } = await one.ended
    return `The new ${name} ${hasEnded ? `could not start (${cause})` : 'was not ready in time'}.`
  }
}

/** Resolves when a process has closed all that another one needs, or has ended. */
async function letAside(one: StartedChild): Promise<void> {
  if (one.hasSaid('ready') && (await one.ask({ kind: 'stand aside' }, 'aside', stopSeconds))) return
  one.kill(one.hasSaid('ready') ? 'SIGKILL' : 'SIGTERM')
  await end(one)
}

/** Ends a process in order, and kills it when that takes too long. */
async function end(one: StartedChild | undefined): Promise<void> {
  if (one === undefined) return
  one.kill('SIGTERM')
  const kill = setTimeout(() => one.kill('SIGKILL'), stopSeconds * 1000)
  await one.ended
  clearTimeout(kill)
}
