/** Reads, compares and merges notebooks of learners: small ones at once, others in a thread, one after the other. */

import { openThread, type ThreadLimits } from '../../../net/machine/thread.ts'
import { say } from '../../../words/text.ts'
import { TooMany } from '../../errors.ts'
import { type WorkAnswers, type WorkKind, type WorkQuestions, workOn } from './answers.ts'
import { type KeptBytes, keepBytes } from './kept.ts'

export interface NotebookWork {
  /**
   * Returns an answer; undefined where it cannot be had within bounds of size, time and memory. What a learner asks is refused in
   * words for her where too many wait; what the hub asks by itself always waits.
   */
  ask<W extends WorkKind>(work: W, question: WorkQuestions[W]): Promise<WorkAnswers[W] | undefined>
  /** What became of notebooks of courses, by their digests. All learners get the same, so a class asks for a notebook once. */
  ofCourses: KeptBytes
  /** Rejects what is asked and what waits, and ends the thread. */
  close(): Promise<void>
}

/** A thread that is asked nothing for so long ends. */
const idleMilliseconds = 10_000
const limits: ThreadLimits = { milliseconds: 20_000, megabytes: 512 }
/** Up to so many bytes together the work costs less than a thread, whatever they are. Texts can be made to be slow. */
const smallBytes = { json: 64 * 1024, text: 4 * 1024 }
/** The most bytes of one notebook, and of those of courses that are kept. */
const [mostBytes, mostKept] = [20 * 2 ** 20, 32 * 2 ** 20]
/** What learners ask, and how many such questions may wait. */
const ofLearners: ReadonlySet<WorkKind> = new Set(['cells', 'compare', 'merge'])
const mostWaiting = 20

export function openNotebookWork(): NotebookWork {
  const thread = openThread(new URL('work-thread.ts', import.meta.url), limits)
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let waitingOfLearners = 0
  let idle: NodeJS.Timeout | undefined
  let isClosed = false

  async function askThread<W extends WorkKind>(
    work: W,
    question: WorkQuestions[W],
  ): Promise<WorkAnswers[W] | undefined> {
    const isOfLearner = ofLearners.has(work)
    if (isOfLearner && waitingOfLearners >= mostWaiting)
      throw new TooMany(10, say`Many large notebooks are being looked at just now. Try again in a moment.`)
    clearTimeout(idle)
    waiting += 1
    if (isOfLearner) waitingOfLearners += 1
    const answer = last.then(async () => {
      const answered = isClosed ? undefined : await thread.ask([work, question])
      // What the end of the thread has cut short says nothing of the notebook.
      if (isClosed && answered === undefined) throw new Error('notebooks are not read any more')
      return answered
    })
    last = answer
      .catch(() => undefined)
      .then(() => {
        waiting -= 1
        if (isOfLearner) waitingOfLearners -= 1
        // A thread that has nothing to do would only hold memory; beginning one for each of many copies costs more than they do.
        if (waiting === 0 && !isClosed) idle = setTimeout(() => void thread.close(), idleMilliseconds).unref()
      })
    return (await answer) as WorkAnswers[W] | undefined
  }

  return {
    async ask(work, question) {
      const sizes = Object.values(question).map((part) => (typeof part === 'string' ? 0 : part.length))
      if (sizes.some((size) => size > mostBytes)) return undefined
      const bytes = sizes.reduce((sum, size) => sum + size, 0)
      const isSmall = bytes <= smallBytes[question.path.endsWith('.ipynb') ? 'json' : 'text']
      return isSmall ? workOn(work, question) : askThread(work, question)
    },
    ofCourses: keepBytes(mostKept),
    close() {
      isClosed = true
      clearTimeout(idle)
      return thread.close()
    },
  }
}
