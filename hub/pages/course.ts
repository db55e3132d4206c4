import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import type { Course } from '../../courses/course.ts'
import { requireUser } from '../access/account.ts'
import { staffCourses } from '../access/guests.ts'
import { listCourseServers, listStates } from '../db/servers/course-servers.ts'
import { isRunning } from '../db/servers/server-states.ts'
import { findServer } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { queryOf, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { stopServer } from '../servers/stop.ts'
import { type CourseView, courseAddress, coursePageSize, sendCoursePage } from '../views/course.ts'
import { listQuery } from './list-query.ts'

const viewQuery = listQuery.extend({ state: z.enum(listStates).catch('running').default('running') })

/** The page of a course's servers, for its staff. For all others neither this course nor any other has such a page. */
export function courseRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/course/:course' })

  router.get('/', async (ctx) => {
    const { user, course } = await requireStaff(hub, ctx)
    const view = viewOf(ctx)
    const { q: search, state, page } = view
    const range = { offset: (page - 1) * coursePageSize, limit: coursePageSize }
    const { total, servers } = await listCourseServers(hub.db, { course: course.slug, search, state, ...range })
    const pages = Math.max(1, Math.ceil(total / coursePageSize))
    if (page > pages) return ctx.redirect(`/hub/course/${course.slug}?${courseAddress({ ...view, page: pages })}`)
    sendCoursePage(ctx, { user, course, servers, total, view, pages })
  })

  router.post('/servers/:id/stop', requireOwnPage(hub.hubUrl), async (ctx) => {
    const { user, course } = await requireStaff(hub, ctx)
    const server = await findServer(hub.db, String(ctx.params.id))
    if (server?.course !== course.slug) throw unknown()
    const event = { kind: 'stopped' as const, detail: { by: user.id } }
    if (isRunning(server)) await stopServer(hub, server, { event })
    ctx.status = 303
    ctx.redirect(`/hub/course/${course.slug}?${courseAddress(viewOf(ctx))}`)
  })

  return router
}

async function requireStaff(hub: Hub, ctx: Koa.Context): Promise<{ user: User; course: Course }> {
  const user = await requireUser(hub, ctx)
  const course = staffCourses(hub, user).find(({ slug }) => slug === ctx.params.course)
  if (course === undefined) throw unknown()
  return { user, course }
}

function viewOf(ctx: Koa.Context): CourseView {
  return viewQuery.parse(queryOf(ctx))
}

function unknown(): HttpError {
  return new HttpError(404, 'unknown_course', 'You look after no such course, or it has no such notebook.', [
    { href: '/hub/home', text: 'Show my notebooks' },
  ])
}
