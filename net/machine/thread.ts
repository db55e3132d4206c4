/** Threads for work that may take long, or that was made to, so that it neither holds nor ends the process. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export interface ThreadLimits {
  /** The longest time for one question. */
  milliseconds: number
  megabytes: number
}

export interface Thread {
  /**
   * Returns the answer to a question; undefined where the question takes too long, needs too much or ends the thread. One at a
   * time. Rejects where this machine can begin no thread just now.
   */
  ask(question: unknown): Promise<unknown>
  /** Ends the thread, and what it is asked just now. The next question begins another one. */
  close(): Promise<void>
}

/** The longest time in which a thread begins, also on a machine that is very busy. */
const beginMilliseconds = 120_000

/**
 * Opens a thread that runs a file, and begins with the first question. The file posts one message when it has begun, and one for each
 * question.
 */
export function openThread(file: URL, { milliseconds, megabytes }: ThreadLimits): Thread {
  let thread: Promise<Worker> | undefined

  async function begin(): Promise<Worker> {
    const worker = new Worker(file, {
      resourceLimits: { maxOldGenerationSizeMb: megabytes },
      // Options of the process itself need not be fit for a thread.
      execArgv: [],
    })
    // An error ends the thread, which is told where an answer is awaited.
    worker.on('error', () => undefined)
    try {
      await answerOf(worker, beginMilliseconds)
      return worker
    } catch (error) {
      await worker.terminate()
      throw new Error('A thread could not begin.', { cause: error })
    }
  }

  return {
    async ask(question) {
      thread ??= begin()
      const worker = await thread.catch((error: unknown) => {
        thread = undefined
        throw error
      })
      try {
        const answer = answerOf(worker, milliseconds)
        answer.catch(() => undefined)
        worker.postMessage(question)
        return await answer
      } catch {
        thread = undefined
        await worker.terminate()
        return undefined
      }
    },
    async close() {
      const begun = thread
      thread = undefined
      // One that is just beginning ends, too.
      const worker = await begun?.catch(() => undefined)
      await worker?.terminate()
    },
  }
}

/** Resolves with the next message of a thread. Rejects when the thread ends before, or takes too long. */
async function answerOf(worker: Worker, milliseconds: number): Promise<unknown> {
  const over = new AbortController()
  const end = () => over.abort()
  const timer = setTimeout(end, milliseconds)
  worker.once('exit', end)
  try {
    const [answer] = await once(worker, 'message', { signal: over.signal })
    return answer
  } finally {
    clearTimeout(timer)
    worker.off('exit', end)
  }
}
