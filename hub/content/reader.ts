/** Reads files of repositories, and finds the notebooks of tracks, in a thread of their own. */
import type { ResolvedTracks } from '../../courses/content/nbhosting/tracks.ts'
import { openThread } from '../../net/machine/thread.ts'
import type { ReaderAnswer, ReaderQuestion, TracksQuestion } from './reader-thread.ts'

/** What takes longer, or needs more, was made to. */
const most = { milliseconds: 20_000, megabytes: 512 }

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
  const thread = openThread(new URL('reader-thread.ts', import.meta.url), most)
  const ask = (question: ReaderQuestion | TracksQuestion) => thread.ask(question)
  return {
    // What ends two threads that have begun well is the file itself.
    read: async (question) => ((await ask(question)) ?? (await ask(question))) as ReaderAnswer | undefined,
    async tracks({ tracks, notebooks }) {
      const found = await ask({ tracks, notebooks: notebooks.map(({ path }) => ({ path })) })
      // What patterns cost is bounded, so a machine that has no time for that is a very busy one.
      if (found === undefined) throw new Error('The thread that finds the notebooks of tracks took too long.')
      return found as ResolvedTracks
    },
    close: () => thread.close(),
  }
}
