/** What stands in the way of a link where its course lets users choose, such as the size of their servers. */
import { type Choices, type Chosen, chosenText, decide, wordFor } from '../../../courses/choices.ts'
import type { Course } from '../../../courses/course.ts'
import { hasChoices } from '../../choices/decide.ts'
import { offeredTo } from '../../choices/offered.ts'
import { chosenOf } from '../../choices/shown.ts'
import { rememberedChoices } from '../../db/servers/choices.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import { findServerOf, type Server } from '../../db/servers/servers.ts'
import type { User } from '../../db/users.ts'
import type { Hub } from '../../hub.ts'

/** A wish for a server of the user in a course. */
export interface Wish {
  user: User
  course: Course
  /** What the link asks of the course's choices, which the user may have. */
  asked: Chosen
}

/** What a form asks a user. */
export interface OpenChoices {
  offered: Choices
  /** What is chosen on the form at first. */
  chosen: Chosen
  /** What the user had chosen before, and cannot have any more. */
  lost: Chosen
}

/**
 * Returns what the user is to choose before the server starts; undefined for a server that is on its way already, and where
 * nothing is open. A user is asked once for each course.
 */
export async function choicesToMake(hub: Hub, wish: Wish): Promise<OpenChoices | undefined> {
  const { user, course, asked } = wish
  if (!hasChoices(course)) return undefined
  const server = await findServerOf(hub.db, user.id, course.slug)
  if (server !== undefined && (isRunning(server) || server.restart)) return undefined
  const remembered = await rememberedChoices(hub.db, user.id, course.id)
  const offered = offeredTo(hub, user, course)
  const isOpen = Object.entries(offered).some(
    ([choice, all]) => all.length > 1 && wordFor({ ...remembered, ...asked }, choice) === undefined,
  )
  return isOpen ? { offered, ...decide(offered, { asked, remembered }) } : undefined
}

/** Returns the same for a user who wants to choose anew; undefined where there is nothing to choose among. */
export async function choicesToChange(hub: Hub, { user, course, asked }: Wish): Promise<OpenChoices | undefined> {
  const offered = offeredTo(hub, user, course)
  if (!Object.values(offered).some((all) => all.length > 1)) return undefined
  const remembered = await rememberedChoices(hub.db, user.id, course.id)
  return { offered, ...decide(offered, { asked, remembered }) }
}

/** A server that runs with something else than was asked for, and both in words, as far as they differ. */
export interface OtherRun {
  server: Server
  asked: string
  present: string
}

/** Returns the server if it runs, or will do so soon, with something else than what is asked for. */
export async function otherRun(hub: Hub, wish: Wish, server?: Server): Promise<OtherRun | undefined> {
  const { user, course, asked } = wish
  if (Object.keys(asked).length === 0) return undefined
  const found = server ?? (await findServerOf(hub.db, user.id, course.slug))
  if (found === undefined || !isRunning(found)) return undefined
  const chosen = await chosenOf(hub, found)
  const other = Object.fromEntries(Object.entries(asked).filter(([choice, word]) => wordFor(chosen, choice) !== word))
  if (Object.keys(other).length === 0) return undefined
  const present = Object.fromEntries(Object.entries(chosen).filter(([choice]) => wordFor(other, choice) !== undefined))
  return { server: found, asked: chosenText(course, other), present: chosenText(course, present) }
}
