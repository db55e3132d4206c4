import type Koa from 'koa'
import type { Config } from '../../config/config.ts'
import { type Buckets, type ClientBuckets, createBuckets, createClientBuckets } from '../../net/bucket.ts'
import { createUnderWay, type UnderWay } from '../../net/under-way.ts'
import { forCount, say, type Text } from '../../words/text.ts'
import { hashSecret } from '../db/ids.ts'
import { HttpError, TooMany } from '../errors.ts'
import { clientOf, type KnowsProxies } from './client.ts'
import { createRoom, type Room } from './room.ts'

/**
 * Limits on how often one client may do something. A whole school may sit behind one address, so successful requests
 * are barely limited, and nothing that one client does locks an account for another.
 */
export interface RequestLimits {
  /** Launches, tokens, shares, answers and seats are counted by user, because each leaves a row for good. */
  launches: Buckets
  tokens: Buckets
  shares: Buckets
  answers: Buckets
  /** Forms with files that are being read. */
  forms: Room
  /** Copies of learners that are being compared with what they were made of, by where they lie. */
  comparisons: Room
  /** Notebooks of learners that are being looked at. */
  looks: UnderWay
  courseChanges: Buckets
  builds: Buckets
  seats: Buckets
  /** Calls of hosts of git, by address, and by the hash of what they call. */
  hookCalls: ClientBuckets
  callsOfHook: Buckets
  /** New users and sign-ins are counted by address. */
  newUsers: ClientBuckets
  signIns: ClientBuckets
  /** Wrong passwords and unknown tokens, by address. */
  failures: ClientBuckets
  /** Wrong passwords, by address and account. */
  failuresOfAccount: ClientBuckets
}

/** The part of a hub that counting needs. */
type Limiting = KnowsProxies & { limits: RequestLimits }

export function openLimits({ limits }: Pick<Config, 'limits'>): RequestLimits {
  return {
    launches: createBuckets(limits.launchesPerUser),
    tokens: createBuckets(limits.tokensPerUser),
    shares: createBuckets(limits.sharesPerUser),
    answers: createBuckets(limits.answersPerUser),
    forms: createRoom({ bytes: 64 * 2 ** 20, ofOneKey: 4 }),
    comparisons: createRoom({ bytes: 512 * 2 ** 20, ofOneKey: 4 }),
    looks: createUnderWay(),
    courseChanges: createBuckets(limits.courseChangesPerUser),
    builds: createBuckets(limits.buildsPerUser),
    seats: createBuckets(limits.launchesPerUser),
    hookCalls: createClientBuckets(limits.hookCallsPerAddress),
    callsOfHook: createBuckets({ burst: 60, perSecond: 1 }),
    newUsers: createClientBuckets(limits.newUsersPerAddress),
    signIns: createClientBuckets(limits.signInsPerAddress),
    failures: createClientBuckets(limits.failuresPerAddress),
    failuresOfAccount: createClientBuckets(limits.failuresPerAccount),
  }
}

/** Counts a launch that a user is about to begin; throws when there are too many, as all of these functions do. */
export function countLaunch(hub: Limiting, user: { id: string }): void {
  countOf(hub.limits.launches, user, say`You opened too much at once.`)
}

/** Counts an API token that a user is about to make, perhaps in another's name. */
export function countToken(hub: Limiting, user: { id: string }): void {
  countOf(hub.limits.tokens, user, say`You made too many API tokens at once.`)
}

/** Counts a share that a user is about to add. Ending a share is never counted. */
export function countShare(hub: Limiting, user: { id: string }): void {
  countOf(hub.limits.shares, user, say`You shared too much at once.`)
}

/**
 * Reads a form with answers that a user sends, while there is room for so many bytes. Throws before anything is read
 * where the user has sent too many, or others send much at the moment.
 */
export async function readingAnswers<T>(
  hub: Limiting,
  { user, bytes }: { user: { id: string }; bytes: number },
  read: () => Promise<T>,
): Promise<T> {
  countOf(hub.limits.answers, user, say`You sent too many answers at once.`)
  const giveBack = hub.limits.forms.take(user.id, bytes)
  if (giveBack === undefined) throw new TooMany(5, say`Many files are being sent just now. Try again in a few seconds.`)
  try {
    return await read()
  } finally {
    giveBack()
  }
}

/** Notebooks that are looked at or merged at once. Each takes up to 100 MB. */
const looksAtOnce = 8

/** Returns what `look` finds in notebooks of a user, one after the other. Throws before anything is read where others look at many. */
export async function looking<T>(
  { limits }: { limits: Pick<RequestLimits, 'looks'> },
  user: string,
  look: () => Promise<T>,
): Promise<T> {
  const leave = limits.looks.take([
    { name: 'all', most: looksAtOnce },
    { name: `user ${user}`, most: 1 },
  ])
  if (leave === undefined)
    throw new TooMany(5, say`Notebooks are being looked at just now, perhaps one of yours. Try again in a moment.`)
  try {
    return await look()
  } finally {
    leave()
  }
}

/** Counts a change of a course that a user is about to make. */
export function countCourseChange(hub: Limiting, user: { id: string }): void {
  countOf(hub.limits.courseChanges, user, say`You changed courses too often at once.`)
}

/** Counts a build of an image that a user is about to ask for. */
export function countBuild(hub: Limiting, user: { id: string }): void {
  countOf(hub.limits.builds, user, say`You asked for too many builds at once.`)
}

/** Counts a seat that a user's program is about to take and has not had. */
export function countSeat(hub: Limiting, user: { id: string }): void {
  countOf(hub.limits.seats, user, say`Your programs opened too much at once.`)
}

/** Counts a call of a host of git, before anything of it is read. */
export function countHookCall(hub: Limiting, ctx: Koa.Context, hash: string): void {
  const seconds = hub.limits.hookCalls.take(clientOf(hub, ctx))
  if (seconds > 0) throw tooMany(ctx, seconds, say`Too many calls have come from this address.`)
  countOf(hub.limits.callsOfHook, { id: hash }, say`This address was called too often.`)
}

function countOf(buckets: Buckets, user: { id: string }, message: Text): void {
  const seconds = buckets.take(user.id)
  if (seconds > 0) throw new TooMany(seconds, say`${message} Try again in ${seconds} s.`)
}

/** Counts a temporary user or learner who is about to be made for this request. */
export function countNewUser(hub: Limiting, ctx: Koa.Context): void {
  const seconds = hub.limits.newUsers.take(clientOf(hub, ctx))
  if (seconds > 0) throw tooMany(ctx, seconds, say`Many people have just come from where you are.`)
}

/** Counts a browser that is about to be sent to an identity provider. */
export function countSignIn(hub: Limiting, ctx: Koa.Context): void {
  const seconds = hub.limits.signIns.take(clientOf(hub, ctx))
  if (seconds > 0) throw tooMany(ctx, seconds, say`Many people are just signing in from where you are.`)
}

/**
 * Returns what `check` finds for a credential, of which only wrong ones count. `account` is the name that comes with a
 * password.
 */
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
  // The account first, so that guesses at one account do not keep its neighbours out.
  if (account !== undefined) wanted.unshift([failuresOfAccount, hashSecret(account.toLowerCase())])
  for (const [buckets, about] of wanted) {
    const seconds = buckets.take(client, about)
    if (seconds > 0) {
      giveBack()
      throw tooMany(ctx, seconds, say`There were too many wrong tries from where you are.`)
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

function tooMany(ctx: Koa.Context, seconds: number, message: Text): HttpError {
  ctx.set('Retry-After', String(seconds))
  const minutes = Math.ceil(seconds / 60)
  const time =
    seconds < 90
      ? forCount(seconds, say`a second`, say`${seconds} seconds`)
      : forCount(minutes, say`a minute`, say`${minutes} minutes`)
  return new HttpError(429, 'too_many', say`${message} Please wait ${time}, then try again.`)
}
