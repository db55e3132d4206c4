import type Koa from 'koa'
import type { Config } from '../../config/config.ts'
import { type Buckets, type ClientBuckets, createBuckets, createClientBuckets } from '../../net/bucket.ts'
import { hashSecret } from '../db/ids.ts'
import { HttpError, TooMany } from '../errors.ts'
import { clientOf, type KnowsProxies } from './client.ts'

/**
 * What one client may do how often. A whole school may sit behind one address: so what succeeds is hardly counted, and
 * nothing that somebody does elsewhere locks an account.
 */
export interface RequestLimits {
  /** By user: what leaves a row for good … */
  launches: Buckets
  tokens: Buckets
  shares: Buckets
  seats: Buckets
  /** … and by address. */
  newUsers: ClientBuckets
  signIns: ClientBuckets
  /** Wrong passwords and unknown tokens, by address … */
  failures: ClientBuckets
  /** … and wrong passwords, by address and account. */
  failuresOfAccount: ClientBuckets
}

/** What counting takes of a hub. */
type Limiting = KnowsProxies & { limits: RequestLimits }

export function openLimits({ limits }: Pick<Config, 'limits'>): RequestLimits {
  return {
    launches: createBuckets(limits.launchesPerUser),
    tokens: createBuckets(limits.tokensPerUser),
    shares: createBuckets(limits.sharesPerUser),
    seats: createBuckets(limits.launchesPerUser),
    newUsers: createClientBuckets(limits.newUsersPerAddress),
    signIns: createClientBuckets(limits.signInsPerAddress),
    failures: createClientBuckets(limits.failuresPerAddress),
    failuresOfAccount: createClientBuckets(limits.failuresPerAccount),
  }
}

/** A user is about to open something. */
export function countLaunch(hub: Limiting, user: { id: string }): void {
  countOf(hub.limits.launches, user, 'You opened too much at once.')
}

/** A user is about to make an API token, perhaps in another's name. */
export function countToken(hub: Limiting, user: { id: string }): void {
  countOf(hub.limits.tokens, user, 'You made too many API tokens at once.')
}

/** A user is about to share a notebook. Ending a share is never counted. */
export function countShare(hub: Limiting, user: { id: string }): void {
  countOf(hub.limits.shares, user, 'You shared too much at once.')
}

/** A user's program is about to take a seat that it has not had. */
export function countSeat(hub: Limiting, user: { id: string }): void {
  countOf(hub.limits.seats, user, 'Your programs opened too much at once.')
}

function countOf(buckets: Buckets, user: { id: string }, message: string): void {
  const seconds = buckets.take(user.id)
  if (seconds > 0) throw new TooMany(seconds, `${message} Try again in ${seconds} s.`)
}

/** A new temporary user or learner is about to be made for this request. */
export function countNewUser(hub: Limiting, ctx: Koa.Context): void {
  const seconds = hub.limits.newUsers.take(clientOf(hub, ctx))
  if (seconds > 0) throw tooMany(ctx, seconds, 'Many people have just come from where you are. Please wait')
}

/** Somebody is about to be sent to an identity provider. */
export function countSignIn(hub: Limiting, ctx: Koa.Context): void {
  const seconds = hub.limits.signIns.take(clientOf(hub, ctx))
  if (seconds > 0) throw tooMany(ctx, seconds, 'Many people are just signing in from where you are. Please wait')
}

/** Checks a credential, of which only wrong ones count. `account` is the name that comes with a password. */
export async function counted<T>(
  hub: Limiting,
  ctx: Koa.Context,
  account: string | undefined,
  check: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const { failures, failuresOfAccount } = hub.limits
  const client = clientOf(hub, ctx)
  const taken: [ClientBuckets, string][] = []
  const giveBack = () => {
    for (const [buckets, about] of taken) buckets.giveBack(client, about)
  }
  const wanted: [ClientBuckets, string][] = [[failures, '']]
  // First, so that guessing at one account does not keep the neighbours out.
  if (account !== undefined) wanted.unshift([failuresOfAccount, hashSecret(account.toLowerCase())])
  for (const [buckets, about] of wanted) {
    const seconds = buckets.take(client, about)
    if (seconds > 0) {
      giveBack()
      throw tooMany(ctx, seconds, 'There were too many wrong tries from where you are. Please wait')
    }
    taken.push([buckets, about])
  }
  try {
    const found = await check()
    if (found !== undefined) giveBack()
    return found
  } catch (error) {
    giveBack()
    throw error
  }
}

function tooMany(ctx: Koa.Context, seconds: number, message: string): HttpError {
  ctx.set('Retry-After', String(seconds))
  const time = seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
  return new HttpError(429, 'too_many', `${message} ${time === '1 seconds' ? 'a second' : time}, then try again.`)
}
