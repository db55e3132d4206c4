/** Replaces a notebook at the wish of its owner: at once where the server runs, else when it is opened next. */

import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { say } from '../../../words/text.ts'
import { sessionHash } from '../../access/account.ts'
import { requireNoMaintenance } from '../../access/maintenance.ts'
import { sessionOf } from '../../access/session.ts'
import { wishSlugOf } from '../../copies/copy.ts'
import { forgetWish, mostWishes, putWish } from '../../db/content/wishes.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import { findServerOf } from '../../db/servers/servers.ts'
import { lockUser, type User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { accountOf } from '../../homes/account.ts'
import type { Hub } from '../../hub.ts'
import { refusalError, refusalOf } from '../../rights/opening.ts'
import { linkToFile, versionsLink } from '../../views/choices/choice.ts'
import { parseLink } from '../jupyterhub.ts'
import { launch } from '../launch.ts'

interface Wanted {
  user: User
  course: Course
  path: string
  /** The version that is wanted; undefined for the course's own notebook. */
  version: number | undefined
  /** Whether the page is in a frame. */
  framed: boolean
}

/** Answers a button that replaces a notebook: with the page of a launch, or with the list that says what will be done. */
export async function replaceOrWait(hub: Hub, ctx: Koa.Context, wanted: Wanted): Promise<void> {
  const { user, course, path, version, framed } = wanted
  const refusal = await refusalOf(hub, user, course)
  if (refusal !== undefined) throw refusalError(course, refusal)
  const place = { account: accountOf(user), course: course.id, path }
  const server = await findServerOf(hub.db, user.id, course.slug)
  ctx.status = 303
  if (server === undefined || !isRunning(server)) {
    const wish = { ...place, slug: course.slug, version, isShared: course.home !== undefined }
    const isPut = await hub.db.transaction(async (trx) => {
      await lockUser(trx, user.id)
      return putWish(trx, wish)
    })
    if (!isPut) throw tooManyWishes(course)
    return ctx.redirect(versionsLink(course))
  }
  const link = linkToFile(course, path)
  requireNoMaintenance(hub, ctx, { course, link, user })
  // What was wished before for this notebook is not wanted any more.
  await forgetWish(hub.db, { ...place, slug: wishSlugOf(server) })
  const order = { entry: parseLink(link), link, user, session: sessionHash(ctx), framed }
  const storage = sessionOf(ctx).storage !== false
  const { id } = await launch(hub, { ...order, storage, replaces: version ?? 'course' })
  ctx.redirect(`/hub/launches/${id}`)
}

function tooManyWishes(course: Course): HttpError {
  return new HttpError(
    429,
    'too_many_wishes',
    say`There are ${mostWishes} notebooks already that are to be replaced when you open yours next. Open it first, so that this is done, and ask for others then.`,
    [{ href: versionsLink(course), text: say`Earlier versions`, here: true }],
  )
}
