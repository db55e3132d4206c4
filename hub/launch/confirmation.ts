/** Launches that wait until a person presses a button on our page: our script never goes on there by itself. */
import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { currentUser } from '../access/account.ts'
import { sessionOf } from '../access/session.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { isLinkable } from './landing.ts'
import type { Entry } from './parse.ts'

export interface Confirmation {
  /** What the button does, and what is lost by it. */
  message: string
  button: string
  /** What to do instead. */
  keep?: { href: string; text: string }
}

/** Thrown for a launch that was posted without `confirmed`, which only a pressed button sends. The page then asks. */
export class ConfirmFirst extends HttpError {
  readonly confirmation: Confirmation
  constructor(confirmation: Confirmation) {
    super(409, 'ask_first', confirmation.message, confirmation.keep && [confirmation.keep])
    this.confirmation = confirmation
  }
}

/** Returns what this browser's user must confirm before anything is done for this link; undefined for nothing. */
export async function confirmationFor(
  hub: Hub,
  ctx: Koa.Context,
  { course, entry, link }: { course: Course; entry: Entry; link: string },
): Promise<Confirmation | undefined> {
  if (entry.inside !== undefined && !isLinkable(course, entry.inside)) {
    return { message: strangeInside(entry.inside), button: 'Open it in my notebook' }
  }
  const present = startsOver(hub, ctx, entry) ? await currentUser(hub, ctx) : undefined
  if (present === undefined) return undefined
  const keep = { href: withoutFresh(link), text: 'Keep my notebook and open it' }
  return { message: `This link starts over with an empty notebook. ${loss(present)}`, button: 'Start over', keep }
}

/**
 * Returns what must be confirmed before this browser becomes another user's; undefined when the present user loses
 * nothing.
 */
export function confirmationToLeave(present: User): Confirmation | undefined {
  // An LMS's page brings its learner back, and a preview is thrown away anyway.
  if (present.kind === 'learner' || present.preview) return undefined
  const keep = { href: '/hub/home', text: 'Show my notebooks' }
  return { message: `This link opens the notebook of another account. ${loss(present)}`, button: 'Go on', keep }
}

export function strangeInside(inside: string): string {
  return `This link opens "${inside.slice(0, 200)}" in your notebook. Go on only if you trust whoever gave it to you.`
}

function loss(user: User): string {
  if (user.kind === 'temporary') {
    return 'The notebooks that you have here now end with that, and there is no way back to them. Download what you want to keep first.'
  }
  return `You are signed out here with that (${user.displayName ?? user.name}), and what you have open closes. Your notebooks stay as they are for when you come back.`
}

/**
 * Returns whether the launch starts over. `fresh=1` counts only for a browser that may have a temporary user; for
 * others the link is a plain one.
 */
export function startsOver(hub: Hub, ctx: Koa.Context, entry: Entry): boolean {
  const temporary = hub.config.authenticators.find((one) => one.kind === 'temporary')
  if (!entry.fresh || temporary === undefined) return false
  return temporary.behind === undefined || temporary.behind.name === sessionOf(ctx).gate
}

/** Returns the link without `fresh`. */
function withoutFresh(link: string): string {
  const [path = '', ...query] = link.split('?')
  const kept = query
    .join('?')
    .split('&')
    .filter((pair) => !/^fresh(=|$)/.test(pair))
  return kept.join('&') === '' ? path : `${path}?${kept.join('&')}`
}
