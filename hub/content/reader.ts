/** Reads files of repositories in a thread of their own. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ReaderAnswer, ReaderQuestion } from './reader-thread.ts'

/** A file that takes longer or needs more was made to. */
const most = { milliseconds: 20_000, megabytes: 512 }

export interface ContentReader {
  /** Returns what a file is; undefined where it cannot be read within bounds. One at a time. */
  read(question: ReaderQuestion): Promise<ReaderAnswer | undefined>
  close(): Promise<void>
}

/** Opens a reader, whose thread begins with the first file. */
export function openReader(): ContentReader {
  let thread: Worker | undefined

  function begin(): Worker {
    const worker = new Worker(new URL('reader-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: most.megabytes },
    })
    // What the thread cannot bear ends it. The next file begins another one.
    worker.on('error', () => undefined)
    worker.once('exit', () => {
      if (thread === worker) thread = undefined
    })
    return worker
  }

  return {
    async read(question) {
      thread ??= begin()
      const worker = thread
      const over = AbortSignal.timeout(most.milliseconds)
      const ended = new AbortController()
      const signal = AbortSignal.any([over, ended.signal])
      const end = () => ended.abort()
      worker.once('exit', end)
      try {
        worker.postMessage(question)
        const [answer] = await once(worker, 'message', { signal })
        return answer as ReaderAnswer
      } catch {
        await worker.terminate()
        thread = undefined
        return undefined
      } finally {
        worker.off('exit', end)
      }
    },
    async close() {
      await thread?.terminate()
    },
  }
}
