import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import type { Course } from '../../courses/course.ts'
import { kept } from '../../words/kept.ts'
import { type Said, say } from '../../words/text.ts'
import { readClock } from '../db/clock.ts'
import { listHomes } from '../db/homes/home-list.ts'
import { findHome, type Home } from '../db/homes/homes.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { keepHome, removeHome } from '../homes/removal.ts'
import { queryOf, readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import {
  type HomesView,
  homesAddress,
  homesPageSize,
  homesViews,
  sendHomesPage,
  sendRemoveHomePage,
} from '../views/homes/list.ts'
import { requireStaff } from './course.ts'
import { ownersOf } from './home-owners.ts'
import { listQuery } from './list-query.ts'
import { goBack, noticeOf } from './notices.ts'

const viewQuery = listQuery.extend({ state: z.enum(homesViews).catch('all').default('all') })
const seenField = z.coerce.number().int().positive()

/**
 * The page of the files that a course's learners keep, for its staff. Files of all courses of a learner are in none of
 * these pages, since staff of one course would decide over those of others.
 */
export function homePages(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/course/:course/homes' })
  const ownPage = requireOwnPage(hub.hubUrl)

  router.get('/', async (ctx) => {
    const { user, course } = await requireCourseWithHomes(hub, ctx)
    const view = viewOf(queryOf(ctx))
    const { q: search, state, page } = view
    const { total, homes } = await listHomes(hub.db, {
      ...{ course: course.id, searchOfStaff: search, offset: (page - 1) * homesPageSize, limit: homesPageSize },
      ...(state === 'removing' && { state }),
    })
    const pages = Math.max(1, Math.ceil(total / homesPageSize))
    if (page > pages) return ctx.redirect(homesAddress(course, { ...view, page: pages }))
    const [now, notice] = [await readClock(hub.db), await noticeOf(hub, ctx)]
    const ownerOf = await ownersOf(hub, homes)
    sendHomesPage(ctx, { user, course, homes, ownerOf, total, view, pages, now, notice })
  })

  router.get('/:id/remove', async (ctx) => {
    const { user, course, home, owner } = await requireHome(hub, ctx)
    sendRemoveHomePage(ctx, { user, course, home, owner, view: viewOf(queryOf(ctx)), now: await readClock(hub.db) })
  })

  router.post('/:id/remove', ownPage, async (ctx) => {
    const { user, course, home, owner } = await requireHome(hub, ctx)
    const fields = await readForm(ctx)
    const seen = seenField.safeParse(fields.seen)
    if (!seen.success) throw unknown(course)
    await act(hub, ctx, { course, fields }, async () => {
      await removeHome(hub, home.id, { by: user.id, reason: kept`removed by staff`, seen: seen.data })
      return say`The files of ${owner} are removed in seven days. Until then you can keep them here.`
    })
  })

  router.post('/:id/keep', ownPage, async (ctx) => {
    const { user, course, home, owner } = await requireHome(hub, ctx)
    await act(hub, ctx, { course, fields: await readForm(ctx) }, async () => {
      await keepHome(hub, home.id, { by: user.id })
      return say`The files of ${owner} stay.`
    })
  })

  return router
}

/** Does what a button asks for, and leads back to the list, which says what came of it. */
async function act(
  hub: Hub,
  ctx: Koa.Context,
  { course, fields }: { course: Course; fields: unknown },
  change: () => Promise<Said>,
): Promise<void> {
  const text = await change().catch((error: unknown) => {
    if (error instanceof HttpError && error.status === 409) return error.said
    throw error
  })
  await goBack(hub, ctx, homesAddress(course, viewOf(fields)), { text })
}

async function requireCourseWithHomes(hub: Hub, ctx: Koa.Context): Promise<{ user: User; course: Course }> {
  const { user, course } = await requireStaff(hub, ctx)
  if (course.home?.per === 'user') {
    throw new HttpError(
      404,
      'homes_of_users',
      say`Learners of this course have one place for the files of all their courses. The people who run this site look after it.`,
      [{ href: `/hub/course/${course.slug}`, text: say`Show the notebooks of the course` }],
    )
  }
  return { user, course }
}

async function requireHome(
  hub: Hub,
  ctx: Koa.Context,
): Promise<{ user: User; course: Course; home: Home; owner: Said }> {
  const { user, course } = await requireCourseWithHomes(hub, ctx)
  const id = String(ctx.params.id)
  const home = /^[a-z0-9]{12,32}$/.test(id) ? await findHome(hub.db, id) : undefined
  if (home === undefined || home.course !== course.id) throw unknown(course)
  const ownerOf = await ownersOf(hub, [home])
  return { user, course, home, owner: ownerOf(home) }
}

function viewOf(fields: unknown): HomesView {
  return viewQuery.parse(fields)
}

function unknown(course: Course): HttpError {
  return new HttpError(404, 'unknown_home', say`Your course has no such files any more.`, [
    { href: `/hub/course/${course.slug}/homes`, text: say`Show the files of learners` },
  ])
}
