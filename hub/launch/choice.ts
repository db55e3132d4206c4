/**
 * What stands in the way of a link until the user has chosen: the link wants a fresh copy of what the user has, or the
 * user has as many servers as one may have.
 */
import type { Course } from '../../courses/course.ts'
import { isAtRest, isRunning } from '../db/servers/server-states.ts'
import { findServerOf, type Server, serversOf } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { ChoiceNeeded } from '../errors.ts'
import { keepsFiles } from '../homes/keeps-files.ts'
import type { Hub } from '../hub.ts'
import { hasTooMany } from '../servers/request.ts'
import { mostOpenText } from '../views/choice.ts'
import type { Entry } from './parse.ts'

/** A link that a user follows. */
export interface Following {
  user: User
  course: Course
  entry: Entry
  link: string
}

/** Throws when a person must choose first how to go on with the link. */
export async function requireNoChoice(hub: Hub, following: Following): Promise<void> {
  const { link } = following
  const page = choiceLink(link)
  if ((await replacedServer(hub, following)) !== undefined) {
    throw new ChoiceNeeded(409, 'fresh_copy', 'This link asks for a fresh copy of a notebook that you have.', page)
  }
  const full = await otherServers(hub, following)
  if (full === undefined) return
  const open = mostOpenText(full.filter((server) => !isAtRest(server)).length, hub.config.limits.serversPerUser)
  throw new ChoiceNeeded(429, 'too_many_servers', `${open} Stop one first.`, page)
}

/**
 * Returns the server whose files a link for a fresh copy would replace; undefined where it finds nothing to replace.
 * Without kept files a server that starts now has fresh copies of everything.
 */
export async function replacedServer(hub: Hub, { user, course, entry }: Following): Promise<Server | undefined> {
  if (!entry.forceCopy) return undefined
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

export function choiceLink(link: string): string {
  return `/hub/choice?link=${encodeURIComponent(link)}`
}
