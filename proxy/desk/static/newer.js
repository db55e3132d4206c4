/** A newer notebook of the course: an unchanged copy follows it by itself, and of a changed one the learner decides. */
import { isInUse } from './activity.js'
import { askOffer, takeOffer } from './calls.js'
import { isAtRest, isTransparent } from './program.js'
import { replaceQuietly } from './replace.js'
import { latest } from './state.js'
import { words } from './texts.js'

/** The notebook about which the learner decides, and when the state came by which the hub was asked. */
let decided
let askedAt
let isBusy = false

/** Whether there is something for the learner to decide. Of programs of which nothing is known she always does. */
export const isOffered = (notebook) => notebook?.offer === true && (decided === notebook.path || !isTransparent())

/** Brings the notebook up to date that the program shows, if its learner has not changed it and nothing is under way in it. */
export async function follow(notebook) {
  if (notebook?.offer !== true) {
    decided = undefined
    return
  }
  const { path } = notebook
  if (isBusy || decided === path || askedAt === latest.at || !isAtRest(path) || isInUse()) return
  isBusy = true
  askedAt = latest.at
  try {
    const { changed, problem, mine, theirs } = await askOffer(path)
    if (changed) decided = path
    else if (isAtRest(path))
      await replaceQuietly(
        path,
        () => takeOffer({ path, take: problem ? 'theirs' : 'merged', mine, theirs }),
        words.newest,
      )
  } catch (refusal) {
    // What comes again by itself is tried again by itself.
    if (!refusal.isAway && !['too_many', 'changed_meanwhile', 'server_saving'].includes(refusal.code)) decided = path
  } finally {
    isBusy = false
  }
}
