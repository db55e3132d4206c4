/** How far a pull is, in words and percent. */
import { kept } from '../../words/kept.ts'
import { type ContentPull, isUnderWay, type JobState } from '../db/jobs/jobs.ts'
import type { JobWords } from '../jobs/follow.ts'

export const pullCancelled = kept`The pull was cancelled.`

const percents: Record<JobState<'content'>, number> = {
  ...{ waiting: 0, fetching: 5, reading: 40, storing: 85 },
  ...{ pulled: 100, failed: 100 },
}

/** Returns how far a pull is, by the notebooks that it has read. Pure. */
export function pullPercent({ state, step, steps }: Pick<ContentPull, 'state' | 'step' | 'steps'>): number {
  if (state !== 'reading' || step === undefined || !steps) return percents[state]
  return Math.round(40 + (45 * Math.min(step, steps)) / steps)
}

/** Returns the state of a pull in a few words, for staff. Pure. */
export function pullText(pull: ContentPull): string {
  const { state, step, steps } = pull
  const of = step === undefined || !steps ? '' : `, file ${step} of ${steps}`
  if (isUnderWay(pull) && pull.cancelledBy !== undefined) return 'is being cancelled'
  const texts: Record<JobState<'content'>, string> = {
    waiting: 'waits for its turn',
    fetching: 'is being fetched',
    reading: `is being read${of}`,
    storing: 'is being stored',
    pulled: 'has been fetched',
    failed: 'could not be fetched',
  }
  return texts[state]
}

export const pullWords: JobWords<'content'> = {
  kind: 'content',
  percentOf: pullPercent,
  textOf: pullText,
  lastLineOf: ({ state, commit, problem }) => (state === 'pulled' ? `${commit}\n` : `${problem}\n`),
}
