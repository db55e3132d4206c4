/** What a browser is told that asks for a page which is not for it: without a user, or for a user without the right. */

import type Koa from 'koa'
import { signOutLink } from '../../seats/links.ts'
import { type Said, say } from '../../words/text.ts'
import type { User } from '../db/users.ts'
import { type ErrorLink, HttpError } from '../errors.ts'
import { hasLostSession } from './session.ts'

/** Thrown for what only a signed-in user may see or do. In place of a page comes the sign-in page. */
export class SignInFirst extends HttpError {
  /** The address of the sign-in page. */
  readonly signIn: string
  constructor(ctx: Koa.Context) {
    const signIn = signInLink(pageOf(ctx))
    const message = hasLostSession(ctx)
      ? say`Your session has ended. Sign in again.`
      : say`You are not signed in. Sign in to go on.`
    super(401, 'sign_in', message, [{ href: signIn, text: say`Sign in` }])
    this.signIn = signIn
  }
}

/** Returns the address of the sign-in page, from which a person goes on to `next`. */
export function signInLink(next: string): string {
  return `/hub/login?next=${encodeURIComponent(next)}`
}

/**
 * Returns the link to a sign-in that leads on to `next`. A user who is here already signs out first, and reads what that
 * ends.
 */
export function signInToGoOn(user: { id?: string; kind: User['kind'] } | undefined, next: string): ErrorLink {
  if (user?.id === undefined) return { href: signInLink(next), text: say`Sign in` }
  return { href: signOutLink(next), text: user.kind === 'temporary' ? say`Sign in` : say`Sign in as another user` }
}

/**
 * Returns the refusal of what is for users with a role only. `whose` says for whom it is, and must not depend on what
 * exists.
 */
export function notForYou(ctx: Koa.Context, user: User, whose: Said): HttpError {
  const you =
    user.kind === 'temporary'
      ? say`You are here as a temporary visitor.`
      : say`You are signed in as ${user.displayName ?? user.name}.`
  return new HttpError(403, 'not_for_you', say`${whose} ${you}`, [
    { href: '/hub/home', text: say`Show my notebooks` },
    { href: signOutLink(pageOf(ctx)), text: say`Sign in as another user` },
  ])
}

/** No address of ours is longer. A header with three times as many characters would be too long for a proxy. */
const longestAddress = 8000

/**
 * Returns the page that was asked for; after a button, which cannot be pressed again by an address, and for an address that
 * is too long to be one of ours, the first page.
 */
function pageOf({ method, url }: Koa.Context): string {
  const isPage = (method === 'GET' || method === 'HEAD') && url.length <= longestAddress
  return isPage ? url : '/hub/home'
}
