import Router from '@koa/router'
import { z } from 'zod'
import { keepersOf } from '../../access/keepers.ts'
import { readClock } from '../../db/clock.ts'
import { serversOf } from '../../db/servers/servers.ts'
import { searchUsers, userSorts } from '../../db/users.ts'
import { queryOf } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { type AdminView, adminAddress, adminPageSize, sendAdminPage } from '../../views/admin/users.ts'
import { listQuery } from '../list-query.ts'
import { noticeOf } from '../notices.ts'
import { requireAdmin } from '../require-admin.ts'

/** The page of all users, for admins. All others are refused in the same way, whatever exists. */
export function adminRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin' })

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

  return router
}

const viewQuery = listQuery.extend({ sort: z.enum(userSorts).catch('name').default('name') })

/** Returns the part of the list of users that an address or a form names. */
export function viewOf(fields: unknown): AdminView {
  return viewQuery.parse(fields)
}
