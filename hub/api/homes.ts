import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { readClock } from '../db/clock.ts'
import { listHomes } from '../db/homes/home-list.ts'
import { findHome, type Home } from '../db/homes/homes.ts'
import { findUserByName, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { measureHome } from '../homes/copies.ts'
import { adoptHome, releaseHome } from '../homes/lost.ts'
import { keepHome, removeHome, unknownHome } from '../homes/removal.ts'
import { queryOf, readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { adminCalling, only } from './caller.ts'

const dayMilliseconds = 24 * 3600_000

const listing = z.strictObject({
  /** The name of a course, or the id of one that is there no more. */
  course: z.string().max(200).optional(),
  /** Part of the user's name, or of the account's key. */
  user: z.string().max(400).optional(),
  state: z.enum(['making', 'ready', 'found', 'deleting', 'removing']).optional(),
  older_than_days: z.coerce.number().min(0).max(36_500).optional(),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(100),
})
const removal = z.strictObject({
  reason: z.string().max(300).default(''),
  /** `last_used` of the home as the caller saw it. A home that was used since stays. */
  last_used: z.iso.datetime().optional(),
})
const adoption = z.strictObject({ user: z.string().max(400).optional() })
const nothing = z.strictObject({})

/** The API of homes, for admins. */
export function homesApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api/homes' })
  const admin = only(hub, 'admin')

  router.get('/', admin, async (ctx) => {
    const { course, user, state, older_than_days, offset, limit } = readHomeRequest(listing, queryOf(ctx))
    const { total, homes } = await listHomes(hub.db, {
      ...{ offset, limit },
      ...(course !== undefined && { course: courseId(hub, course) }),
      ...(user !== undefined && { search: user }),
      ...(state !== undefined && { state }),
      ...(older_than_days !== undefined && {
        usedBefore: (await readClock(hub.db)) - older_than_days * dayMilliseconds,
      }),
    })
    const next = offset + homes.length
    ctx.body = { homes: homes.map(present), total, next: homes.length > 0 && next < total ? next : null }
  })

  router.get('/:id', admin, async (ctx) => {
    ctx.body = present(await homeIn(hub, ctx))
  })

  router.post('/:id/measure', admin, async (ctx) => {
    readHomeRequest(nothing, await readJson(ctx))
    const { id } = await homeIn(hub, ctx)
    const size = await measureHome(hub, id, AbortSignal.any([hub.stopping, AbortSignal.timeout(mostMilliseconds)]))
    ctx.body = { ...present(await homeIn(hub, ctx)), enforced_bytes: size?.limit ?? null }
  })

  router.delete('/:id', admin, async (ctx) => {
    const { reason, last_used } = readHomeRequest(removal, await readJson(ctx))
    const { id } = await homeIn(hub, ctx)
    const seen = last_used === undefined ? {} : { seen: Date.parse(last_used) }
    ctx.status = 202
    ctx.body = present(await removeHome(hub, id, { by: adminCalling(ctx).id, reason, ...seen }))
  })

  router.post('/:id/keep', admin, async (ctx) => {
    readHomeRequest(nothing, await readJson(ctx))
    const { id } = await homeIn(hub, ctx)
    ctx.body = present(await keepHome(hub, id, { by: adminCalling(ctx).id }))
  })

  router.post('/:id/release', admin, async (ctx) => {
    readHomeRequest(nothing, await readJson(ctx))
    const { id } = await homeIn(hub, ctx)
    ctx.body = present(await releaseHome(hub, id, { by: adminCalling(ctx).id }))
  })

  router.post('/:id/adopt', admin, async (ctx) => {
    const { user: name } = readHomeRequest(adoption, await readJson(ctx))
    const { id } = await homeIn(hub, ctx)
    const user = name === undefined ? undefined : await requireUserNamed(hub, name)
    ctx.body = present(await adoptHome(hub, id, { by: adminCalling(ctx).id, ...(user && { user }) }))
  })

  return router
}

/** Less than a client waits. */
const mostMilliseconds = 50_000

function present(home: Home) {
  const { id, account, name, course, state, size, bytes, measured, created, lastUsed, holder } = home
  return {
    ...{ id, account, user: name, course, state },
    in_use: holder === undefined ? null : 'server' in holder ? 'server' : 'errand',
    size: size ?? null,
    bytes: bytes ?? null,
    measured: timeOf(measured),
    created: timeOf(created),
    last_used: timeOf(lastUsed),
    removed_at: timeOf(home.removeAt),
    removed_by: home.removedBy ?? null,
    reason: home.reason ?? null,
  }
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(Number(milliseconds)).toISOString()
}

/** Returns the id under which the homes of this course are kept. */
function courseId(hub: Hub, name: string): string {
  const slug = name.toLowerCase()
  return Object.hasOwn(hub.courses.all, slug) ? (hub.courses.all[slug]?.id ?? slug) : slug
}

/** Returns the home that the address names. What is no id never reaches the database. */
export async function homeIn(hub: Hub, ctx: Koa.Context): Promise<Home> {
  const id = String(ctx.params.id)
  const home = /^[a-z0-9]{12,32}$/.test(id) ? await findHome(hub.db, id) : undefined
  if (home !== undefined) return home
  throw unknownHome(id.replace(/[^\w-]/g, '?').slice(0, 32))
}

async function requireUserNamed(hub: Hub, name: string): Promise<User> {
  const user = await findUserByName(hub.db, name)
  if (user !== undefined) return user
  throw new HttpError(404, 'unknown_user', `There is no user ${name.slice(0, 100)}.`)
}

export function readHomeRequest<T>(schema: z.ZodType<T>, input: unknown): T {
  const read = schema.safeParse(input)
  if (read.success) return read.data
  throw new HttpError(400, 'bad_home_request', z.prettifyError(read.error))
}
