/** How far a build is, in words and percent. */

import { kept } from '../../words/kept.ts'
import { say, sentences, type Text } from '../../words/text.ts'
import { type Build, isUnderWay, type JobState } from '../db/jobs/jobs.ts'
import type { JobWords } from '../jobs/follow.ts'

export const cancelledText = kept`The build was cancelled.`

type BuildState = JobState<'image'>

const percents: Record<BuildState, number> = {
  ...{ waiting: 0, fetching: 5, building: 10, pushing: 92 },
  ...{ built: 100, failed: 100 },
}

/** Returns how far a build is, by the steps of its Dockerfile. Pure. */
export function percentOf({ state, step, steps }: Pick<Build, 'state' | 'step' | 'steps'>): number {
  if (state !== 'building' || step === undefined || !steps) return percents[state]
  return Math.round(10 + (80 * Math.min(step, steps)) / steps)
}

/** Returns what a learner is told who waits for a build that is under way. Pure. */
export function waitingText({ state, step, steps }: Pick<Build, 'state' | 'step' | 'steps'>): Text {
  const how: Partial<Record<BuildState, Text>> = {
    waiting: say`It begins soon.`,
    fetching: say`Its files are being fetched.`,
    building: step === undefined || !steps ? say`It has begun.` : say`This is step ${step} of ${steps}.`,
    pushing: say`It is almost there.`,
  }
  return sentences([
    say`The software of this course is being put together.`,
    how[state],
    say`That can take some minutes. This page goes on by itself.`,
  ])
}

/** Returns the state of a build in a few words, for staff. Pure. */
export function buildText(build: Build): Text {
  const { state, step, steps } = build
  if (isUnderWay(build) && build.cancelledBy !== undefined) return say`is being cancelled`
  const texts: Record<BuildState, Text> = {
    waiting: say`waits for its turn`,
    fetching: say`is being fetched`,
    building: step === undefined || !steps ? say`is being built` : say`is being built, step ${step} of ${steps}`,
    pushing: say`is being pushed to its registry`,
    built: say`is built`,
    failed: say`could not be built`,
  }
  return texts[state]
}

export const buildWords: JobWords<'image'> = {
  kind: 'image',
  percentOf,
  textOf: buildText,
  lastLineOf: ({ state, image, problem }) => (state === 'built' ? `${image}\n` : `${problem}\n`),
}
