/** Reads files of repositories, and finds the notebooks of tracks, in a thread of their own. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ResolvedTracks } from '../../courses/content/nbhosting/tracks.ts'
import type { ReaderAnswer, ReaderQuestion, TracksQuestion } from './reader-thread.ts'

/** What takes longer, or needs more, was made to. */
const most = { milliseconds: 20_000, megabytes: 512 }
/** The longest time in which a thread begins, also on a machine that is very busy. */
const beginMilliseconds = 120_000

export interface ContentReader {
  /**
   * Returns what a file is; undefined where it cannot be read within bounds. One at a time. Rejects where this machine cannot
   * read any file just now, so that no file is blamed for that.
   */
  read(question: ReaderQuestion): Promise<ReaderAnswer | undefined>
  /** Returns what `resolveTracks` does. Rejects where this machine cannot do it just now. */
  tracks(question: TracksQuestion): Promise<ResolvedTracks>
  close(): Promise<void>
}

/** Opens a reader, whose thread begins with the first question. */
export function openReader(): ContentReader {
  let thread: Worker | undefined

  async function begin(): Promise<Worker> {
    const worker = new Worker(new URL('reader-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: most.megabytes },
      // Options of the hub's own process need not be fit for a thread.
      execArgv: [],
    })
    // An error ends the thread, which is told where an answer is awaited.
    worker.on('error', () => undefined)
    try {
      await answerOf(worker, beginMilliseconds)
      return worker
    } catch (error) {
      await worker.terminate()
      throw new Error('The thread that reads notebooks could not begin.', { cause: error })
    }
  }

  /** Returns the thread's answer; undefined where the question has ended it. */
  async function ask(question: ReaderQuestion | TracksQuestion): Promise<unknown> {
    thread ??= await begin()
    const worker = thread
    try {
      const answer = answerOf(worker, most.milliseconds)
      worker.postMessage(question)
      return await answer
    } catch {
      thread = undefined
      await worker.terminate()
      return undefined
    }
  }

  return {
    // What ends two threads that have begun well is the file itself.
    read: async (question) => ((await ask(question)) ?? (await ask(question))) as ReaderAnswer | undefined,
    async tracks({ tracks, notebooks }) {
      const found = await ask({ tracks, notebooks: notebooks.map(({ path }) => ({ path })) })
      // What patterns cost is bounded, so a machine that has no time for that is a very busy one.
      if (found === undefined) throw new Error('The thread that finds the notebooks of tracks took too long.')
      return found as ResolvedTracks
    },
    close: async () => void (await thread?.terminate()),
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
