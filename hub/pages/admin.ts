import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { requireUser } from '../access/account.ts'
import { type ByAdmin, blockUser, removeUserNow, signOutUser, unblockUser } from '../access/ending.ts'
import { keepersOf } from '../access/keepers.ts'
import { notForYou } from '../access/sign-in-first.ts'
import { removeVersionsOfUser } from '../access/versions.ts'
import { readClock } from '../db/clock.ts'
import { countVersionsOf } from '../db/content/versions.ts'
import { countHomesOf } from '../db/homes/homes.ts'
import { isRunning } from '../db/servers/server-states.ts'
import { findServer, type Server, serversOf } from '../db/servers/servers.ts'
import { findUser, searchUsers, type User, userSorts } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { accountOf } from '../homes/account.ts'
import { keepsFiles } from '../homes/keeps-files.ts'
import { queryOf, readForm, requireOwnPage } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import type { Delivery } from '../proxies/clients.ts'
import { isAdmin } from '../rights/roles.ts'
import { stopServer } from '../servers/stop.ts'
import {
  type AdminAct,
  type AdminView,
  adminAddress,
  adminPageSize,
  sendAdminPage,
  sendAdminQuestion,
} from '../views/admin.ts'
import { nameForAdmins, titleOf } from '../views/format.ts'
import { sendStopPage } from '../views/stop.ts'
import { listQuery } from './list-query.ts'
import { goBack, noticeOf } from './notices.ts'

interface Act {
  act(hub: Hub, change: ByAdmin): Promise<Delivery | undefined>
  /** What the list says afterwards, after the user's name. */
  done: string
}

const acts: Record<AdminAct | 'unblock', Act> = {
  'sign-out': { act: signOutUser, done: 'is signed out in every browser.' },
  block: { act: blockUser, done: 'is blocked: signed out everywhere, with all notebooks stopping.' },
  unblock: {
    act: async (hub, change) => {
      await unblockUser(hub, change)
      return undefined
    },
    done: 'may come in again.',
  },
  versions: {
    act: async (hub, change) => {
      await removeVersionsOfUser(hub, change)
      return undefined
    },
    done: 'has no earlier versions of notebooks any more.',
  },
  remove: { act: removeUserNow, done: 'is being removed. The files go once all notebooks have stopped.' },
}

/** Pages about users, for admins. All others are refused in the same way, whatever exists. */
export function adminRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin' })
  const ownPage = requireOwnPage(hub.hubUrl)

  router.get('/', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const view = viewOf(queryOf(ctx))
    const range = { offset: (view.page - 1) * adminPageSize, limit: adminPageSize }
    const { total, users } = await searchUsers(hub.db, { search: view.q, sort: view.sort, ...range })
    const pages = Math.max(1, Math.ceil(total / adminPageSize))
    if (view.page > pages) return ctx.redirect(adminAddress({ ...view, page: pages }))
    const servers = await serversOf(
      hub.db,
      users.map((user) => user.id),
    )
    sendAdminPage(ctx, {
      admin,
      hasAccounts: keepersOf(hub).length > 0,
      users,
      servers,
      total,
      view,
      pages,
      now: await readClock(hub.db),
      notice: await noticeOf(hub, ctx),
    })
  })

  router.get('/users/:id/:act', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const act = actOf(ctx)
    if (act === 'unblock') throw unknown()
    const user = await requireUserOf(hub, ctx)
    const servers = await serversOf(hub.db, [user.id])
    const running = servers.filter(isRunning)
    const losing = running.filter((server) => !keepsFiles(hub, server))
    sendAdminQuestion(ctx, act, {
      ...{ admin, user, view: viewOf(queryOf(ctx)) },
      servers: { all: servers.length, running: running.length, losing: losing.length },
      homes: await countHomesOf(hub.db, accountOf(user)),
      versions: await countVersionsOf(hub.db, accountOf(user)),
    })
  })

  router.post('/users/:id/:act', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { act, done } = acts[actOf(ctx)]
    const user = await requireUserOf(hub, ctx)
    const back = adminAddress(viewOf(await readForm(ctx)))
    const delivery = await act(hub, { admin, user })
    await goBack(hub, ctx, back, { text: `${nameForAdmins(user)} ${done}`, delivery })
  })

  router.get('/servers/:id/stop', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { server, owner, title } = await requireServer(hub, ctx)
    const view = viewOf(queryOf(ctx))
    if (!isRunning(server)) return goBack(hub, ctx, adminAddress(view), { text: notRunning(title, owner) })
    sendStopPage(ctx, {
      ...(owner.id !== admin.id && { owner: nameForAdmins(owner) }),
      ...{ user: admin, server, title, keepsFiles: keepsFiles(hub, server) },
      action: `/hub/admin/servers/${server.id}/stop`,
      fields: { ...view },
      back: adminAddress(view),
    })
  })

  router.post('/servers/:id/stop', ownPage, async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { server, owner, title } = await requireServer(hub, ctx)
    const back = adminAddress(viewOf(await readForm(ctx)))
    const event = { kind: 'stopped' as const, detail: { by: admin.id } }
    const stops = isRunning(server) && (await stopServer(hub, server, { event }))
    const text = stops ? `${title} of ${nameForAdmins(owner)} is being stopped.` : notRunning(title, owner)
    await goBack(hub, ctx, back, { text })
  })

  return router
}

const viewQuery = listQuery.extend({ sort: z.enum(userSorts).catch('name').default('name') })

function viewOf(fields: unknown): AdminView {
  return viewQuery.parse(fields)
}

function actOf(ctx: Koa.Context): keyof typeof acts {
  const act = String(ctx.params.act)
  if (!Object.hasOwn(acts, act)) throw unknown()
  return act as keyof typeof acts
}

/** Returns the admin of this browser's session; throws for all others. */
export async function requireAdmin(hub: Hub, ctx: Koa.Context): Promise<User> {
  const user = await requireUser(hub, ctx)
  if (isAdmin(hub, user)) return user
  throw notForYou(ctx, user, 'These pages are for the people who run this site.')
}

async function requireUserOf(hub: Hub, ctx: Koa.Context): Promise<User> {
  const user = await findUser(hub.db, String(ctx.params.id))
  if (user !== undefined) return user
  throw unknown()
}

async function requireServer(hub: Hub, ctx: Koa.Context): Promise<{ server: Server; owner: User; title: string }> {
  const server = await findServer(hub.db, String(ctx.params.id))
  const owner = server && (await findUser(hub.db, server.user))
  if (server === undefined || owner === undefined) throw unknown()
  const course = hub.courses.all[server.course]
  return { server, owner, title: course === undefined ? server.course : titleOf(course) }
}

function notRunning(title: string, owner: User): string {
  return `${title} of ${nameForAdmins(owner)} is not running, or has just changed.`
}

function unknown(): HttpError {
  return new HttpError(404, 'not_found', 'There is no such user or notebook any more.', [
    { href: '/hub/admin', text: 'Show all users' },
  ])
}
