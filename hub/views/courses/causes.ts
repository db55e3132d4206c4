import { type Html, html } from '../../../net/html.ts'
import { say } from '../../../words/text.ts'
import type { RunCause } from '../../db/runs/runs.ts'

/** What staff can do about runs that ended in such a way. */
const advice: Record<RunCause, Html> = {
  memory: say`Give the course more memory (limits.memory), or have learners work with less data at a time.`,
  disk: say`Make room: a learner’s files have grown to what they may take, or the disk behind them is full.`,
  ended: say`Read its last lines. As a rule a package is missing in the image, or a file of the course is wrong.`,
  gone: say`Something other than Carrel has removed it, such as a machine that went away. Tell the people who run this site if it comes again.`,
  silent: say`It was there and answered nothing. As a rule its machine had too much to do. Tell the people who run this site if it comes again.`,
  unanswered: say`Its program began and was not up in time. Read its last lines: it may wait for something, or need more time (startTimeoutSeconds).`,
  image: say`Have the image fetched before learners come: ${html`<a href="/hub/images">${say`Images of courses`}</a>`}.`,
  refused: say`A rule of this site has refused it. The people who run this site know which.`,
  hook: say`A function of this site’s config has failed. Tell the people who run it, with the reference.`,
  start: say`Read the details of one of them: they say what the engine answered.`,
  fault: say`This is a fault of Carrel’s. Tell the people who run this site, with the reference.`,
}

/** Returns what staff can do about runs that ended so, and whether waiting helps. */
export function adviceFor(cause: RunCause | undefined, lasts: boolean): Html {
  const does = cause === undefined ? say`Read the details of one of them.` : advice[cause]
  return html`${does}${lasts && html` ${say`Until something is changed, every start ends like this.`}`}`
}
