import Router from '@koa/router'
import { z } from 'zod'
import { activityOf } from '../db/activity.ts'
import { readClock } from '../db/dialect.ts'
import { findServerOf, type Server, serversOf } from '../db/servers.ts'
import { countUsers, findUserByName, listUsers, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { readJson } from '../request.ts'
import { idlenessOfAll } from '../servers/activity.ts'
import { beginRemoval } from '../servers/remove-user.ts'
import { stopServer } from '../servers/stop.ts'
import { requireToken } from './tokens.ts'

const page = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
const serverCondition = z.strictObject({
  run: z.int().optional(),
  last_activity: z.iso.datetime().optional(),
  reason: z.string().max(300).optional(),
})
const userCondition = z.strictObject({ last_activity: z.iso.datetime().optional() })

/** For the culler: users and servers with all that it needs to decide, and removals that say what was seen. */
export function usersApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/users' })
  router.use(requireToken(hub.secrets.cullerToken))

  router.get('/', async (ctx) => {
    const query = page.safeParse({ ...ctx.query })
    if (!query.success)
      throw new HttpError(400, 'bad_page', `offset and limit are whole numbers. ${z.prettifyError(query.error)}`)
    const { offset, limit } = query.data
    const total = await countUsers(hub.db)
    const items = await presentUsers(hub, await listUsers(hub.db, { offset, limit }))
    const after = offset + limit
    const next =
      after < total ? { offset: after, limit, url: `${hub.hubUrl}/hub/api/users?offset=${after}&limit=${limit}` } : null
    ctx.body = { items, _pagination: { offset, limit, total, next } }
  })

  router.delete('/:name/servers/:server', async (ctx) => {
    const seen = serverCondition.safeParse(await readJson(ctx))
    if (!seen.success) throw new HttpError(400, 'bad_condition', z.prettifyError(seen.error))
    const user = await requireUser(hub, ctx.params.name)
    const server = await findServerOf(hub.db, user.id, String(ctx.params.server))
    if (server === undefined)
      throw new HttpError(404, 'unknown_server', `${user.name} has no server named ${ctx.params.server}.`)
    ctx.status = server.state === 'stopped' || server.state === 'failed' ? 204 : 202
    if (ctx.status === 204 || server.state === 'stopping') return
    await requireUnchanged(hub, server, seen.data)
    const event = { kind: 'culled' as const, detail: { reason: seen.data.reason ?? '' } }
    if (!(await stopServer(hub, server, { event }))) throw changed()
  })

  router.delete('/:name', async (ctx) => {
    const seen = userCondition.safeParse(await readJson(ctx))
    if (!seen.success) throw new HttpError(400, 'bad_condition', z.prettifyError(seen.error))
    const user = await requireUser(hub, ctx.params.name)
    // This token is the culler's: it may remove temporary users and nobody else.
    if (user.kind !== 'temporary') throw new HttpError(403, 'not_temporary', `${user.name} is not a temporary user.`)
    const { last_activity } = seen.data
    const result = await beginRemoval(hub, user, last_activity === undefined ? undefined : Date.parse(last_activity))
    if (result === 'changed') throw changed()
    if (result === 'in-use')
      throw new HttpError(409, 'in_use', `${user.name} has a server, or has just opened something.`)
    ctx.status = 202
  })

  return router
}

async function requireUser(hub: Hub, name: string | undefined): Promise<User> {
  const user = await findUserByName(hub.db, name ?? '')
  if (user === undefined) throw new HttpError(404, 'unknown_user', `There is no user ${name}.`)
  return user
}

async function requireUnchanged(hub: Hub, server: Server, seen: z.output<typeof serverCondition>): Promise<void> {
  if (seen.run !== undefined && seen.run !== server.run) throw changed()
  if (seen.last_activity === undefined) return
  const now = (await activityOf(hub.db, [server.id])).get(server.id)?.lastActivity
  if (now !== Date.parse(seen.last_activity)) throw changed()
}

function changed(): HttpError {
  return new HttpError(409, 'changed', 'Something has happened since you looked; nothing was removed.')
}

async function presentUsers(hub: Hub, users: User[]): Promise<object[]> {
  const servers = await serversOf(
    hub.db,
    users.map((user) => user.id),
  )
  const idlenessOf = await idlenessOfAll(hub, servers)
  const now = await readClock(hub.db)
  return users.map((user) => {
    const running = servers.filter((server) => server.user === user.id && !['stopped', 'failed'].includes(server.state))
    return {
      kind: 'user',
      name: user.name,
      temporary: user.kind === 'temporary',
      created: iso(user.created),
      last_activity: iso(user.lastLaunch),
      age_seconds: seconds(now - user.created),
      idle_seconds: seconds(
        now - Math.max(user.lastLaunch, ...servers.filter((one) => one.user === user.id).map((one) => one.ended ?? 0)),
      ),
      servers: Object.fromEntries(
        running.map((server) => [server.name, presentServer(server, idlenessOf(server), now)]),
      ),
    }
  })
}

function presentServer(
  server: Server,
  idle: ReturnType<Awaited<ReturnType<typeof idlenessOfAll>>>,
  now: number,
): object {
  const pending = server.state === 'stopping' ? 'stop' : server.state === 'ready' ? null : 'spawn'
  return {
    name: server.name,
    ready: server.state === 'ready',
    pending,
    started: server.started === undefined ? null : iso(server.started),
    last_activity: idle.lastActivity === undefined ? null : iso(idle.lastActivity),
    run: server.run,
    age_seconds: server.started === undefined ? 0 : seconds(now - server.started),
    idle_seconds: idle.idleMilliseconds === undefined ? null : seconds(idle.idleMilliseconds),
    activity: idle.activity,
    reason: idle.reason,
  }
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

function seconds(milliseconds: number): number {
  return Math.max(0, milliseconds / 1000)
}
