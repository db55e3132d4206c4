import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import type { Course } from '../../courses/course.ts'
import { findVariant, type Wanted } from '../../courses/variants.ts'
import { tally } from '../../metrics/tally.ts'
import { activityOf } from '../db/servers/activity.ts'
import { isAtRest, isLaunching } from '../db/servers/server-states.ts'
import { findServer, findServerOf, type Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { isSecret, notOffered, refusalError, refusalOf } from '../rights/opening.ts'
import { isAdmin } from '../rights/roles.ts'
import { requestServer } from '../servers/request.ts'
import { stopServer } from '../servers/stop.ts'
import { only, userCalling } from './caller.ts'
import { changed, userNamed } from './users.ts'

const condition = z.strictObject({
  run: z.int().optional(),
  last_activity: z.iso.datetime().optional(),
  reason: z.string().max(300).optional(),
})
/** The options of a start: which variant of the course it is, as links say it. The course says everything else. */
const options = z.strictObject({
  tag: z.string().max(63).toLowerCase().optional(),
  app: z.string().max(63).toLowerCase().optional(),
  needs_gpu: z.union([z.boolean(), z.string().transform((text) => text !== '')]).default(false),
})

const patienceMilliseconds = 10_000

/**
 * The API of servers: starts and stops them as JupyterHub's clients expect it, and stops them under a condition for the
 * culler.
 */
export function serversApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/users/:name' })
  const addresses = ['/servers/:server', '/servers', '/server']

  router.post(addresses, only(hub, 'admin', 'self'), async (ctx) => {
    const asked = options.safeParse((await readJson(ctx)) ?? {})
    if (!asked.success)
      throw new HttpError(
        400,
        'no_options',
        'Servers take no options here but tag, app and needs_gpu: send an empty object, or nothing.',
      )
    const user = await userNamed(hub, ctx)
    const slug = slugOf(hub, ctx)
    const whole = Object.hasOwn(hub.config.courses, slug) ? hub.config.courses[slug] : undefined
    if (whole === undefined) throw unknownServer(user, slug)
    await requireOpenFor(hub, ctx, user, whole)
    const course = await variantFor(hub, user, whole, {
      tag: asked.data.tag || undefined,
      app: asked.data.app || undefined,
      gpu: asked.data.needs_gpu,
    })
    if ((await findServerOf(hub.db, user.id, course.slug))?.state === 'ready')
      throw new HttpError(400, 'already_running', `${user.name}:${course.slug} is already running`)
    const server = await settled(hub, ctx, await requestServer(hub, user, course, { by: startedBy(ctx) }))
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
    const by = ctx.state.caller?.kind === 'operator' ? { by: 'operator' } : {}
    const event = { kind, detail: { reason: seen.data.reason ?? '', ...by } } as const
    if (!(await stopServer(hub, server, { event }))) throw changed()
    // The culler names an activity only where it stops a server for its idleness.
    if (kind === 'culled') tally(hub.counters.culls, seen.data.last_activity === undefined ? 'age' : 'idle')
  })

  return router
}

/** Returns who asks for a start, behind `only(hub, 'admin', 'self')`. */
function startedBy(ctx: Koa.Context): User | 'operator' {
  return ctx.state.caller?.kind === 'operator' ? 'operator' : userCalling(ctx).user
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
 * only course. Where there are several courses there is no such server, nor where the course is hidden: its name would show.
 */
function slugOf(hub: Hub, ctx: Koa.Context): string {
  if (ctx.params.server !== undefined) return String(ctx.params.server)
  const whole = Object.values(hub.config.courses).filter(({ variantOf }) => variantOf === undefined)
  const [only, ...others] = whole
  if (only?.hidden === false && others.length === 0) return only.slug
  throw new HttpError(
    400,
    'which_course',
    'Each server here belongs to a course. Name it: /servers/ and the name of the course.',
  )
}

/**
 * Throws when the user may not open the course. Only an admin is told so of a hidden course; for
 * others it does not exist.
 */
async function requireOpenFor(hub: Hub, ctx: Koa.Context, user: User, course: Course): Promise<void> {
  const refusal = await refusalOf(hub, user, course)
  if (refusal === undefined) return
  const { caller } = ctx.state
  const isTold = caller?.kind === 'operator' || (caller?.kind === 'user' && isAdmin(hub, caller.user))
  const isSaid = isTold || !(await isSecret(hub, { user, course }))
  throw isSaid ? refusalError(course, refusal) : unknownServer(user, course.slug)
}

/** Returns the course, or its variant that is asked for. Throws where the user may not have that one. */
async function variantFor(hub: Hub, user: User, course: Course, wanted: Wanted): Promise<Course> {
  const variant = findVariant(hub.config.courses, course, wanted)
  if (variant === course) return course
  if (variant === undefined || (await refusalOf(hub, user, variant)) !== undefined) throw notOffered(wanted)
  return variant
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
