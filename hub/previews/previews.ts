/** The thread of a hub that makes pages of notebooks, and which courses are to have theirs made. */
import { EventEmitter, once } from 'node:events'
import { openThread } from '../../net/machine/thread.ts'
import type { RenderAnswer, RenderQuestion } from './render-thread.ts'

export interface HubPreviews {
  /**
   * Returns the page of a notebook; undefined where it cannot be made within bounds of time and memory. One after the other. Rejects
   * where this machine can begin no thread just now, and once the thread was closed.
   */
  render(question: RenderQuestion): Promise<RenderAnswer | undefined>
  /** Has the pages of a course made that are not there yet, by its id. */
  want(course: string): void
  /** Resolves with a course that is wanted, as soon as there is one; undefined once the signal is aborted. */
  next(signal: AbortSignal): Promise<string | undefined>
  /** What this hub makes at the moment, so that many who ask for one page wait for the same work. */
  underWay: Map<string, Promise<unknown>>
  close(): Promise<void>
}

/** What takes longer, or needs more, was made to. A thread that is asked nothing for a while ends, since it holds memory. */
const limits = { milliseconds: 10_000, megabytes: 256 }
const idleMilliseconds = 20_000

/** Opens the thread. What it does not answer is asked `tries` times, since what ends two that have begun well is the notebook itself. */
export function openPreviews({ tries = 2 }: { tries?: number } = {}): HubPreviews {
  const thread = openThread(new URL('render-thread.ts', import.meta.url), limits)
  const wanted = new Set<string>()
  const news = new EventEmitter()
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let idle: NodeJS.Timeout | undefined
  let isClosed = false

  /** Asks the thread. One that was ended with the hub says nothing about a notebook. */
  async function ask(question: RenderQuestion): Promise<unknown> {
    const answer = isClosed ? undefined : await thread.ask(question)
    if (isClosed) throw new Error('This hub is about to end.')
    return answer
  }

  return {
    underWay: new Map(),
    async render(question) {
      clearTimeout(idle)
      waiting += 1
      const answer = last.then(async () => {
        let answered: unknown
        for (let left = tries; left > 0 && answered === undefined; left -= 1) answered = await ask(question)
        return answered
      })
      last = answer
        .catch(() => undefined)
        .then(() => {
          waiting -= 1
          if (waiting === 0) idle = setTimeout(() => void thread.close(), idleMilliseconds).unref()
        })
      return (await answer) as RenderAnswer | undefined
    },
    want(course) {
      wanted.add(course)
      news.emit('wanted')
    },
    async next(signal) {
      while (!signal.aborted) {
        const [course] = wanted
        if (course !== undefined) {
          wanted.delete(course)
          return course
        }
        await once(news, 'wanted', { signal }).catch(() => undefined)
      }
      return undefined
    },
    close() {
      isClosed = true
      clearTimeout(idle)
      return thread.close()
    },
  }
}
