/** The look-up of a support code by those who look after its course. */
import type Koa from 'koa'
import { say } from '../../words/text.ts'
import { addEvent } from '../db/events.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { findStoredCode } from '../db/servers/support-codes.ts'
import { findUser, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { counted } from '../http/limits.ts'
import type { Hub } from '../hub.ts'
import { isAdmin, isStaff } from '../rights/roles.ts'
import { typedCode, writtenCode } from './codes.ts'

/** A person who looks a code up. The machine's operator is no user. */
export type Helper = User | 'operator'

/** The server of a code, and until when the code means it, in milliseconds since 1970. */
export interface CodedServer {
  code: string
  until: number
  server: Server
  owner: User
}

/** Returns whether there are servers whose codes tell the user something. */
export function mayLookUp(hub: Hub, user: User): boolean {
  return isAdmin(hub, user) || Object.values(hub.courses.all).some((course) => isStaff(hub, user, course))
}

/**
 * Returns the server that a code means, and notes who has asked for it. Throws the same error for what is no code, for one
 * that has ended and for one of a course that is not the helper's; of these a helper may try only so many.
 */
export async function lookUpCode(hub: Hub, ctx: Koa.Context, helper: Helper, typed: string): Promise<CodedServer> {
  const find = () => findCoded(hub, helper, typed)
  const found = helper === 'operator' ? await find() : await counted(hub, ctx, `support code: ${helper.id}`, find)
  if (found === undefined) throw unknown()
  const { server, owner } = found
  const user = helper === 'operator' ? helper : helper.id
  const detail = { owner: owner.id }
  await addEvent(hub.db, { kind: 'support-code-looked-up', user, course: server.course, ...keyOf(server), detail })
  hub.log.info({ user, ...keyOf(server) }, 'a support code was looked up')
  return found
}

async function findCoded(hub: Hub, helper: Helper, typed: string): Promise<CodedServer | undefined> {
  // What is no code, or means nothing, takes the same queries as a code of another course, so that no time tells them apart.
  const stored = await findStoredCode(hub.db, typedCode(typed) ?? '')
  const server = await findServer(hub.db, stored?.server ?? '')
  const owner = await findUser(hub.db, server?.user ?? '')
  if (stored === undefined || server === undefined || owner === undefined) return undefined
  if (!mayHelp(hub, helper, server)) return undefined
  return { code: writtenCode(stored.code), until: stored.expires, server, owner }
}

function mayHelp(hub: Hub, helper: Helper, server: Server): boolean {
  if (helper === 'operator' || isAdmin(hub, helper)) return true
  const course = hub.courses.all[server.course]
  return course !== undefined && isStaff(hub, helper, course)
}

function unknown(): HttpError {
  return new HttpError(
    404,
    'unknown_code',
    say`No notebook of your courses has this code. A code has six characters, such as 7KQ-4MX, and holds for a week. Ask for the one that “Help” above the notebook shows now.`,
  )
}
