/**
 * What stands in the way of a link until the user has chosen: the link wants a fresh copy of what the user has, the
 * user has as many servers as one may have, the course lets the user choose, or the server runs with another choice.
 */

import { givesCopies } from '../../../courses/content/content.ts'
import { say } from '../../../words/text.ts'
import { notebookOf } from '../../copies/copy.ts'
import { findCopy, type NotebookCopy } from '../../db/content/copies.ts'
import { findHomeOf } from '../../db/homes/homes.ts'
import { isAtRest, isRunning } from '../../db/servers/server-states.ts'
import { findServerOf, type Server, serversOf } from '../../db/servers/servers.ts'
import { ChoiceNeeded } from '../../errors.ts'
import { homeKeyOf } from '../../homes/account.ts'
import { keepsFiles } from '../../homes/keeps-files.ts'
import type { Hub } from '../../hub.ts'
import { hasTooMany } from '../../servers/request.ts'
import { mostOpenText } from '../../views/choices/choice.ts'
import { titleOf } from '../../views/format.ts'
import { linkAfter } from '../confirmation.ts'
import { filesOf } from '../files.ts'
import type { Entry } from '../parse.ts'
import { choicesToMake, otherRun, type Wish } from './course-choices.ts'

/** A link that a user follows. */
export interface Following extends Wish {
  entry: Entry
  link: string
}

/** Throws when a person must choose first how to go on with the link. */
export async function requireNoChoice(hub: Hub, following: Following): Promise<void> {
  const { link } = following
  const page = choiceLink(link)
  const isReplaced = (await replacedCopy(hub, following)) ?? (await replacedServer(hub, following))
  if (isReplaced !== undefined) {
    throw new ChoiceNeeded(409, 'fresh_copy', say`This link asks for a fresh copy of a notebook that you have.`, page)
  }
  const full = await otherServers(hub, following)
  if (full === undefined) return
  const open = mostOpenText(full.filter((server) => !isAtRest(server)).length, hub.config.limits.serversPerUser)
  throw new ChoiceNeeded(429, 'too_many_servers', say`${open} Stop one first.`, page)
}

/** Throws when the course lets the user choose, and the user has not done so yet. */
export async function requireChosen(hub: Hub, following: Following): Promise<void> {
  const { course, entry, link } = following
  if (!entry.restart) await requireSameRun(hub, following)
  if ((await choicesToMake(hub, following)) === undefined) return
  const message = say`${titleOf(course)} lets you choose first what your notebook has.`
  // A person who has confirmed what the link takes away does not do so again.
  throw new ChoiceNeeded(409, 'choose_first', message, choiceLink(linkAfter(entry, link)))
}

/** Throws when the server runs, or will do so soon, with something else than the link asks for. */
export async function requireSameRun(hub: Hub, following: Following, server?: Server): Promise<void> {
  const other = await otherRun(hub, following, server)
  if (other === undefined) return
  const message = say`You ask for ${other.asked}, and your notebook runs with something else.`
  throw new ChoiceNeeded(409, 'other_choice', message, choiceLink(linkAfter(following.entry, following.link)))
}

/** Returns the copy of a course's notebook in whose place a link wants a fresh one; undefined where the user has none. */
export async function replacedCopy(
  hub: Hub,
  { user, course, entry }: Pick<Following, 'user' | 'course' | 'entry'>,
): Promise<NotebookCopy | undefined> {
  if (!entry.forceCopy) return undefined
  const notebook = await notebookOf(hub, course, filesOf(course, entry)?.flat() ?? [])
  if (notebook === undefined) return undefined
  const holder =
    course.home === undefined
      ? await findServerOf(hub.db, user.id, course.slug)
      : await findHomeOf(hub.db, homeKeyOf(user, course))
  return holder && findCopy(hub.db, { holder: holder.id, path: notebook.path })
}

/**
 * Returns the server whose files a link for a fresh copy would replace; undefined where it finds nothing to replace.
 * Without kept files a server that starts now has fresh copies of everything.
 */
export async function replacedServer(
  hub: Hub,
  { user, course, entry }: Omit<Following, 'asked' | 'answers'>,
): Promise<Server | undefined> {
  // Copies of the course's notebooks are replaced one by one.
  if (!entry.forceCopy || givesCopies(course)) return undefined
  const server = await findServerOf(hub.db, user.id, course.slug)
  if (server === undefined || server.run === 0) return undefined
  return keepsFiles(hub, server) || isRunning(server) ? server : undefined
}

/** Returns the user's servers if a further one for this link would be too many. */
export async function otherServers(hub: Hub, { user, course }: Following): Promise<Server[] | undefined> {
  if (user.kind !== 'temporary') return undefined
  const servers = await serversOf(hub.db, [user.id])
  const own = servers.find((server) => server.course === course.slug)
  if (own !== undefined && !isAtRest(own)) return undefined
  return hasTooMany(hub, servers) ? servers : undefined
}

/** Returns the address of the page of a link. `also` says what the page is for, where nothing stands in the link's way. */
export function choiceLink(link: string, also?: 'change' | 'chosen'): string {
  return `/hub/choice?link=${encodeURIComponent(link)}${also === undefined ? '' : `&${also}=1`}`
}
