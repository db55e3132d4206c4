/** Users' API tokens, for programs that act as a user, with everything that is the user's own and nothing else. */

import { isUserToken } from '../../seats/explicit-token.ts'
import { say } from '../../words/text.ts'
import { addEvent } from '../db/events.ts'
import type { Precondition } from '../db/sessions.ts'
import {
  addToken,
  countTokensOf,
  deleteToken,
  expiredTokens,
  sessionOfToken,
  type Token,
  tokensMadeByOthers,
  type UsedToken,
  useToken,
} from '../db/tokens.ts'
import { findUser, lockUser, type User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { countToken } from '../http/limits.ts'
import type { Hub } from '../hub.ts'
import type { Delivery } from '../proxies/clients.ts'
import { isAdmin } from '../rights/roles.ts'
import { endOpen } from './ending.ts'

export type Bearer = Omit<UsedToken, 'maker'>

/** Returns the token with its user, if the token counts now. */
export async function bearerOf(hub: Hub, secret: string): Promise<Bearer | undefined> {
  const used = isUserToken(secret) ? await useToken(hub.db, secret) : undefined
  return used !== undefined && mayHaveTokens(used.user) && isStillGood(hub, used.token, used.maker) ? used : undefined
}

/**
 * Returns whether the maker of a token has kept the right to it. A token that an admin made in another's name is good
 * for as long as its maker is an admin.
 */
function isStillGood(hub: Hub, { madeBy }: Token, maker: UsedToken['maker']): boolean {
  return madeBy === undefined || (maker !== undefined && isAdmin(hub, maker))
}

/**
 * Returns whether the user may have tokens. A learner's id comes from the pages of an LMS, so a learner holds no token,
 * whatever the table says.
 */
export function mayHaveTokens(user: User): boolean {
  return user.state === 'active' && user.kind !== 'learner'
}

const tokensPerUser = 100
const usualSeconds = 90 * 86_400

/** Returns how long a new token lives when no lifetime is given. */
export function usualTokenSeconds(hub: Hub): number {
  return Math.min(usualSeconds, hub.config.tokens.maxSeconds)
}

/**
 * Makes a token and returns it with its secret, which is to be shown once. `by` is the user who asks, perhaps an admin
 * in the user's name. `precondition` is that the session or token that asks is still there.
 */
export async function makeToken(
  hub: Hub,
  user: User,
  {
    note,
    seconds,
    precondition,
    by,
  }: { note: string; seconds: number | undefined; precondition: Precondition; by: User },
): Promise<{ token: Token; secret: string }> {
  const { maxSeconds } = hub.config.tokens
  if (seconds !== undefined && seconds > maxSeconds) {
    throw new HttpError(
      400,
      'expires_too_late',
      say`A token lives ${maxSeconds} seconds at most here. Ask for a shorter time.`,
    )
  }
  countToken(hub, by)
  const madeBy = by.id === user.id ? {} : { madeBy: by.id }
  return hub.db.transaction(async (trx) => {
    const locked = await lockUser(trx, user.id)
    if (locked === undefined || !mayHaveTokens(locked)) {
      throw new HttpError(403, 'no_tokens', say`This account can have no API tokens.`)
    }
    if (!(await precondition(trx)))
      throw new HttpError(401, 'sign_in', say`You have signed out meanwhile. Sign in again.`)
    if ((await countTokensOf(trx, user.id)) >= tokensPerUser) {
      throw new HttpError(
        409,
        'too_many_tokens',
        say`You have ${tokensPerUser} API tokens, which is the most. Revoke one that you do not use any more.`,
        [{ href: '/hub/token', text: say`Show my tokens` }],
      )
    }
    const made = await addToken(trx, {
      user: user.id,
      note,
      milliseconds: (seconds ?? usualTokenSeconds(hub)) * 1000,
      ...madeBy,
    })
    const detail = { token: made.token.id, ...(by.id !== user.id && { by: by.id }) }
    await addEvent(trx, { kind: 'token-made', user: user.id, detail })
    return made
  })
}

/** Revokes the token: it opens nothing any more, and what it holds open ends at all proxies, before this resolves. */
export async function revokeToken(hub: Hub, token: Token): Promise<Delivery> {
  return endOpen(hub, { session: sessionOfToken(token.id) }, async (trx) => {
    // An admission that is under way holds this row, so that its seat is there to be ended.
    if (!(await deleteToken(trx, token.id))) return
    await addEvent(trx, { kind: 'token-ended', user: token.user, detail: { token: token.id } })
  })
}

/** Revokes expired tokens, so that what they still hold open ends too, and tokens whose maker is no admin any more. */
export async function expireTokens(hub: Hub): Promise<void> {
  for (const token of await expiredTokens(hub.db)) await revokeToken(hub, token)
  await reviewTokens(hub)
}

/**
 * Revokes the tokens that a former admin made in another's name. A role goes with a change of the config, with a block, or
 * with a group.
 */
export async function reviewTokens(hub: Hub): Promise<void> {
  for (const token of await tokensMadeByOthers(hub.db)) {
    const maker = token.madeBy === undefined ? undefined : await findUser(hub.db, token.madeBy)
    if (!isStillGood(hub, token, maker)) await revokeToken(hub, token)
  }
}
