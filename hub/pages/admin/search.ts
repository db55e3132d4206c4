import Router from '@koa/router'
import { z } from 'zod'
import { keepersOf } from '../../access/keepers.ts'
import { type SiteServer, siteServerOf, siteServersOf } from '../../db/servers/lists/site-servers.ts'
import { listSiteUsers } from '../../db/servers/lists/site-users.ts'
import { tokensNamed } from '../../db/tokens.ts'
import { findUser, findUsers, type User } from '../../db/users.ts'
import { queryOf } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { type SearchPage, sendSearchPage } from '../../views/admin/search.ts'
import { titleOf } from '../../views/format.ts'
import { listQuery } from '../list-query.ts'
import { requireAdmin } from '../require-admin.ts'
import { shownServers } from './servers.ts'

/** How many of each kind a search shows. */
const most = 8
const query = z.object({ q: listQuery.shape.q })

/** The search of the whole site, for admins. */
export function searchRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin/search' })

  router.get('/', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { q } = query.parse(queryOf(ctx))
    sendSearchPage(ctx, { admin, q, ...(q === '' ? nothing() : await find(hub, q)) })
  })

  return router
}

type Results = Omit<SearchPage, 'admin' | 'q'>

function nothing(): Results {
  const none = () => some([])
  return { users: none(), courses: none(), servers: none(), accounts: none(), tokens: none() }
}

async function find(hub: Hub, q: string): Promise<Results> {
  const users = await listSiteUsers(hub.db, { search: q }, { sort: 'name', offset: 0, limit: most + 1 })
  const byId = users.length === 0 ? await findUser(hub.db, q) : undefined
  const servers = some(await serversOfThese(hub, q, users))
  return {
    users: some(byId === undefined || byId.state === 'spare' ? users : [byId]),
    courses: some(coursesNamed(hub, q)),
    servers: { ...servers, shown: await shownServers(hub, servers.shown) },
    accounts: some(await accountsNamed(hub, q)),
    tokens: some(await tokensOfOwners(hub, q)),
  }
}

function some<T>(found: T[]): { shown: T[]; hasMore: boolean } {
  return { shown: found.slice(0, most), hasMore: found.length > most }
}

/** Returns the server of a reference, `SERVER` or `SERVER-RUN`; else those of the users that were found. */
async function serversOfThese(hub: Hub, q: string, users: User[]): Promise<SiteServer[]> {
  const named = await siteServerOf(hub.db, q.replace(/-\d+$/, ''))
  if (named !== undefined) return [named]
  const ids = users.slice(0, most).map(({ id }) => id)
  return siteServersOf(hub.db, ids)
}

function coursesNamed(hub: Hub, q: string): Results['courses']['shown'] {
  const wanted = q.toLowerCase()
  return Object.values(hub.courses.all)
    .map((course) => ({ slug: course.slug, name: course.name, title: titleOf(course) }))
    .filter(({ name, title }) => [name, title].some((one) => one.toLowerCase().includes(wanted)))
    .sort((a, b) => (a.title < b.title ? -1 : 1))
}

async function accountsNamed(hub: Hub, q: string): Promise<{ way: string; name: string }[]> {
  const found: { way: string; name: string }[] = []
  for (const { name: way, accounts } of keepersOf(hub)) {
    // The beginning of a name can be a name too.
    const beginning = accounts.nameOf(q)
    if (beginning === undefined) continue
    for (const { name } of await accounts.list({ beginning, most: most + 1 })) found.push({ way, name })
  }
  return found
}

async function tokensOfOwners(hub: Hub, q: string): Promise<Results['tokens']['shown']> {
  const tokens = await tokensNamed(hub.db, q, most + 1)
  const owners = new Map(
    (
      await findUsers(
        hub.db,
        tokens.map(({ user }) => user),
      )
    ).map((user) => [user.id, user]),
  )
  return tokens.flatMap((token) => {
    const owner = owners.get(token.user)
    return owner === undefined ? [] : [{ ...token, owner }]
  })
}
