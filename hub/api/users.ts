import Router from '@koa/router'
import type Koa from 'koa'
import { z } from 'zod'
import { blockUser, removeUserNow, signOutUser, unblockUser } from '../access/ending.ts'
import { makeUsers, newUsersAtOnce } from '../access/new-users.ts'
import { beginRemoval } from '../access/removal.ts'
import { removeVersionsOfUser } from '../access/versions.ts'
import { countListed, listUsers, userOrders, userStates } from '../db/servers/user-list.ts'
import { findUserByName, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { queryOf, readJson } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { version } from '../version.ts'
import { adminCalling, only, userCalling } from './caller.ts'
import { presentNewUsers, presentUsers, scopesOf } from './models.ts'

const mostOfPage = 200
/** The words of JupyterHub. An empty one means as much as none; others that JupyterHub has not are refused. */
const listing = z.object({
  state: z.enum(userStates).or(z.literal('')).optional(),
  name_filter: z.string().max(400).default(''),
  sort: z.enum(userOrders).default('id'),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).optional(),
  include_stopped_servers: z.string().optional(),
})
/** The media type by which JupyterHub's clients ask for a page that says where the next one is. */
const pagination = 'application/jupyterhub-pagination+json'
/** Roles are not given here: `admin` may be false, as JupyterHub's clients send it. */
const newUser = z.strictObject({ admin: z.boolean().optional(), authenticator: z.string().max(32).optional() })
const newUsers = newUser.extend({ usernames: z.array(z.string()).min(1).max(newUsersAtOnce) })
const userChange = z.strictObject({ blocked: z.boolean() })
const userCondition = z.strictObject({ last_activity: z.iso.datetime().optional() })

/** The API of users with their servers: for themselves, for admins, and with all that a culler needs to decide. */
export function usersApi(hub: Hub): Router {
  const router = new Router({ prefix: '/hub/api' })

  // The only request that clients send without a token.
  router.get('/', (ctx) => {
    ctx.body = { version }
  })

  router.get('/user', only(hub, 'user'), async (ctx) => {
    const { user, token } = userCalling(ctx)
    const [model] = await presentUsers(hub, [user])
    ctx.body = { ...model, session_id: null, token_id: token.id, scopes: scopesOf(user) }
  })

  router.get(['/users', '/users/'], only(hub, 'culler', 'admin'), async (ctx) => {
    const asked = queryOf(ctx)
    const query = listing.safeParse(asked)
    if (!query.success)
      throw new HttpError(400, 'bad_page', `This list cannot be made: ${z.prettifyError(query.error)}`)
    const { state, name_filter, sort, offset, include_stopped_servers } = query.data
    const isPaged = ctx.get('Accept').includes(pagination)
    const limit = Math.min(mostOfPage, query.data.limit ?? (isPaged ? 50 : mostOfPage))
    const filter = { state: state === '' ? undefined : state, name: name_filter }
    const users = await listUsers(hub.db, filter, { order: sort, offset, limit })
    const items = await presentUsers(hub, users, { stopped: isSaid(include_stopped_servers) })
    if (!isPaged) {
      ctx.body = items
      return
    }
    const total = await countListed(hub.db, filter)
    const after = offset + limit
    const next = after < total ? { offset: after, limit, url: urlOf(hub, { ...asked, offset: after, limit }) } : null
    ctx.body = { items, _pagination: { offset, limit, total, next } }
  })

  router.post(['/users', '/users/'], only(hub, 'admin'), async (ctx) => {
    const wanted = newUsers.safeParse(await readJson(ctx))
    if (!wanted.success) throw new HttpError(400, 'bad_users', z.prettifyError(wanted.error))
    const made = await madeFor(hub, ctx, wanted.data.usernames, wanted.data)
    ctx.status = 201
    ctx.body = presentNewUsers(hub, made)
  })

  router.post('/users/:name', only(hub, 'admin'), async (ctx) => {
    const wanted = newUser.safeParse(await readJson(ctx))
    if (!wanted.success) throw new HttpError(400, 'bad_users', z.prettifyError(wanted.error))
    const made = await madeFor(hub, ctx, [String(ctx.params.name)], wanted.data)
    ctx.status = 201
    ;[ctx.body] = presentNewUsers(hub, made)
  })

  router.get('/users/:name', only(hub, 'culler', 'admin', 'self'), async (ctx) => {
    const stopped = isSaid(single(queryOf(ctx).include_stopped_servers))
    ;[ctx.body] = await presentUsers(hub, [await userNamed(hub, ctx)], { stopped })
  })

  router.patch('/users/:name', only(hub, 'admin'), async (ctx) => {
    const wanted = userChange.safeParse(await readJson(ctx))
    if (!wanted.success) throw new HttpError(400, 'bad_change', z.prettifyError(wanted.error))
    const change = { admin: adminCalling(ctx), user: await userNamed(hub, ctx) }
    const { blocked } = wanted.data
    const delivery = blocked ? await blockUser(hub, change) : await unblockUser(hub, change)
    ctx.body = { name: change.user.name, blocked, unconfirmed_proxies: delivery?.unconfirmed.length ?? 0 }
  })

  router.post('/users/:name/sign-out', only(hub, 'admin'), async (ctx) => {
    const user = await userNamed(hub, ctx)
    const delivery = await signOutUser(hub, { admin: adminCalling(ctx), user })
    ctx.body = { name: user.name, unconfirmed_proxies: delivery.unconfirmed.length }
  })

  router.delete('/users/:name/versions', only(hub, 'admin'), async (ctx) => {
    const user = await userNamed(hub, ctx)
    ctx.body = { name: user.name, versions: await removeVersionsOfUser(hub, { admin: adminCalling(ctx), user }) }
  })

  router.delete('/users/:name', only(hub, 'culler', 'admin'), async (ctx) => {
    if (ctx.state.caller?.kind !== 'culler') {
      const user = await userNamed(hub, ctx)
      const delivery = await removeUserNow(hub, { admin: adminCalling(ctx), user })
      ctx.status = 202
      ctx.body = { name: user.name, unconfirmed_proxies: delivery.unconfirmed.length }
      return
    }
    const seen = userCondition.safeParse(await readJson(ctx))
    if (!seen.success) throw new HttpError(400, 'bad_condition', z.prettifyError(seen.error))
    const user = await userNamed(hub, ctx)
    // This token is the culler's: it may remove temporary users and no others.
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

/** Makes the accounts that have no account yet; throws 409 when all of them have one. */
async function madeFor(
  hub: Hub,
  ctx: Koa.Context,
  names: string[],
  { admin, authenticator }: z.output<typeof newUser>,
): Promise<User[]> {
  if (admin === true) {
    throw new HttpError(400, 'admins_in_config', 'Only the config file makes admins: name them in its admins.')
  }
  const by = adminCalling(ctx)
  const made = await makeUsers(hub, { names, authenticator, by, precondition: by.precondition })
  if (made.length > 0) return made
  throw new HttpError(
    409,
    'users_exist',
    names.length === 1 ? `User ${names[0]} already exists.` : `All ${names.length} users already exist.`,
  )
}

/**
 * Returns the user whom the address names; throws 404 when there is none, since every caller that gets here may know
 * that.
 */
export async function userNamed(hub: Hub, ctx: Koa.Context): Promise<User> {
  const { name } = ctx.params
  const user = await findUserByName(hub.db, String(name))
  if (user === undefined) throw new HttpError(404, 'unknown_user', `There is no user ${name}.`)
  return user
}

export function changed(): HttpError {
  return new HttpError(409, 'changed', 'Something has happened since you looked; nothing was removed.')
}

/** Returns whether a parameter is on, as JupyterHub reads it: also where it is empty. */
function isSaid(value: string | undefined): boolean {
  return !['0', 'false', undefined].includes(value)
}

/** Returns the address of the same list with these parameters, as the culler and other clients follow it. */
function urlOf(hub: Hub, parameters: Record<string, unknown>): string {
  const pairs = Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)])
  return `${hub.hubUrl}/hub/api/users?${new URLSearchParams(pairs)}`
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
