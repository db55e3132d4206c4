import Router from '@koa/router'
import { z } from 'zod'
import { only, userCalling } from '../caller.ts'
import { activityOf } from '../db/activity.ts'
import { findServerOf, type Server } from '../db/servers.ts'
import { countUsers, findUserByName, listUsers, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { readJson } from '../request.ts'
import { beginRemoval } from '../servers/remove-user.ts'
import { stopServer } from '../servers/stop.ts'
import { presentUsers, scopesOf } from './api-models.ts'

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

/** Users and their servers, with all that a culler needs to decide, and removals that say what was seen. */
export function usersApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api' })

  router.get('/user', only(hub, 'user'), async (ctx) => {
    const { user, token } = userCalling(ctx)
    const [model] = await presentUsers(hub, [user])
    ctx.body = { ...model, session_id: null, token_id: token.id, scopes: scopesOf(user) }
  })

  router.get(['/users', '/users/'], only(hub, 'culler', 'admin'), async (ctx) => {
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

  router.get('/users/:name', only(hub, 'culler', 'admin', 'self'), async (ctx) => {
    ;[ctx.body] = await presentUsers(hub, [await requireUser(hub, ctx.params.name)])
  })

  router.delete('/users/:name/servers/:server', only(hub, 'culler', 'admin', 'self'), async (ctx) => {
    const seen = serverCondition.safeParse(await readJson(ctx))
    if (!seen.success) throw new HttpError(400, 'bad_condition', z.prettifyError(seen.error))
    const user = await requireUser(hub, ctx.params.name)
    const server = await findServerOf(hub.db, user.id, String(ctx.params.server))
    if (server === undefined)
      throw new HttpError(404, 'unknown_server', `${user.name} has no server named ${ctx.params.server}.`)
    ctx.status = server.state === 'stopped' || server.state === 'failed' ? 204 : 202
    if (ctx.status === 204 || server.state === 'stopping') return
    await requireUnchanged(hub, server, seen.data)
    const kind = ctx.state.caller?.kind === 'culler' ? 'culled' : 'stopped'
    const event = { kind, detail: { reason: seen.data.reason ?? '' } } as const
    if (!(await stopServer(hub, server, { event }))) throw changed()
  })

  router.delete('/users/:name', only(hub, 'culler'), async (ctx) => {
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
