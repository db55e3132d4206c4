import Router from '@koa/router'
import type Koa from 'koa'
import { givesCopies } from '../../courses/content/content.ts'
import { endText, isReplaced } from '../../courses/successor.ts'
import { type Said, say } from '../../words/text.ts'
import { currentUser, requireUser } from '../access/account.ts'
import { mayShare, sharedWith, staffCourses } from '../access/guests.ts'
import { signInToGoOn } from '../access/sign-in-first.ts'
import { shownChoices } from '../choices/shown.ts'
import { lastStaffArrivals } from '../db/events.ts'
import { sharesOf } from '../db/seats/shares.ts'
import { isRunning } from '../db/servers/server-states.ts'
import { findServer, type Server, serversOf } from '../db/servers/servers.ts'
import { readTroubles, troublesOf } from '../db/servers/troubles.ts'
import { findUsers, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { keepsFiles } from '../homes/keeps-files.ts'
import { requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { isUnlisted, refusalsOf, refusalText, staffNotes } from '../rights/opening.ts'
import { stopServer } from '../servers/stop.ts'
import { hasOwnHosts } from '../site.ts'
import { fullName, titleOf } from '../views/format.ts'
import { type Offer, sendCoursesPage, sendHomePage } from '../views/home.ts'
import type { HomePeople } from '../views/home-people.ts'
import { isMissing } from '../views/images/list.ts'
import { sendStopPage } from '../views/stop.ts'
import { shownImages } from './images.ts'
import { isOpen, waysIn } from './login.ts'
import { goBack, noticeOf } from './notices.ts'

export function homeRoutes(hub: Hub): Router {
  const router = new Router()

  router.get('/', async (ctx) => {
    if ((await currentUser(hub, ctx)) !== undefined) return ctx.redirect('/hub/home')
    if (isOpen(hub) && waysIn(hub).length === 0) return sendCoursesPage(ctx, await offeredTo(hub, undefined, []))
    ctx.redirect('/hub/login')
  })

  for (const path of ['/hub', '/hub/']) router.get(path, (ctx) => ctx.redirect('/'))

  router.get('/hub/courses', async (ctx) => {
    if (!isOpen(hub)) return ctx.redirect('/hub/login')
    const user = await currentUser(hub, ctx)
    const servers = user === undefined ? [] : await serversOf(hub.db, [user.id])
    sendCoursesPage(ctx, await offeredTo(hub, user, servers))
  })

  router.get('/hub/home', async (ctx) => {
    const user = await currentUser(hub, ctx)
    if (user === undefined) return ctx.redirect('/')
    const servers = await serversOf(hub.db, [user.id])
    const notice = await noticeOf(hub, ctx)
    const offers = await offeredTo(hub, user, servers)
    const troubles = await troublesOf(hub.db, servers)
    const choices = await shownChoices(hub, user, servers)
    const courses = Object.values(hub.courses.all)
    sendHomePage(ctx, {
      ...{ user, servers, courses, offers, notice, troubles, choices },
      keepsFiles: (server) => keepsFiles(hub, server),
      ...(await peopleOf(hub, user, servers)),
    })
  })

  router.get('/hub/servers/:id/stop', async (ctx) => {
    const user = await requireUser(hub, ctx)
    const { server, title } = await requireOwnServer(hub, ctx, user)
    if (!isRunning(server)) return goBack(hub, ctx, '/hub/home', { text: notRunning(title) })
    sendStopPage(ctx, {
      ...{ user, server, title, keepsFiles: keepsFiles(hub, server) },
      ...{ action: `/hub/servers/${server.id}/stop`, back: '/hub/home' },
    })
  })

  router.post('/hub/servers/:id/stop', requireOwnPage(hub.hubUrl), async (ctx) => {
    const { server, title } = await requireOwnServer(hub, ctx, await requireUser(hub, ctx))
    const stops = isRunning(server) && (await stopServer(hub, server))
    await goBack(hub, ctx, '/hub/home', { text: stops ? say`${title} is being stopped.` : notRunning(title) })
  })

  router.post('/hub/servers/:id/read', requireOwnPage(hub.hubUrl), async (ctx) => {
    const { server, title } = await requireOwnServer(hub, ctx, await requireUser(hub, ctx))
    await readTroubles(hub.db, server)
    await goBack(hub, ctx, '/hub/home', { text: say`The message about ${title} is hidden.` })
  })

  return router
}

/** Returns the courses that a list may name to the user, and why some of them do not open. */
async function offeredTo(hub: Hub, user: User | undefined, servers: Server[]): Promise<Offer[]> {
  const mine = servers.map(({ course }) => course)
  const { all: courses } = hub.courses
  const listed = Object.values(courses).filter((course) => !isUnlisted(hub, user, course, mine))
  const refusals = await refusalsOf(hub, user, listed)
  const notes = await staffNotes(hub, user, listed)
  const apps = Object.values(courses).filter(({ app }) => app !== undefined)
  const refusedApps = await refusalsOf(hub, user, apps)
  return listed.map((course) => {
    const its = apps.filter((one) => one.variantOf === course.slug && !refusedApps.has(one.slug))
    const refusal = refusals.get(course.slug)
    const link = `/launch/${encodeURIComponent(course.name)}`
    const mayHelp = refusal?.why === 'sign-in' && waysIn(hub).length > 0
    const signIn = mayHelp ? signInToGoOn(user, link).href : undefined
    const about = {
      note: notes.get(course.slug),
      end: endText(courses, course),
      waits: givesCopies(course) && course.brought === undefined,
      isReplaced: isReplaced(courses, course),
    }
    return { course, refusal: refusal && refusalText(course, refusal), signIn, ...about, apps: its }
  })
}

async function requireOwnServer(hub: Hub, ctx: Koa.Context, user: User): Promise<{ server: Server; title: string }> {
  const server = await findServer(hub.db, String(ctx.params.id))
  const course = server && hub.courses.all[server.course]
  if (server?.user === user.id) return { server, title: course === undefined ? server.course : titleOf(course) }
  throw new HttpError(404, 'unknown_server', say`You have no such notebook.`, [
    { href: '/hub/home', text: say`Show my notebooks` },
  ])
}

function notRunning(title: string): Said {
  return say`${title} is not running, or has just changed.`
}

/**
 * Returns what a home page says of others: who came as staff, with whom a notebook is shared, what others share, what
 * to look after.
 */
async function peopleOf(hub: Hub, user: User, servers: Server[]): Promise<HomePeople> {
  const ids = servers.map((server) => server.id)
  const visits = await lastStaffArrivals(hub.db, ids)
  const alone = hasOwnHosts(hub)
  const shared = alone ? await sharedWith(hub, user) : []
  const others = [...shared.map((server) => server.user), ...[...visits.values()].map(({ by }) => by)]
  const names = new Map((await findUsers(hub.db, others)).map((other) => [other.id, fullName(other)]))
  const staffOf = staffCourses(hub, user)
  const images = staffOf.length === 0 || hub.spawner.images === undefined ? [] : await shownImages(hub, staffOf)
  const missing = images.flatMap((one) => (one.known !== undefined && isMissing(one.known) ? one.courses : []))
  const name = (id: string) => names.get(id) ?? say`somebody whose account is gone`
  return {
    arrivals: [...visits].map(([server, { by, age }]) => ({ server, by: name(by), age })),
    shares: alone ? await sharesOf(hub.db, ids) : [],
    shared: shared.map((server) => ({ server, owner: name(server.user) })),
    ...{ staffOf, missing: new Set(missing) },
    shareable: Object.values(hub.courses.all).filter((course) => mayShare(hub, user, course)),
  }
}
