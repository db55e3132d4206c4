import Router from '@koa/router'
import type Koa from 'koa'
import { currentUser, requireUser } from '../access.ts'
import { findServer, serversOf } from '../db/servers.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { requireOwnPage } from '../request.ts'
import { stopServer } from '../servers/stop.ts'
import { sendCoursesPage, sendHomePage } from '../views/home.ts'
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
    sendHomePage(ctx, { user, servers: await serversOf(hub.db, [user.id]), courses })
  })

  router.post('/hub/servers/:id/stop', requireOwnPage(hub.hubUrl), async (ctx) => {
    const server = await requireOwnServer(hub, ctx, await requireUser(hub, ctx))
    if (['queued', 'starting', 'ready'].includes(server.state)) await stopServer(hub, server)
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
