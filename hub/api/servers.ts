import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { tally } from '../../metrics/tally.ts'
import { activityOf } from '../db/servers/activity.ts'
import { isAtRest, isLaunching } from '../db/servers/server-states.ts'
import { findServer, findServerOf, type Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { requestServer } from '../servers/request.ts'
import { stopServer } from '../servers/stop.ts'
import { only } from './caller.ts'
import { changed, userNamed } from './users.ts'

const condition = z.strictObject({
  run: z.int().optional(),
  last_activity: z.iso.datetime().optional(),
  reason: z.string().max(300).optional(),
})
/** A start takes no options, because the course says what a server is made of. */
const noOptions = z.strictObject({})

const patienceMilliseconds = 10_000

/**
 * The API of servers: starts and stops them as JupyterHub's clients expect it, and stops them under a condition for the
 * culler.
 */
export function serversApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/users/:name' })
  const addresses = ['/servers/:server', '/servers', '/server']

  router.post(addresses, only(hub, 'admin', 'self'), async (ctx) => {
    if (!noOptions.safeParse((await readJson(ctx)) ?? {}).success)
      throw new HttpError(400, 'no_options', 'Servers take no options here: send an empty object, or nothing.')
    const user = await userNamed(hub, ctx)
    const slug = slugOf(hub, ctx)
    const course = Object.hasOwn(hub.config.courses, slug) ? hub.config.courses[slug] : undefined
    if (course === undefined) throw unknownServer(user, slug)
    if ((await findServerOf(hub.db, user.id, course.slug))?.state === 'ready')
      throw new HttpError(400, 'already_running', `${user.name}:${course.slug} is already running`)
    const server = await settled(hub, ctx, await requestServer(hub, user, course))
    if (server.state === 'failed')
      throw new HttpError(424, 'start_failed', `${user.name}:${course.slug} failed to start: ${server.failure}`)
    ctx.status = server.state === 'ready' ? 201 : 202
    ctx.body = ''
  })

  router.delete(addresses, only(hub, 'culler', 'admin', 'self'), async (ctx) => {
    const seen = condition.safeParse(await readJson(ctx))
    if (!seen.success) throw new HttpError(400, 'bad_condition', z.prettifyError(seen.error))
    const user = await userNamed(hub, ctx)
    const slug = slugOf(hub, ctx)
    const server = await findServerOf(hub.db, user.id, slug)
    if (server === undefined) throw unknownServer(user, slug)
    ctx.status = isAtRest(server) ? 204 : 202
    if (ctx.status === 204 || server.state === 'stopping') return
    await requireUnchanged(hub, server, seen.data)
    const kind = ctx.state.caller?.kind === 'culler' ? 'culled' : 'stopped'
    const event = { kind, detail: { reason: seen.data.reason ?? '' } } as const
    if (!(await stopServer(hub, server, { event }))) throw changed()
    // The culler names an activity only where it stops a server for its idleness.
    if (kind === 'culled') tally(hub.counters.culls, seen.data.last_activity === undefined ? 'age' : 'idle')
  })

  return router
}

/** Returns the server once it is neither queued nor starting, or as it is when the client has waited long enough. */
async function settled(hub: Hub, ctx: Koa.Context, server: Server): Promise<Server> {
  const over = AbortSignal.timeout(patienceMilliseconds)
  let now = server
  while (!over.aborted && !ctx.res.destroyed && isLaunching(now)) {
    await hub.changes.wait(server.id, 500, over, 'state')
    now = (await findServer(hub.db, server.id)) ?? now
  }
  return now
}

/**
 * Returns the name of the server that the address means. JupyterHub's one server without a name is the server of the
 * only course; where there are several courses, there is no such server.
 */
function slugOf(hub: Hub, ctx: Koa.Context): string {
  if (ctx.params.server !== undefined) return String(ctx.params.server)
  const [only, ...others] = Object.keys(hub.config.courses)
  if (only !== undefined && others.length === 0) return only
  throw new HttpError(
    400,
    'which_course',
    'There are several courses here, and each server belongs to one. Name it: /servers/ and the name of the course.',
  )
}

function unknownServer(user: User, slug: string): HttpError {
  return new HttpError(404, 'unknown_server', `${user.name} has no server named ${slug}.`)
}

async function requireUnchanged(hub: Hub, server: Server, seen: z.output<typeof condition>): Promise<void> {
  if (seen.run !== undefined && seen.run !== server.run) throw changed()
  if (seen.last_activity === undefined) return
  const now = (await activityOf(hub.db, [server.id])).get(server.id)?.lastActivity
  if (now !== Date.parse(seen.last_activity)) throw changed()
}
