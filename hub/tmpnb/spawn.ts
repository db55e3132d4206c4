import type Koa from 'koa'
import type { TemporaryAuthenticator } from '../../authenticators/authenticator.ts'
import type { TmpnbSettings } from '../../config/sections/tmpnb.ts'
import type { Course } from '../../courses/course.ts'
import { isSameSecret } from '../../net/same-secret.ts'
import { retold } from '../../words/kept.ts'
import { say } from '../../words/text.ts'
import { removeUserNow } from '../access/ending.ts'
import { makeToken } from '../access/user-tokens.ts'
import { givenToken } from '../api/caller.ts'
import { addEvent } from '../db/events.ts'
import { findMaintenance } from '../db/installation.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { ensureUser, type User } from '../db/users.ts'
import { HttpError, TooMany } from '../errors.ts'
import { counted, countNewUser } from '../http/limits.ts'
import { hasLeft } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { refuseInMaintenance } from '../rights/maintenance.ts'
import { requestServer, whenLaunched } from '../servers/request.ts'
import { isFromListed } from './origins.ts'
import { statsOf } from './stats.ts'

/** How long a page waits for its server: less than web servers in front wait for an answer. */
const patienceMilliseconds = 55_000
const secondsToRetry = 60

/**
 * Throws unless the request may have a server: a page's must be of a listed origin, and all must show the token where the
 * config has one. Without a token of the config only pages may ask, and only where visitors come in without a gate.
 */
export async function requireSpawner(
  hub: Hub,
  ctx: Koa.Context,
  { apiToken, course }: { apiToken: TmpnbSettings['apiToken']; course: Course },
): Promise<void> {
  const isOfPage = ctx.req.headers.origin !== undefined
  if (isOfPage && !isFromListed(ctx, course))
    throw new HttpError(
      403,
      'origin_foreign',
      say`Pages of this site get no servers here: its origin is not in the course's cors.`,
    )
  if (apiToken !== undefined) return requireToken(hub, ctx, apiToken)
  if (!isOfPage || temporaryOf(hub).behind !== undefined) throw badToken()
}

/** Throws unless the request shows this token. Wrong ones are counted by their address. */
export async function requireToken(hub: Hub, ctx: Koa.Context, token: string): Promise<void> {
  const given = givenToken(ctx) ?? ''
  const isRight = await counted(hub, ctx, undefined, async () => isSameSecret(given, token) || undefined)
  if (isRight === undefined) throw badToken()
}

function badToken(): HttpError {
  return new HttpError(403, 'bad_token', say`Missing or invalid credentials.`)
}

/**
 * Makes a visitor with a server in the course, and returns the server's path with the visitor's API token in its query,
 * once the server runs. The visitor goes again where nothing comes of it, or where the client has left.
 */
export async function spawn(hub: Hub, ctx: Koa.Context, course: Course): Promise<string> {
  // Counts first, since what follows costs the database something, also where it is refused.
  countNewUser(hub, ctx)
  refuseInMaintenance(hub, { maintenance: await findMaintenance(hub.db), user: undefined, course })
  const { available } = await statsOf(hub, course)
  if (available === 0) throw full()
  const over = AbortSignal.any([AbortSignal.timeout(patienceMilliseconds), hasLeft(ctx), hub.stopping])
  const user = await makeVisitor(hub)
  try {
    const server = await whenLaunched(hub, await requestServer(hub, user, course), over)
    if (server.state !== 'ready' && server.failure !== undefined)
      throw new HttpError(503, 'start_failed', retold(server.failure))
    if (server.state !== 'ready' || ctx.res.destroyed) throw full()
    const ask = { note: 'tmpnb', seconds: undefined, precondition: async () => true, by: user }
    const { secret } = await makeToken(hub, user, ask)
    hub.log.info({ user: user.id, course: course.slug, ...keyOf(server) }, 'spawned for a program')
    return `${server.path}?token=${secret}`
  } catch (error) {
    await removeUserNow(hub, { admin: { id: 'tmpnb' }, user })
    throw error
  }
}

function full(): TooMany {
  return new TooMany(secondsToRetry, say`There is no room for another server just now.`)
}

async function makeVisitor(hub: Hub): Promise<User> {
  const { name: authenticator, create } = temporaryOf(hub)
  const { name, subject } = create()
  return hub.db.transaction(async (trx) => {
    const user = await ensureUser(trx, { name, subject, kind: 'temporary', authenticator })
    if (user === undefined) throw new Error('a random name was taken')
    await addEvent(trx, { kind: 'signed-in', user: user.id, detail: { authenticator, by: 'tmpnb' } })
    return user
  })
}

function temporaryOf({ config }: Pick<Hub, 'config'>): TemporaryAuthenticator {
  const found = config.authenticators.find((one) => one.kind === 'temporary')
  if (found === undefined) throw new Error('the config has tmpnb without temporary()')
  return found
}
