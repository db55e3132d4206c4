import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { differs } from '../../courses/choices.ts'
import type { Course } from '../../courses/course.ts'
import { hasAnswers } from '../../courses/questions/answers.ts'
import { findVariant, type Wanted } from '../../courses/variants.ts'
import { tally } from '../../metrics/tally.ts'
import { requireOffered } from '../choices/offered.ts'
import { type PresentRun, presentOf } from '../choices/shown.ts'
import type { Transaction } from '../db/dialect.ts'
import { activityOf } from '../db/servers/activity.ts'
import { isAtRest, isRunning } from '../db/servers/server-states.ts'
import { findServerOf, type Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { requireWarned } from '../ends/warned.ts'
import { HttpError } from '../errors.ts'
import { hasLeft, readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { requireAnswers } from '../questions/asked.ts'
import { isSecret, notOffered, refusalError, refusalOf } from '../rights/opening.ts'
import { isAdmin } from '../rights/roles.ts'
import { requestServer, whenLaunched } from '../servers/request.ts'
import { stopServer } from '../servers/stop.ts'
import { only, userCalling } from './caller.ts'
import { changed, userNamed } from './users.ts'

const condition = z.strictObject({
  run: z.int().optional(),
  last_activity: z.iso.datetime().optional(),
  reason: z.string().max(300).optional(),
})
/**
 * The options of a start, as links say them: which variant of the course it is, what of the course's choices is wanted, and
 * answers to its questions. The course says everything else.
 */
const options = z
  .object({
    tag: z.string().max(63).toLowerCase().optional(),
    app: z.string().max(63).toLowerCase().optional(),
    needs_gpu: z.union([z.boolean(), z.string().transform((text) => text !== '')]).default(false),
  })
  .catchall(z.string().max(8000))
/** JupyterHub 6 has the options in a field of their own. Before that they were the whole body. */
const startBody = z.union([z.strictObject({ user_options: options }).transform((body) => body.user_options), options])

const patienceMilliseconds = 10_000

/**
 * The API of servers: starts and stops them as JupyterHub's clients expect it, and stops them under a condition for the
 * culler.
 */
export function serversApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/users/:name' })
  const addresses = ['/servers/:server', '/servers', '/server']

  router.post(addresses, only(hub, 'admin', 'self'), async (ctx) => {
    const body = startBody.safeParse((await readJson(ctx)) ?? {})
    if (!body.success) throw noOptions({ choices: {}, questions: {} })
    const { tag, app, needs_gpu: gpu, ...words } = body.data
    const user = await userNamed(hub, ctx)
    const slug = slugOf(hub, ctx)
    if (!Object.hasOwn(hub.courses.all, slug)) await hub.courses.refresh()
    const whole = Object.hasOwn(hub.courses.all, slug) ? hub.courses.all[slug] : undefined
    if (whole === undefined) throw unknownServer(user, slug)
    await requireOpenFor(hub, ctx, user, whole)
    const course = await variantFor(hub, user, whole, { tag: tag || undefined, app: app || undefined, gpu })
    const { choices, questions } = course
    if (Object.keys(words).some((name) => !Object.hasOwn(choices, name) && !Object.hasOwn(questions, name)))
      throw noOptions(course)
    const said = { asked: new Map(Object.entries(words).map(([name, word]) => [name, [word]] as const)) }
    const asked = { chosen: requireOffered(hub, user, course, said), answers: requireAnswers(course, said) }
    const present = await findServerOf(hub.db, user.id, course.slug)
    if (present?.state === 'ready')
      throw new HttpError(400, 'already_running', `${user.name}:${course.slug} is already running`)
    if (present !== undefined) await requireSame(hub, user, present, asked)
    const begun = await requestServer(hub, user, course, {
      ...{ by: startedBy(ctx), asked: asked.chosen, answers: asked.answers },
    })
    await requireSame(hub, user, begun, asked)
    const server = await whenLaunched(hub, begun, patienceOf(ctx))
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
    const { run, last_activity } = seen.data
    if (run !== undefined && run !== server.run) throw changed()
    const activity = last_activity === undefined ? undefined : Date.parse(last_activity)
    const kind = ctx.state.caller?.kind === 'culler' ? 'culled' : 'stopped'
    const by = ctx.state.caller?.kind === 'operator' ? { by: 'operator' } : {}
    const event = { kind, detail: { reason: seen.data.reason ?? '', ...by } } as const
    const isIdle = activity !== undefined
    const precondition = isIdle ? (trx: Transaction) => requireIdle(hub, trx, server, activity) : undefined
    if (!(await stopServer(hub, server, { event, precondition }))) throw changed()
    // The culler names an activity only where it stops a server for its idleness.
    if (kind === 'culled') tally(hub.counters.culls, isIdle ? 'idle' : 'age')
  })

  return router
}

/** Returns a signal that aborts when the client has waited long enough, or has left. */
function patienceOf(ctx: Koa.Context): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(patienceMilliseconds), hasLeft(ctx)])
}

/** Returns who asks for a start, behind `only(hub, 'admin', 'self')`. */
function startedBy(ctx: Koa.Context): User | 'operator' {
  return ctx.state.caller?.kind === 'operator' ? 'operator' : userCalling(ctx).user
}

/**
 * Returns the name of the server that the address means. JupyterHub's one server without a name is the server of the
 * only course. Where there are several courses there is no such server, nor where the course is hidden: its name would show.
 */
function slugOf(hub: Hub, ctx: Koa.Context): string {
  if (ctx.params.server !== undefined) return String(ctx.params.server)
  const whole = Object.values(hub.courses.all).filter(({ variantOf }) => variantOf === undefined)
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
  const variant = findVariant(hub.courses.all, course, wanted)
  if (variant === course) return course
  if (variant === undefined || (await refusalOf(hub, user, variant)) !== undefined) throw notOffered(wanted)
  return variant
}

/** Throws for a server that is on its way with something else than is asked for. It must be stopped first. */
async function requireSame(hub: Hub, user: User, server: Server, asked: PresentRun): Promise<void> {
  if (!isRunning(server)) return
  const present = await presentOf(hub, server)
  if (!differs(asked.chosen, present.chosen) && hasAnswers(present.answers, asked.answers)) return
  const message = `${user.name}:${server.course} is on its way already, with something else than you ask for. Stop it first.`
  throw new HttpError(400, 'other_choice', message)
}

function noOptions({ choices, questions }: Pick<Course, 'choices' | 'questions'>): HttpError {
  const names = ['tag', 'app', 'needs_gpu', ...Object.keys(choices), ...Object.keys(questions)].join(', ')
  const message = `Servers take no options here but ${names}, which are texts: send an object with these, or nothing.`
  return new HttpError(400, 'no_options', message)
}

function unknownServer(user: User, slug: string): HttpError {
  return new HttpError(404, 'unknown_server', `${user.name} has no server named ${slug}.`)
}

/** Throws when the server was active since this time, or when an open desk of it was not warned yet. */
async function requireIdle(hub: Hub, trx: Transaction, server: Server, since: number): Promise<void> {
  const { lastActivity } = (await activityOf(trx, [server.id])).get(server.id) ?? {}
  if (lastActivity !== since) throw changed()
  await requireWarned(hub, trx, server, since)
}
