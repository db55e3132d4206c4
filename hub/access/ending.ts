/** Ends what users have open: of a session, of a user, at a block and at a removal. */
import type Koa from 'koa'
import { inParallel } from '../../net/in-parallel.ts'
import { say } from '../../words/text.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import { hashSecret } from '../db/ids.ts'
import { endNonces } from '../db/nonces.ts'
import { endSeats, type SeatHolder } from '../db/seats/seats.ts'
import { cancelRestarts, moveRevision } from '../db/servers/server-moves.ts'
import { type Server, serversOf } from '../db/servers/servers.ts'
import { deleteTokensMadeBy, deleteTokensOf, sessionOfToken } from '../db/tokens.ts'
import { findUser, lockUser, setUserState, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import type { Delivery } from '../proxies/clients.ts'
import { routeOf } from '../proxies/route.ts'
import { evict, evictionAtSignOut, evictions } from '../servers/evict.ts'
import { deleteNonceCookies } from './cookies.ts'
import { reviewGuests } from './guests.ts'
import { keeperOf } from './keepers.ts'
import { endSession, sessionOf } from './session.ts'

/**
 * Ends every seat, launch and ticket of a session or a user, at all proxies, before this resolves. `first` is done in
 * the same transaction, and keeps new seats from being taken.
 */
export async function endOpen(
  hub: Hub,
  holder: SeatHolder,
  first?: (trx: Transaction) => Promise<void>,
): Promise<Delivery> {
  const moved = await hub.db.transaction(async (trx) => {
    await first?.(trx)
    return endRows(trx, holder)
  })
  return deliver(hub, moved)
}

async function endRows(trx: Transaction, holder: SeatHolder): Promise<Server[]> {
  // Nonces first: one of the last minute would bring the same user back, with the same session.
  if ('user' in holder) await endWaysBack(trx, holder.user)
  const seated = await endSeats(trx, holder)
  const own = 'user' in holder ? (await serversOf(trx, [holder.user])).map((server) => server.id) : []
  const moved: Server[] = []
  for (const id of new Set([...seated, ...own])) {
    const server = await moveRevision(trx, id, { endsOwnSeats: own.includes(id) })
    if (server !== undefined) moved.push(server)
  }
  return moved
}

/**
 * Ends the user's nonces under a lock on the user. A session that is being made now waits for the lock and then is not
 * made, or is made before it and then ended.
 */
async function endWaysBack(trx: Transaction, user: string): Promise<void> {
  await lockUser(trx, user)
  await endNonces(trx, user)
}

async function deliver(hub: Hub, servers: Server[]): Promise<Delivery> {
  const unconfirmed = new Set<string>()
  await inParallel(16, servers, async (server) => {
    for (const url of await hub.proxies.put(await routeOf(hub, server))) unconfirmed.add(url)
  })
  return { proxies: hub.proxies.all.length, unconfirmed: [...unconfirmed] }
}

/**
 * Returns whether the user's servers stop when the user signs out. Those of a temporary user always do, since there is
 * no way back to them; those of others where the config says so.
 */
export function stopsAtSignOut(hub: Hub, user: User): boolean {
  return user.kind === 'temporary' || hub.config.sessions.stopServersAtSignOut
}

/**
 * Signs this browser out; with `everywhere` all others of the same user too. A temporary user has no way back, so
 * everything of such a user ends, API tokens as well.
 */
export async function signOut(hub: Hub, ctx: Koa.Context, { everywhere = false } = {}): Promise<Delivery> {
  const { user: id } = sessionOf(ctx)
  const user = id === undefined ? undefined : await findUser(hub.db, id)
  const isForGood = user?.kind === 'temporary'
  const isStopping = user !== undefined && stopsAtSignOut(hub, user)
  const delivery = await endOpen(
    hub,
    user !== undefined && (everywhere || isForGood)
      ? { user: user.id }
      : { session: hashSecret(ctx.state.sessionId ?? '') },
    async (trx) => {
      if (user === undefined) return
      await endWaysBack(trx, user.id)
      if (isForGood) await deleteTokensOf(trx, user.id)
      if (isStopping) await cancelRestarts(trx, user.id)
    },
  )
  if (isStopping) await evict(hub, evictionAtSignOut(user))
  const detail = everywhere ? { detail: { everywhere } } : {}
  if (user !== undefined) await addEvent(hub.db, { kind: 'signed-out', user: user.id, ...detail })
  endSession(ctx, hub.hubUrl)
  deleteNonceCookies(ctx)
  return delivery
}

/** An admin, and the user to whose account the admin does something. */
export interface ByAdmin {
  /** An admin's id, or `operator` for commands on the hub's machine. */
  admin: Pick<User, 'id'>
  user: User
}

/** Signs the user out of every browser. */
export async function signOutUser(hub: Hub, { admin, user }: ByAdmin): Promise<Delivery> {
  const delivery = await endOpen(hub, { user: user.id })
  await addEvent(hub.db, { kind: 'signed-out', user: user.id, detail: { everywhere: true, by: admin.id } })
  return delivery
}

/** Blocks the account: no sign-in reaches it, what is open ends and servers stop; nothing is lost. */
export async function blockUser(hub: Hub, { admin, user }: ByAdmin): Promise<Delivery> {
  refuseYourself(admin, user)
  return shut(hub, user, 'blocked', { kind: 'user-blocked', detail: { by: admin.id } })
}

export async function unblockUser(hub: Hub, { admin, user }: ByAdmin): Promise<void> {
  await hub.db.transaction(async (trx) => {
    const locked = await lockUser(trx, user.id)
    if (locked?.state !== 'blocked') return
    await setUserState(trx, user.id, 'active')
    await addEvent(trx, { kind: 'user-unblocked', user: user.id, detail: { by: admin.id } })
  })
}

/**
 * Removes the account for good, with its servers and their files, once everything has stopped. Its password goes first,
 * where an authenticator of this hub keeps it, so that the person cannot come back meanwhile.
 */
export async function removeUserNow(hub: Hub, { admin, user }: ByAdmin): Promise<Delivery> {
  refuseYourself(admin, user)
  await keeperOf(hub, user)?.accounts.remove(user.name)
  return shut(hub, user, 'deleting', { kind: 'user-removal', detail: { by: admin.id } })
}

function refuseYourself(admin: Pick<User, 'id'>, user: User): void {
  if (admin.id !== user.id) return
  throw new HttpError(409, 'yourself', say`This is your own account. Another admin can do that.`)
}

async function shut(
  hub: Hub,
  user: User,
  state: 'blocked' | 'deleting',
  event: { kind: 'user-blocked' | 'user-removal'; detail: { by: string } },
): Promise<Delivery> {
  const moved = await hub.db.transaction(async (trx) => {
    const locked = await lockUser(trx, user.id)
    if (locked === undefined || locked.state === 'deleting') return []
    await setUserState(trx, user.id, state)
    await cancelRestarts(trx, user.id)
    await addEvent(trx, { ...event, user: user.id })
    const moved = await endRows(trx, { user: user.id })
    for (const token of await deleteTokensMadeBy(trx, user.id))
      moved.push(...(await endRows(trx, { session: sessionOfToken(token) })))
    return moved
  })
  const [delivery] = await Promise.all([
    deliver(hub, moved),
    evict(hub, evictions.inactiveUsers),
    reviewGuests(hub, { user: user.id }),
  ])
  return delivery
}
