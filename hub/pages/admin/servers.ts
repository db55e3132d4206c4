import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { forCount, say, type Text } from '../../../words/text.ts'
import { listStates } from '../../db/servers/course-servers.ts'
import { listSiteServers, type SiteServer, siteServerSorts } from '../../db/servers/lists/site-servers.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import { findServer, type Server, serversById } from '../../db/servers/servers.ts'
import { findUser, findUsers, type User } from '../../db/users.ts'
import { HttpError } from '../../errors.ts'
import { keepsFiles } from '../../homes/keeps-files.ts'
import { queryOf, readForm, requireOwnPage } from '../../http/request.ts'
import type { Hub } from '../../hub.ts'
import { memoryInUse } from '../../servers/health/memory-in-use.ts'
import { stopServer } from '../../servers/stop.ts'
import {
  type ShownServer,
  type SiteServersView,
  sendSiteServersPage,
  sendStopServersPage,
  siteServersAddress,
  siteServersSize,
} from '../../views/admin/servers.ts'
import { adminAddress, userAddress } from '../../views/admin/users.ts'
import { nameForAdmins, titleOf } from '../../views/format.ts'
import { sendStopPage } from '../../views/stop.ts'
import { chosenIds, listQuery } from '../list-query.ts'
import { goBack, noticeOf } from '../notices.ts'
import { requireAdmin } from '../require-admin.ts'
import { viewOf } from './users.ts'

const viewQuery = listQuery.extend({
  course: listQuery.shape.q,
  state: z.enum(listStates).catch('attention').default('attention'),
  sort: z.enum(siteServerSorts).catch('state').default('state'),
})

/** The page of the servers of all courses, for admins. */
export function siteServerRoutes(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/admin/servers' })

  router.get('/', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const view = siteServersViewOf(queryOf(ctx))
    const { q: search, course, state, sort, page } = view
    const range = { offset: (page - 1) * siteServersSize, limit: siteServersSize }
    const courses = course === '' ? undefined : coursesLike(hub, course)
    const { total, servers } = await listSiteServers(hub.db, { state, search, courses, sort, ...range })
    const pages = Math.max(1, Math.ceil(total / siteServersSize))
    if (page > pages) return ctx.redirect(siteServersAddress({ ...view, page: pages }))
    sendSiteServersPage(ctx, {
      ...{ admin, total, pages, view, servers: await shownServers(hub, servers), courses: offered(hub) },
      notice: await noticeOf(hub, ctx),
    })
  })

  router.get('/stop', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const view = siteServersViewOf(queryOf(ctx))
    const servers = await runningOf(hub, [queryOf(ctx).chosen ?? []].flat())
    if (servers.length === 0)
      return goBack(hub, ctx, siteServersAddress(view), {
        text: say`First choose running notebooks, by the boxes beside them.`,
      })
    const nothing = { age: undefined, asked: undefined, activityAge: undefined }
    const shown = await shownServers(
      hub,
      servers.map((server) => ({ server, ...nothing })),
    )
    sendStopServersPage(ctx, { admin, view, servers: shown.sort((a, b) => (a.owner.name < b.owner.name ? -1 : 1)) })
  })

  router.post('/stop', requireOwnPage(hub.hubUrl), async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const form = await readForm(ctx)
    const event = { kind: 'stopped' as const, detail: { by: admin.id } }
    let count = 0
    for (const server of await runningOf(hub, form.chosen?.split(' ') ?? []))
      if (await stopServer(hub, server, { event })) count += 1
    const text = forCount(count, say`${count} notebook is being stopped.`, say`${count} notebooks are being stopped.`)
    await goBack(hub, ctx, siteServersAddress(siteServersViewOf(form)), { text })
  })

  router.get('/:id/stop', async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { server, owner, title } = await requireServer(hub, ctx)
    const fields = z.record(z.string(), z.string()).catch({}).parse(queryOf(ctx))
    const back = backTo(fields, owner)
    if (!isRunning(server)) return goBack(hub, ctx, back, { text: notRunning(title, owner) })
    sendStopPage(ctx, {
      ...(owner.id !== admin.id && { owner: nameForAdmins(owner) }),
      ...{ user: admin, server, title, keepsFiles: keepsFiles(hub, server) },
      ...{ action: `/hub/admin/servers/${server.id}/stop`, fields, back },
    })
  })

  router.post('/:id/stop', requireOwnPage(hub.hubUrl), async (ctx) => {
    const admin = await requireAdmin(hub, ctx)
    const { server, owner, title } = await requireServer(hub, ctx)
    const back = backTo(await readForm(ctx), owner)
    const event = { kind: 'stopped' as const, detail: { by: admin.id } }
    const stops = isRunning(server) && (await stopServer(hub, server, { event }))
    const text = stops ? say`${title} of ${nameForAdmins(owner)} is being stopped.` : notRunning(title, owner)
    await goBack(hub, ctx, back, { text })
  })

  return router
}

/** Returns the page that led to the question whether to stop a server: a list, or the page of its owner. */
function backTo(fields: Record<string, string>, owner: User): string {
  if (fields.back === 'servers') return siteServersAddress(siteServersViewOf(fields))
  if (fields.back === 'user') return userAddress(owner)
  return adminAddress(viewOf(fields))
}

async function requireServer(hub: Hub, ctx: Koa.Context): Promise<{ server: Server; owner: User; title: string }> {
  const server = await findServer(hub.db, String(ctx.params.id))
  const owner = server && (await findUser(hub.db, server.user))
  if (server === undefined || owner === undefined) throw unknown()
  const course = hub.courses.all[server.course]
  return { server, owner, title: course === undefined ? server.course : titleOf(course) }
}

function notRunning(title: string, owner: User): Text {
  return say`${title} of ${nameForAdmins(owner)} is not running, or has just changed.`
}

/** Returns the part of the list that an address or a form names. */
export function siteServersViewOf(fields: unknown): SiteServersView {
  return viewQuery.parse(fields)
}

/** Returns the ids of the courses with this text in their id, name or title, and the text itself, which a course that is gone may have. */
function coursesLike(hub: Hub, text: string): string[] {
  const wanted = text.toLowerCase()
  const found = Object.values(hub.courses.all).filter(({ slug, name, title = '' }) =>
    [slug, name, title].some((one) => one.toLowerCase().includes(wanted)),
  )
  const [exact] = found.filter(({ slug }) => slug === wanted)
  return exact === undefined ? [wanted, ...found.map(({ slug }) => slug)] : [exact.slug]
}

function offered(hub: Hub): { slug: string; title: string }[] {
  const all = Object.values(hub.courses.all).map((course) => ({ slug: course.slug, title: titleOf(course) }))
  return all.sort((a, b) => (a.slug < b.slug ? -1 : 1))
}

/** Returns those of these servers that run, without spares. */
async function runningOf(hub: Hub, ids: string[]): Promise<Server[]> {
  const chosen = chosenIds.safeParse(ids).data ?? []
  return (await serversById(hub.db, chosen)).filter((server) => isRunning(server) && !server.spare)
}

/** Returns servers with what pages say of them. The memory of all is asked for at once. */
export async function shownServers(hub: Hub, servers: SiteServer[]): Promise<ShownServer[]> {
  const owners = new Map(
    (
      await findUsers(
        hub.db,
        servers.map(({ server }) => server.user),
      )
    ).map((user) => [user.id, user]),
  )
  const shown = servers.map(async (one): Promise<ShownServer[]> => {
    const { server } = one
    const owner = owners.get(server.user)
    const course = hub.courses.all[server.course]
    if (owner === undefined) return []
    const title = course === undefined ? server.course : titleOf(course)
    const memory = server.state === 'ready' ? ((await memoryInUse(hub, server)) ?? undefined) : undefined
    // A server that is not up yet has no files of its owner's.
    return [{ ...one, owner, title, memory, loses: server.state === 'ready' && !keepsFiles(hub, server) }]
  })
  return (await Promise.all(shown)).flat()
}

function unknown(): HttpError {
  return new HttpError(404, 'not_found', say`There is no such notebook any more.`, [
    { href: '/hub/admin/servers', text: say`Show the notebooks of all courses` },
  ])
}
