import Router from '@koa/router'
import type Koa from 'koa'
import { requireUser } from '../access/account.ts'
import { type ByAdmin, blockUser, removeUserNow, signOutUser, unblockUser } from '../access/ending.ts'
import { isAdmin } from '../access/roles.ts'
import { isRunning } from '../db/servers/server-states.ts'
import { findServer, serversOf } from '../db/servers/servers.ts'
import { findUser, searchUsers, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { queryOf, readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import type { Delivery } from '../proxies/clients.ts'
import { stopServer } from '../servers/stop.ts'
import {
  type AdminView,
  adminAddress,
  adminPageSize,
  sendAdminPage,
  sendDonePage,
  sendRemovePage,
} from '../views/admin.ts'
import { fullName } from '../views/format.ts'
import { listQuery } from './list-query.ts'

interface Act {
  act(hub: Hub, change: ByAdmin): Promise<Delivery | undefined>
  /** What the page says afterwards, after the user's name. */
  done: string
}

const acts: Record<string, Act> = {
  'sign-out': { act: signOutUser, done: 'is signed out in every browser.' },
  block: {
    act: blockUser,
    done: 'is blocked: signed out everywhere, with all notebooks stopping. Nothing is deleted.',
  },
  unblock: {
    act: async (hub, change) => {
      await unblockUser(hub, change)
      return undefined
    },
    done: 'may come in again.',
  },
  remove: { act: removeUserNow, done: 'is being removed. The files go once all notebooks have stopped.' },
}

/** Pages about users, for admins. For all others there are no such pages. */
export function adminRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin' })
  const ownPage = requireOwnPage(hub.hubUrl)

  router.get('/', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const view: AdminView = listQuery.parse(queryOf(ctx))
    const range = { offset: (view.page - 1) * adminPageSize, limit: adminPageSize }
    const { total, users } = await searchUsers(hub.db, { search: view.q, ...range })
    const pages = Math.max(1, Math.ceil(total / adminPageSize))
    if (view.page > pages) return ctx.redirect(adminAddress({ ...view, page: pages }))
    const servers = await serversOf(
      hub.db,
      users.map((user) => user.id),
    )
    sendAdminPage(ctx, { admin, users, servers, total, view, pages })
  })

  router.get('/users/:id/remove', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const user = await requireUserOf(hub, ctx)
    sendRemovePage(ctx, { admin, user, servers: await serversOf(hub.db, [user.id]) })
  })

  router.post('/users/:id/:act', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const chosen = Object.hasOwn(acts, String(ctx.params.act)) ? acts[String(ctx.params.act)] : undefined
    if (chosen === undefined) throw unknown()
    const user = await requireUserOf(hub, ctx)
    const back = adminAddress(listQuery.parse(await readForm(ctx)))
    const delivery = (await chosen.act(hub, { admin, user })) ?? { proxies: 0, unconfirmed: [] }
    sendDonePage(ctx, { admin, outcome: `${fullName(user)} ${chosen.done}`, delivery, back })
  })

  router.post('/servers/:id/stop', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const server = await findServer(hub.db, String(ctx.params.id))
    if (server === undefined) throw unknown()
    const event = { kind: 'stopped' as const, detail: { by: admin.id } }
    if (isRunning(server)) await stopServer(hub, server, { event })
    ctx.status = 303
    ctx.redirect(adminAddress(listQuery.parse(await readForm(ctx))))
  })

  return router
}

async function requireAdmin(hub: Hub, ctx: Koa.Context): Promise<User> {
  const user = await requireUser(hub, ctx)
  if (isAdmin(hub, user)) return user
  throw unknown()
}

async function requireUserOf(hub: Hub, ctx: Koa.Context): Promise<User> {
  const user = await findUser(hub.db, String(ctx.params.id))
  if (user !== undefined) return user
  throw unknown()
}

function unknown(): HttpError {
  return new HttpError(404, 'not_found', 'There is nothing at this address, or it is not yours to see.', [
    { href: '/hub/home', text: 'Show my notebooks' },
  ])
}
