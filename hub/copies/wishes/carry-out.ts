/** Carries out what a user has wished for notebooks while their server did not run. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Course } from '../../../courses/course.ts'
import { type Said, say, sentences } from '../../../words/text.ts'
import { failWish, hasOpenWish, releaseWish, takeWish, type WishesAtHand } from '../../db/content/wishes.ts'
import type { Server } from '../../db/servers/servers.ts'
import { type ErrorLink, HttpError, messageOf } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { versionsLink } from '../../views/choices/choice.ts'
import { wishSlugOf } from '../copy.ts'
import { finishSwaps } from '../finish.ts'
import { beingSavedCode } from '../replace.ts'
import { ownerAt, resetCopy, restoreVersion } from '../reset.ts'

/** For how long an opening begins to carry out wishes, and waits for those that another one carries out. */
const patienceMilliseconds = 60_000
const pauseMilliseconds = 200
/** For how long a wish is tried again where something is being saved in the server, which no opening ends by itself. */
const savingMilliseconds = 15_000

/** Returns whether an opening of the server has wishes of its owner to carry out first. */
export async function awaitsWishes(hub: Hub, server: Server, course: Course): Promise<boolean> {
  return hasOpenWish(hub.db, await wishesAt(hub, server, course))
}

async function wishesAt(hub: Hub, server: Server, course: Course): Promise<WishesAtHand> {
  return { ...(await ownerAt(hub, server, course)), slug: wishSlugOf(server) }
}

/**
 * Carries out what the server's owner has wished for its files, each wish once: an opening beside this one waits for it, and what a killed hub
 * has begun is looked at before it is done. While something is being saved there, tries again for a while. Throws in words for the owner, once, where one cannot be carried out: its row
 * then says why, and it is not tried again. `open` is the link that opens the notebook as it is.
 */
export async function carryOutWishes(
  hub: Hub,
  server: Server,
  { course, open }: { course: Course; open: string },
): Promise<void> {
  const wishes = await wishesAt(hub, server, course)
  if (!(await hasOpenWish(hub.db, wishes))) return
  // One that a killed hub has carried out is over then.
  await finishSwaps(hub, server)
  const until = Date.now() + patienceMilliseconds
  const savedUntil = Date.now() + savingMilliseconds
  const links: ErrorLink[] = [
    { href: open, text: say`Open what I have`, here: true },
    { href: versionsLink(course), text: say`Earlier versions`, here: true },
  ]
  const problems: Said[] = []
  while (await hasOpenWish(hub.db, wishes)) {
    const problem = await carryOutNext(hub, server, { course, wishes, savedUntil })
    if (problem !== undefined) problems.push(problem)
    if (Date.now() > until && (await hasOpenWish(hub.db, wishes)))
      throw new HttpError(
        409,
        'wish_under_way',
        say`A notebook of yours is still being replaced, as you wanted.`,
        links,
      )
  }
  if (problems.length > 0) throw new HttpError(409, 'wish_failed', sentences(problems), links)
}

/** Carries out one wish, or waits a moment where others have all of them. Returns in words why it could not be done. */
async function carryOutNext(
  hub: Hub,
  server: Server,
  { course, wishes, savedUntil }: { course: Course; wishes: WishesAtHand; savedUntil: number },
): Promise<Said | undefined> {
  const wish = await takeWish(hub.db, wishes, hub.id)
  if (wish === undefined) {
    await sleep(pauseMilliseconds)
    return undefined
  }
  const { path, version: number } = wish
  try {
    if (number === undefined) await resetCopy(hub, server, { course, path })
    else await restoreVersion(hub, server, { course, number })
    hub.log.info({ server: server.id, file: path.slice(0, 200) }, 'replaced a notebook as was wished before')
    return undefined
  } catch (error) {
    if (!(error instanceof HttpError)) {
      await releaseWish(hub.db, wish)
      throw error
    }
    if (error.code === beingSavedCode && Date.now() < savedUntil) {
      await releaseWish(hub.db, wish)
      await sleep(pauseMilliseconds)
      return undefined
    }
    if (!(await failWish(hub.db, wish, messageOf(error)))) return undefined
    const file = path.slice(0, 200)
    return number === undefined
      ? say`"${file}" is not replaced by the course’s. ${error.said}`
      : say`"${file}" has not got its earlier version back. ${error.said}`
  }
}
