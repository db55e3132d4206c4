import type Koa from 'koa'
import type { Authenticator, Identity } from '../../authenticators/authenticator.ts'
import { isTemporaryName, learnerPrefix } from '../../net/machine/account-names.ts'
import { say } from '../../words/text.ts'
import { hashSecret } from '../db/ids.ts'
import type { Precondition, SessionContent } from '../db/sessions.ts'
import {
  awaitedPrefix,
  chosenPrefix,
  ensureUser,
  findUser,
  type NewUser,
  type User,
  type UserKind,
} from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { isKeptOut, isNamedInConfig } from '../rights/roles.ts'
import { endOpen, stopsAtSignOut } from './ending.ts'
import { regenerate, sessionOf } from './session.ts'
import { SignInFirst } from './sign-in-first.ts'

declare module 'koa' {
  interface DefaultState {
    /** Whether servers of the page's user stop at a sign-out, so that a page must say so before its button does it. */
    stopsAtSignOut?: boolean
  }
}

const kinds: Record<Authenticator['kind'], UserKind> = {
  temporary: 'temporary',
  launch: 'learner',
  password: 'person',
  redirect: 'person',
  header: 'person',
}

/**
 * Returns the account of an identity. Throws when the name belongs to another authenticator's account, when it is a
 * name of another kind of user or one that may not be chosen, and when the account is blocked or being removed.
 */
export async function userOf(hub: Hub, authenticator: Authenticator, identity: Identity, id?: string): Promise<User> {
  refuseForeignName(kinds[authenticator.kind], identity.name)
  const isChosen = authenticator.kind === 'password' && authenticator.namesAreChosen === true
  if (identity.subject.startsWith(awaitedPrefix) || identity.subject.startsWith(chosenPrefix) !== isChosen) {
    throw nameRefused()
  }
  if (isChosen && isNamedInConfig(hub, identity.name)) {
    throw new HttpError(
      403,
      'name_reserved',
      say`The name ${identity.name} is kept for a person who looks after this site. Choose another name.`,
    )
  }
  const account: NewUser = {
    ...(id !== undefined && { id }),
    name: identity.name,
    kind: kinds[authenticator.kind],
    authenticator: authenticator.name,
    subject: identity.subject,
    displayName: identity.displayName,
  }
  const user = await ensureUser(hub.db, account)
  if (user === undefined) {
    throw new HttpError(
      409,
      'name_taken',
      say`The name ${identity.name} belongs to another account here. Ask the people who run this site to change one of the two.`,
    )
  }
  refuseState(user)
  return user
}

/** Throws for a blocked or vanishing account, whichever authenticator vouches for the person. */
function refuseState(user: User): void {
  if (user.state === 'blocked') {
    throw new HttpError(
      403,
      'user_blocked',
      say`This account is blocked here. Ask the people who run this site why, and what to do.`,
    )
  }
  if (user.state === 'deleting') {
    throw new HttpError(409, 'user_gone', say`This account is being removed. Try again in a minute.`)
  }
}

/**
 * Throws for a name of another kind of user. Each kind has names of its own, so that no authenticator's answer can ever
 * be another kind's account.
 */
function refuseForeignName(kind: UserKind, name: string): void {
  const looks: UserKind = name.startsWith(learnerPrefix) ? 'learner' : isTemporaryName(name) ? 'temporary' : 'person'
  const isEmpty = name.trim() === ''
  const isPlain = name.length <= 128 && !name.startsWith('group:') && !/[\p{Cc}\p{Cs}]/u.test(name)
  if (looks === kind && !isEmpty && isPlain) return
  if (isEmpty) {
    throw new HttpError(
      403,
      'name_refused',
      say`Your account has no name. Ask the people who run this site to give it one.`,
    )
  }
  throw nameRefused()
}

function nameRefused(): HttpError {
  return new HttpError(
    403,
    'name_refused',
    say`Your account has a name that means something else here. Ask the people who run this site to give it another.`,
  )
}

/**
 * Returns the user of this browser's session; undefined when there is none, or when the account may not be used with a
 * browser.
 */
export async function currentUser(hub: Hub, ctx: Koa.Context): Promise<User | undefined> {
  const { user: id } = sessionOf(ctx)
  const user = id === undefined ? undefined : await findUser(hub.db, id)
  if (user?.state !== 'active' || isKeptOut(hub, user)) return undefined
  ctx.state.stopsAtSignOut = stopsAtSignOut(hub, user)
  ctx.state.user = user
  return user
}

/** Returns the session's user; throws `SignInFirst` when there is none. */
export async function requireUser(hub: Hub, ctx: Koa.Context): Promise<User> {
  const user = await currentUser(hub, ctx)
  if (user === undefined) throw new SignInFirst(ctx)
  return user
}

/** What a session says of the way on which its user came in. */
export type CameBy = Pick<SessionContent, 'gate' | 'gateway'>

interface SignInOptions extends CameBy {
  sessionId?: string
  precondition?: Precondition
  framed?: boolean
}

/**
 * Signs the user in with this browser. One browser has one identity: what an earlier user of the session had open ends.
 * `sessionId` is the id that a first-visit nonce stands for, so that every frame of a page ends in one session.
 * `precondition` must hold when the session is made: a sign-out that ends what brought the user here must end this
 * session too, or keep it from being made.
 */
export async function signIn(hub: Hub, ctx: Koa.Context, user: User, options: SignInOptions = {}): Promise<void> {
  if (isKeptOut(hub, user)) {
    throw new HttpError(
      403,
      'role_kept_out',
      say`You have a role at this site, and here learners' notebooks stand on the hub's own address: their code could act with your rights. So nobody with a role can sign in with a browser. Whoever runs this site can change that with a host of its own for notebooks.`,
    )
  }
  const content = sessionOf(ctx)
  if (content.user === user.id) return
  if (content.user !== undefined && ctx.state.sessionId) await endOpen(hub, { session: sessionHash(ctx) })
  delete content.signIns
  delete content.gate
  delete content.gateway
  delete content.signOutHint
  content.user = user.id
  if (options.framed !== undefined) content.framed = options.framed
  Object.assign(content, cameBy(options))
  await regenerate(ctx, options)
}

/** Returns what a code says of this session, so that another context of the same browser can become its user. */
export function whoseSession(ctx: Koa.Context, user: User): CameBy & { user: string; session: string } {
  return { user: user.id, session: sessionHash(ctx), ...cameBy(sessionOf(ctx)) }
}

/** Returns the way on which a session's user came in, for another session of the same user. */
export function cameBy({ gate, gateway }: { [K in keyof CameBy]: CameBy[K] | undefined }): CameBy {
  return { ...(gate !== undefined && { gate }), ...(gateway !== undefined && { gateway }) }
}

/** Returns the hash of this browser's session, by which launches, tickets and seats know it. */
export function sessionHash(ctx: Koa.Context): string {
  if (ctx.state.sessionId === undefined || ctx.state.sessionId === '')
    throw new Error('no session to take a form key from')
  return hashSecret(ctx.state.sessionId)
}
