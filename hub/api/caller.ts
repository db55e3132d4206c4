import type Koa from 'koa'
import { createSecretFinder } from '../../net/same-secret.ts'
import { bearerToken } from '../../seats/explicit-token.ts'
import { bearerOf } from '../access/user-tokens.ts'
import type { Server } from '../db/servers/servers.ts'
import type { Precondition } from '../db/sessions.ts'
import { holdToken, type Token } from '../db/tokens.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { counted } from '../http/limits.ts'
import type { Hub } from '../hub.ts'
import { isAdmin } from '../rights/roles.ts'

declare module 'koa' {
  interface DefaultState {
    /** The caller of the API. */
    caller?: Caller
  }
}

/**
 * The caller of the API, known by the token of the `Authorization` header and by nothing else: no cookie counts there.
 */
export type Caller =
  | { kind: 'proxy' }
  | { kind: 'culler' }
  | { kind: 'metrics' }
  /** On the socket for commands, which knows no other caller. */
  | { kind: 'operator' }
  | { kind: 'user'; user: User; token: Token }
  /** On the internal listener, which knows no other callers. */
  | { kind: 'server'; user: User; server: Server }
  | undefined

/** Sets the caller, for every address of the API and for the metrics. */
export function callers(hub: Hub): Koa.Middleware {
  const { proxyToken: proxy, cullerToken: culler, metricsToken: metrics } = hub.secrets
  const programOf = createSecretFinder({ proxy, culler, metrics })
  return function caller(ctx, next) {
    const given = isOfApi(ctx.path) ? givenToken(ctx) : undefined
    if (given === undefined) return next()
    const kind = programOf(given)
    if (kind === undefined) return asUser(given, ctx, next)
    ctx.state.caller = { kind }
    return next()
  }

  async function asUser(given: string, ctx: Koa.Context, next: Koa.Next): Promise<void> {
    const bearer = await counted(hub, ctx, undefined, () => bearerOf(hub, given))
    if (bearer !== undefined) ctx.state.caller = { kind: 'user', user: bearer.user, token: bearer.token }
    await next()
  }
}

function isOfApi(path: string): boolean {
  return path.startsWith('/hub/api/') || path === '/hub/api' || path === '/hub/metrics'
}

/** Returns the token of the `Authorization` header; undefined when there is none, or more than one header. */
export function givenToken(ctx: Koa.Context): string | undefined {
  const { authorization } = ctx.req.headers
  if (authorization === undefined) return undefined
  // Node keeps the first of several such headers.
  const isOne = ctx.req.rawHeaders.filter((name, at) => at % 2 === 0 && isAuthorization(name)).length === 1
  return isOne ? bearerToken(authorization) : undefined
}

function isAuthorization(name: string): boolean {
  return name.length === 13 && name.toLowerCase() === 'authorization'
}

/** `self` is the user whom the address names as `:name`, `user` is any. */
export type CallerKind = 'proxy' | 'culler' | 'metrics' | 'server' | 'operator' | 'admin' | 'self' | 'user'

/** Lets callers of these kinds pass and refuses all others. What is not a user's own does not exist for that user. */
export function only(hub: Hub, ...kinds: CallerKind[]): Koa.Middleware {
  return function allowed(ctx, next) {
    const { caller } = ctx.state
    if (caller === undefined) throw new HttpError(403, 'bad_token', 'Missing or invalid credentials.')
    if (!kinds.some((one) => isOne(hub, ctx, caller, one))) {
      if (caller.kind === 'user' && kinds.includes('self')) throw notFound()
      throw new HttpError(403, 'not_allowed', 'Your token is good, but what it asks for is not open to it.')
    }
    return next()
  }
}

function isOne(hub: Hub, ctx: Koa.Context, caller: NonNullable<Caller>, kind: CallerKind): boolean {
  if (caller.kind === 'operator') return kind === 'admin' || kind === 'operator'
  if (caller.kind !== 'user') return caller.kind === kind
  switch (kind) {
    case 'user':
      return true
    case 'self':
      return caller.user.name === ctx.params.name
    case 'admin':
      return isAdmin(hub, caller.user)
    default:
      return false
  }
}

/** Returns the user who calls, behind `only(hub, 'user')` or `'self'`. */
export function userCalling(ctx: Koa.Context): { user: User; token: Token } {
  const { caller } = ctx.state
  if (caller?.kind !== 'user') throw new Error('no user calls')
  return caller
}

/** An acting admin: the id that events name, and whether the right to act still holds in a transaction. */
export interface Acting {
  id: string
  precondition: Precondition
}

/** Returns the admin who calls, or the machine's operator, behind `only(hub, 'admin')`. */
export function adminCalling(ctx: Koa.Context): Acting {
  if (ctx.state.caller?.kind === 'operator') return { id: 'operator', precondition: async () => true }
  const { user, token } = userCalling(ctx)
  return { id: user.id, precondition: (trx) => holdToken(trx, token.id) }
}

/** Returns a 404 in JupyterHub's words, for everything that is not there or that the caller may not know of. */
export function notFound(): HttpError {
  return new HttpError(404, 'not_found', 'No access to resources or resources not found.')
}
