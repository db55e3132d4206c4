import Router from '@koa/router'
import { z } from 'zod'
import { keepersOf } from '../../access/keepers.ts'
import { readClock } from '../../db/clock.ts'
import { countSiteUsers, listSiteUsers, type SiteUserFilter, userSorts } from '../../db/servers/lists/site-users.ts'
import { serversOf } from '../../db/servers/servers.ts'
import { queryOf } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { groupsOf, membersOf } from '../../rights/roles.ts'
import { type AdminView, adminAddress, adminPageSize, sendAdminPage } from '../../views/admin/users.ts'
import { filterText, listQuery } from '../list-query.ts'
import { noticeOf } from '../notices.ts'
import { requireAdmin } from '../require-admin.ts'

/** The page of all users, for admins. All others are refused in the same way, whatever exists. */
export function adminRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin' })

  router.get('/', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const view = viewOf(queryOf(ctx))
    const range = { offset: (view.page - 1) * adminPageSize, limit: adminPageSize }
    const filter = filterOf(hub, view)
    const total = await countSiteUsers(hub.db, filter)
    const pages = Math.max(1, Math.ceil(total / adminPageSize))
    if (view.page > pages) return ctx.redirect(adminAddress({ ...view, page: pages }))
    const users = await listSiteUsers(hub.db, filter, { sort: view.sort, ...range })
    const servers = await serversOf(
      hub.db,
      users.map((user) => user.id),
    )
    sendAdminPage(ctx, {
      admin,
      hasAccounts: keepersOf(hub).length > 0,
      users,
      servers,
      groups: new Map(users.map((user) => [user.id, groupsOf(hub, user)])),
      ways: hub.config.authenticators.map(({ name }) => name),
      knownGroups: knownGroups(hub),
      total,
      view,
      pages,
      now: await readClock(hub.db),
      notice: await noticeOf(hub, ctx),
    })
  })

  return router
}

const viewQuery = listQuery.extend({
  kind: z.enum(['person', 'learner', 'temporary', '']).catch('').default(''),
  way: filterText(255),
  state: z.enum(['active', 'blocked', 'deleting', '']).catch('').default(''),
  running: z.enum(['yes', 'no', '']).catch('').default(''),
  group: filterText(255),
  sort: z.enum(userSorts).catch('name').default('name'),
})

/** Returns the part of the list of users that an address or a form names. */
export function viewOf(fields: unknown): AdminView {
  return viewQuery.parse(fields)
}

function filterOf(hub: Hub, { q, kind, way, state, running, group }: AdminView): SiteUserFilter {
  return {
    search: q,
    kind: kind === '' ? undefined : kind,
    authenticator: way === '' ? undefined : way,
    state: state === '' ? undefined : state,
    running: running === '' ? undefined : running === 'yes',
    group: group === '' ? undefined : membersOf(hub, group),
  }
}

/** Returns the groups of the config, and those that it asks authenticators for. */
function knownGroups({ config }: Hub): string[] {
  const asked = config.authenticators.flatMap(({ groups = [] }) => groups)
  return [...new Set([...Object.keys(config.groups), ...asked])].sort()
}
