import Router from '@koa/router'
import type Koa from 'koa'
import { currentUser, requireUser } from '../access/account.ts'
import { mayShare, sharedWith, staffCourses } from '../access/guests.ts'
import { isAdmin } from '../access/roles.ts'
import { lastStaffArrivals } from '../db/events.ts'
import { sharesOf } from '../db/seats/shares.ts'
import { isRunning } from '../db/servers/server-states.ts'
import { findServer, type Server, serversOf } from '../db/servers/servers.ts'
import { findUsers, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { stopServer } from '../servers/stop.ts'
import { hasOwnHosts } from '../site.ts'
import { fullName } from '../views/format.ts'
import { sendCoursesPage, sendHomePage } from '../views/home.ts'
import type { HomePeople } from '../views/home-people.ts'
import { isOpen, waysIn } from './login.ts'

export function homeRoutes(hub: Hub): Router {
  const router = new Router()
  const courses = Object.values(hub.config.courses)

  router.get('/', async (ctx) => {
    if ((await currentUser(hub, ctx)) !== undefined) return ctx.redirect('/hub/home')
    if (isOpen(hub) && waysIn(hub).length === 0) return sendCoursesPage(ctx, courses)
    ctx.redirect('/hub/login')
  })

  for (const path of ['/hub', '/hub/']) router.get(path, (ctx) => ctx.redirect('/'))

  router.get('/hub/courses', (ctx) => {
    if (!isOpen(hub)) return ctx.redirect('/hub/login')
    sendCoursesPage(ctx, courses)
  })

  router.get('/hub/home', async (ctx) => {
    const user = await currentUser(hub, ctx)
    if (user === undefined) return ctx.redirect('/')
    const servers = await serversOf(hub.db, [user.id])
    sendHomePage(ctx, { user, servers, courses, ...(await peopleOf(hub, user, servers)) })
  })

  router.post('/hub/servers/:id/stop', requireOwnPage(hub.hubUrl), async (ctx) => {
    const server = await requireOwnServer(hub, ctx, await requireUser(hub, ctx))
    if (isRunning(server)) await stopServer(hub, server)
    ctx.status = 303
    ctx.redirect('/hub/home')
  })

  return router
}

async function requireOwnServer(hub: Hub, ctx: Koa.Context, user: User) {
  const server = await findServer(hub.db, String(ctx.params.id))
  if (server?.user === user.id) return server
  throw new HttpError(404, 'unknown_server', 'You have no such notebook.', [
    { href: '/hub/home', text: 'Show my notebooks' },
  ])
}

/**
 * Returns what a home page says of others: who came as staff, with whom a notebook is shared, what others share, what
 * to look after.
 */
async function peopleOf(hub: Hub, user: User, servers: Server[]): Promise<HomePeople> {
  const admin = isAdmin(hub, user)
  const ids = servers.map((server) => server.id)
  const visits = await lastStaffArrivals(hub.db, ids)
  const alone = hasOwnHosts(hub)
  const shared = alone ? await sharedWith(hub, user) : []
  const others = [...shared.map((server) => server.user), ...[...visits.values()].map(({ by }) => by)]
  const names = new Map((await findUsers(hub.db, others)).map((other) => [other.id, fullName(other)]))
  const name = (id: string) => names.get(id) ?? 'somebody whose account is gone'
  return {
    admin,
    arrivals: [...visits].map(([server, { by, age }]) => ({ server, by: name(by), age })),
    shares: alone ? await sharesOf(hub.db, ids) : [],
    shared: shared.map((server) => ({ server, owner: name(server.user) })),
    staffOf: staffCourses(hub, user),
    shareable: Object.values(hub.config.courses).filter((course) => mayShare(hub, user, course)),
  }
}
