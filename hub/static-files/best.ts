import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** Brotli at its best, as long as the processors have time for it. */
export interface BestBrotli {
  /** Returns a file as brotli compresses it at its best; undefined where that is not to be had in time. One at a time. */
  compress(plain: Buffer): Promise<Buffer | undefined>
  close(): void
}

export interface BestLimits {
  /** How long one file may take. No other one is tried after that. */
  fileMilliseconds: number
  /** How long all files together may take before no further one is begun. */
  milliseconds: number
  bytesOfFile: number
}

/** All of JupyterLab and Notebook 7 takes 50 s of one processor, and the largest file 4 s and 100 MB of memory. */
const usual: BestLimits = { fileMilliseconds: 15_000, milliseconds: 60_000, bytesOfFile: 6 * 2 ** 20 }

/**
 * Opens a process of low priority, which begins with the first file and ends with `signal`. It is no thread, since a thread would
 * compress a file to its end before it ends.
 */
export function openBestBrotli(signal: AbortSignal, limits: BestLimits = usual): BestBrotli {
  let running: ChildProcess | undefined
  let left = limits.milliseconds
  return {
    async compress(plain) {
      if (left <= 0 || plain.length > limits.bytesOfFile || signal.aborted) return undefined
      const began = performance.now()
      running ??= begin(signal)
      const answer = await ask(running, plain, limits.fileMilliseconds)
      left = answer === undefined ? 0 : left - (performance.now() - began)
      if (left <= 0) running.kill('SIGKILL')
      return answer
    },
    close: () => void running?.kill('SIGKILL'),
  }
}

function begin(signal: AbortSignal): ChildProcess {
  const started = fork(new URL('best-process.ts', import.meta.url), {
    serialization: 'advanced',
    // Neither the hub's secrets nor what it was started with are for a process that reads what strangers have made.
    env: {},
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    signal,
    killSignal: 'SIGKILL',
  })
  // An error ends the process, which is told where an answer is awaited.
  return started.on('error', () => undefined)
}

async function ask(running: ChildProcess, plain: Buffer, milliseconds: number): Promise<Buffer | undefined> {
  const over = new AbortController()
  const end = () => over.abort()
  const timer = setTimeout(end, milliseconds)
  running.once('exit', end)
  try {
    const answered = once(running, 'message', { signal: over.signal })
    running.send(plain, () => undefined)
    const [answer] = await answered
    return Buffer.from(answer)
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
    running.off('exit', end)
  }
}
