/** Ends the benchmark, and everything that it has started, at Ctrl-C and SIGTERM. */
import { readdirSync, readFileSync } from 'node:fs'

/** How long the benchmark may take to end by itself, and then its processes. */
const orderlyMilliseconds = 10_000
const forcedMilliseconds = 5000

/**
 * Returns a signal that aborts at the first Ctrl-C or SIGTERM. What does not end by itself then is ended: first the
 * processes that the benchmark has started, then the benchmark. A second Ctrl-C or SIGTERM does that at once. Whatever
 * ends the benchmark, except SIGKILL, its processes are asked to end.
 */
export function onInterruption(): AbortSignal {
  const interrupted = new AbortController()
  process.once('exit', () => endChildren('SIGTERM'))
  const end = () => {
    endChildren('SIGKILL')
    process.exit(1)
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) return end()
      interrupted.abort(new Error('interrupted'))
      setTimeout(() => endChildren('SIGTERM'), orderlyMilliseconds).unref()
      setTimeout(end, orderlyMilliseconds + forcedMilliseconds).unref()
    })
  }
  return interrupted.signal
}

/** Resolves or rejects as the promise does, and rejects when the signal aborts before that. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Sends a signal to all processes that this one has started, where the system lists them. */
function endChildren(signal: NodeJS.Signals): void {
  for (const pid of childrenOf(process.pid)) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
}

/** Returns the processes that this process has started and that are still there; none where there is no /proc. */
export function childrenOf(parent: number): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && parentOf(pid) === parent)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

function parentOf(pid: number): number | undefined {
  try {
    // The name in parentheses may hold anything. After it come the state and the parent.
    const [, state, parent] = /^\d+ \(.*\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return state === 'Z' ? undefined : Number(parent)
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code))
}
