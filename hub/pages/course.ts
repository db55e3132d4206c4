import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import type { Course } from '../../courses/course.ts'
import { mayHaveGuests } from '../../courses/home.ts'
import { forCount, say, type Text } from '../../words/text.ts'
import { requireUser } from '../access/account.ts'
import { staffCourses } from '../access/guests.ts'
import { notForYou } from '../access/sign-in-first.ts'
import { serversWithWideHome } from '../db/homes/homes.ts'
import { failedRuns } from '../db/runs/course-runs.ts'
import { type CourseServer, listCourseServers, listStates, serverSorts } from '../db/servers/course-servers.ts'
import { notebooksOpenIn } from '../db/servers/desks.ts'
import { isRunning } from '../db/servers/server-states.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { troublesOf } from '../db/servers/troubles.ts'
import { findUser, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { keepsFiles } from '../homes/keeps-files.ts'
import { queryOf, readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { drainSpares } from '../servers/spares/drain.ts'
import { poolOf } from '../servers/spares/pool.ts'
import { stopServer } from '../servers/stop.ts'
import {
  type CourseView,
  courseAddress,
  coursePageSize,
  failedDays,
  listAddress,
  sendCoursePage,
  sendStopManyPage,
} from '../views/course.ts'
import { fullName, titleOf } from '../views/format.ts'
import { sendStopPage } from '../views/stop.ts'
import { shownImages } from './images.ts'
import { chosenIds, listQuery } from './list-query.ts'
import { goBack, noticeOf } from './notices.ts'

const viewQuery = listQuery.extend({
  state: z.enum(listStates).catch('attention').default('attention'),
  sort: z.enum(serverSorts).catch('-queued').default('-queued'),
})

/** The page of a course's servers, for its staff. All others are refused in the same way for every course and none. */
export function courseRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/course/:course' })

  router.get('/', async (ctx) => {
    const { user, course } = await requireStaff(hub, ctx)
    const view = viewOf(ctx)
    const { q: search, state, sort, page } = view
    const range = { offset: (page - 1) * coursePageSize, limit: coursePageSize }
    const { total, servers } = await listCourseServers(hub.db, { course: course.slug, search, state, sort, ...range })
    const pages = Math.max(1, Math.ceil(total / coursePageSize))
    if (page > pages) return ctx.redirect(listAddress(course, { ...view, page: pages }))
    const link = `${hub.hubUrl}/launch/${encodeURIComponent(course.name)}`
    const troubles = await troublesOf(hub.db, servers)
    const isFirst = page === 1 && search === '' && state !== 'stopped'
    const [image] = hub.spawner.images === undefined ? [] : await shownImages(hub, [course])
    sendCoursePage(ctx, {
      image,
      pool: await poolOf(hub, course),
      user,
      course,
      link,
      servers: await toldToStaff(hub, course, servers),
      total,
      view,
      pages,
      troubles,
      open: await notebooksOpenIn(
        hub.db,
        servers.map(({ id }) => id),
      ),
      failed: isFirst ? await failedRuns(hub.db, course.slug, failedDays * 86_400_000) : [],
      notice: await noticeOf(hub, ctx),
    })
  })

  router.get('/servers/:id/stop', async (ctx) => {
    const { user, course, server, owner } = await requireServer(hub, ctx)
    const back = listAddress(course, viewOf(ctx))
    if (!isRunning(server)) return goBack(hub, ctx, back, { text: notRunning(owner) })
    sendStopPage(ctx, {
      ...{ user, server, title: titleOf(course), keepsFiles: keepsFiles(hub, server), back },
      ...(owner.id !== user.id && { owner: fullName(owner) }),
      action: `/hub/course/${course.slug}/servers/${server.id}/stop?${courseAddress(viewOf(ctx))}`,
    })
  })

  router.post('/servers/:id/stop', requireOwnPage(hub.hubUrl), async (ctx) => {
    const { user, course, server, owner } = await requireServer(hub, ctx)
    const event = { kind: 'stopped' as const, detail: { by: user.id } }
    const stops = isRunning(server) && (await stopServer(hub, server, { event }))
    const text = stops ? say`The notebook of ${fullName(owner)} is being stopped.` : notRunning(owner)
    await goBack(hub, ctx, listAddress(course, viewOf(ctx)), { text })
  })

  router.get('/stop', async (ctx) => {
    const { user, course } = await requireStaff(hub, ctx)
    const view = viewOf(ctx)
    const servers = await runningOf(hub, course, [queryOf(ctx).chosen ?? []].flat())
    if (servers.length === 0)
      return goBack(hub, ctx, listAddress(course, view), {
        text: say`First choose running notebooks, by the boxes beside them.`,
      })
    sendStopManyPage(ctx, {
      ...{ user, course, view },
      servers: servers.map(({ server, owner }) => ({
        ...{ id: server.id, owner: fullName(owner) },
        // A server that is not up yet has no files of its owner's.
        loses: server.state === 'ready' && !keepsFiles(hub, server),
      })),
    })
  })

  router.post('/stop', requireOwnPage(hub.hubUrl), async (ctx) => {
    const { user, course } = await requireStaff(hub, ctx)
    const form = await readForm(ctx)
    const event = { kind: 'stopped' as const, detail: { by: user.id } }
    let count = 0
    for (const { server } of await runningOf(hub, course, form.chosen?.split(' ') ?? []))
      if (await stopServer(hub, server, { event })) count += 1
    const text = forCount(
      count,
      say`${count} notebook of ${titleOf(course)} is being stopped.`,
      say`${count} notebooks of ${titleOf(course)} are being stopped.`,
    )
    await goBack(hub, ctx, listAddress(course, viewQuery.parse(form)), { text })
  })

  router.post('/spares/replace', requireOwnPage(hub.hubUrl), async (ctx) => {
    const { user, course } = await requireStaff(hub, ctx)
    const drained = await drainSpares(hub, course.slug, user.id)
    const text = forCount(
      drained,
      say`${drained} spare is being stopped. Others take their places.`,
      say`${drained} spares are being stopped. Others take their places.`,
    )
    await goBack(hub, ctx, listAddress(course, viewOf(ctx)), { text })
  })

  return router
}

/** Returns the user and the course, for the course's staff. All others are refused in the same way for every course and none. */
export async function requireStaff(hub: Hub, ctx: Koa.Context): Promise<{ user: User; course: Course }> {
  const user = await requireUser(hub, ctx)
  const course = staffCourses(hub, user).find(({ slug }) => slug === ctx.params.course)
  if (course === undefined)
    throw notForYou(ctx, user, say`The page of a course is for the people who look after the course.`)
  return { user, course }
}

/** Returns a server of the course and its owner, for the course's staff. One of another course is as unknown as any other. */
export async function requireServer(
  hub: Hub,
  ctx: Koa.Context,
): Promise<{ user: User; course: Course; server: Server; owner: User }> {
  const { user, course } = await requireStaff(hub, ctx)
  const server = await findServer(hub.db, String(ctx.params.id))
  const owner = server?.course === course.slug && !server.spare ? await findUser(hub.db, server.user) : undefined
  if (server === undefined || owner === undefined) throw unknownServer()
  return { user, course, server, owner }
}

/**
 * Returns servers of a course as its staff may read them: of one that shows the files of other courses too, not what its program
 * has said.
 */
export async function toldToStaff(hub: Hub, course: Course, servers: CourseServer[]): Promise<CourseServer[]> {
  const wide = await serversWithWideHome(
    hub.db,
    servers.map(({ id }) => id),
  )
  const isTold = ({ id }: CourseServer) => mayHaveGuests(course) && !wide.has(id)
  return servers.map((server) => (isTold(server) ? server : { ...server, failureDetail: undefined }))
}

function notRunning(owner: User): Text {
  return say`The notebook of ${fullName(owner)} is not running, or has just changed.`
}

/** Returns those of these servers that run in the course, with their owners. */
async function runningOf(hub: Hub, course: Course, ids: string[]): Promise<{ server: Server; owner: User }[]> {
  const found: { server: Server; owner: User }[] = []
  for (const id of new Set(chosenIds.safeParse(ids).data)) {
    const server = await findServer(hub.db, id)
    if (server?.course !== course.slug || server.spare || !isRunning(server)) continue
    const owner = await findUser(hub.db, server.user)
    if (owner !== undefined) found.push({ server, owner })
  }
  return found
}

function viewOf(ctx: Koa.Context): CourseView {
  return viewQuery.parse(queryOf(ctx))
}

/** Returns the refusal of a server that the course does not have. */
export function unknownServer(): HttpError {
  return new HttpError(404, 'unknown_server', say`Your course has no such notebook.`, [
    { href: '/hub/home', text: say`Show my notebooks` },
  ])
}
