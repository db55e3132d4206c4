import type Koa from 'koa'
import { z } from 'zod'
import type { Course } from '../../courses/course.ts'
import { say } from '../../words/text.ts'
import { addEvent } from '../db/events.ts'
import { beginMaintenance, endMaintenance, findMaintenance } from '../db/installation.ts'
import type { Precondition } from '../db/sessions.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { isFramed } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { refuseInMaintenance } from '../rights/maintenance.ts'
import { signInLink } from './sign-in-first.ts'

/** What people are told of maintenance: a sentence or two. */
export const maintenanceMessage = z
  .string()
  .trim()
  .max(500, 'has more than 500 characters')
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'has characters that are none of a text')

/** Begins maintenance with this message, or ends it with none. To do it twice changes nothing but the message. */
export async function setMaintenance(
  hub: Hub,
  by: { id: string; precondition: Precondition },
  wanted: { message: string } | undefined,
): Promise<void> {
  await hub.db.transaction(async (trx) => {
    if (!(await by.precondition(trx))) throw new HttpError(403, 'bad_token', say`Missing or invalid credentials.`)
    const before = await findMaintenance(trx)
    if (before?.message === wanted?.message) return
    if (wanted === undefined) await endMaintenance(trx)
    else await beginMaintenance(trx, wanted.message)
    const kind = wanted === undefined ? 'maintenance-ended' : 'maintenance-begun'
    await addEvent(trx, { kind, detail: { by: by.id, ...wanted } })
    hub.log.warn(
      { by: by.id, ...wanted },
      wanted === undefined ? 'maintenance is over' : 'maintenance: learners open nothing anew',
    )
  })
}

/**
 * Throws `InMaintenance` for a page's visitor who is to open something in the course, staff excepted. A visitor who has not
 * signed in is told where to, since that may be staff.
 */
export function requireNoMaintenance(
  hub: Hub,
  ctx: Koa.Context,
  { user, course, link }: { user: User | undefined; course: Course; link: string },
): void {
  const isSignIn = hub.config.authenticators.some(({ kind }) => kind === 'password' || kind === 'redirect')
  const links =
    user === undefined && isSignIn && !isFramed(ctx) ? [{ href: signInLink(link), text: say`Sign in as staff` }] : []
  refuseInMaintenance(hub, { maintenance: ctx.state.maintenance, user, course }, links)
}
