/** How far a pull is, in words and percent. */
import { kept } from '../../words/kept.ts'
import { say, type Text } from '../../words/text.ts'
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
export function pullText(pull: ContentPull): Text {
  const { state, step, steps } = pull
  if (isUnderWay(pull) && pull.cancelledBy !== undefined) return say`is being cancelled`
  const texts: Record<JobState<'content'>, Text> = {
    waiting: say`waits for its turn`,
    fetching: say`is being fetched`,
    reading: step === undefined || !steps ? say`is being read` : say`is being read, file ${step} of ${steps}`,
    storing: say`is being stored`,
    pulled: say`has been fetched`,
    failed: say`could not be fetched`,
  }
  return texts[state]
}

export const pullWords: JobWords<'content'> = {
  kind: 'content',
  percentOf: pullPercent,
  textOf: pullText,
  lastLineOf: ({ state, commit, problem }) => (state === 'pulled' ? `${commit}\n` : `${problem}\n`),
}
