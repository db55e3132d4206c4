/** Launches that wait until a person presses a button on our page: our script never goes on there by itself. */

import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { openLink } from '../../seats/links.ts'
import { type Said, say } from '../../words/text.ts'
import { currentUser } from '../access/account.ts'
import { sessionOf } from '../access/session.ts'
import { isAtRest } from '../db/servers/server-states.ts'
import { findServerOf } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { HttpError } from '../errors.ts'
import { keepsFiles, keepsFilesIn } from '../homes/keeps-files.ts'
import type { Hub } from '../hub.ts'
import { restartLoss } from '../views/files.ts'
import { isLinkable } from './landing.ts'
import type { Entry } from './parse.ts'

export interface Confirmation {
  /** What the button does, and what is lost by it. */
  message: Said
  button: Said
  /** What to do instead. */
  keep?: { href: string; text: Said }
  /** Whether something is lost that the person has now. The button then looks like it. */
  loses: boolean
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
  const isStrange = entry.inside !== undefined && !isLinkable(course, entry.inside)
  const strange = isStrange ? strangeInside(entry.inside ?? '') : undefined
  if (entry.restart) {
    const present = await currentUser(hub, ctx)
    const server = present && (await findServerOf(hub.db, present.id, course.slug))
    const isKept = server === undefined || isAtRest(server) ? keepsFilesIn(hub, course) : keepsFiles(hub, server)
    const message = strange === undefined ? restartLoss(isKept) : say`${restartLoss(isKept)} ${strange}`
    const keep = { href: linkAfter(entry, link), text: say`Open it without a restart` }
    // Without a session only the page of an LMS can say who its learner is, and a link of ours stands on no such page.
    const isKnown = entry.learner === undefined || present !== undefined
    return { message, button: say`Restart my notebook`, loses: true, ...(isKnown && { keep }) }
  }
  if (strange !== undefined) return { message: strange, button: say`Open it in my notebook`, loses: false }
  const present = startsOver(hub, ctx, entry) ? await currentUser(hub, ctx) : undefined
  if (present === undefined) return undefined
  const keep = { href: linkAfter(entry, link), text: say`Keep my notebook and open it` }
  const message = say`This link starts over with an empty notebook. ${loss(present)}`
  return { message, button: say`Start over`, keep, loses: true }
}

/**
 * Returns the link that leads to the same place and takes nothing away. A page goes on under this link once it has done
 * what a button confirmed, so that neither a reload nor another try does it again.
 */
export function linkAfter(entry: Entry, link: string): string {
  if (!entry.restart) return entry.fresh ? withoutParameter(link, 'fresh') : link
  if (entry.serverPath !== undefined) return openLink(entry.serverPath + (entry.inside ?? ''))
  if (entry.notebook === undefined) return `/launch/${encodeURIComponent(entry.course)}${wantedQuery(entry)}`
  return link.replace('/containerKill/', '/ipythonExercice/')
}

/**
 * Returns the link that a page's button opens in a new tab. There a person may have to confirm that another user's
 * session ends, and one button must not confirm a restart with it.
 */
export function linkForTab(entry: Entry, link: string): string {
  return entry.restart ? linkAfter(entry, link) : link
}

/**
 * Returns what must be confirmed before this browser becomes another user's; undefined when the present user loses
 * nothing.
 */
export function confirmationToLeave(present: User): Confirmation | undefined {
  // An LMS's page brings its learner back, and a preview is thrown away anyway.
  if (present.kind === 'learner' || present.preview) return undefined
  const keep = { href: '/hub/home', text: say`Show my notebooks` }
  const message = say`This link opens the notebook of another account. ${loss(present)}`
  return { message, button: say`Go on`, keep, loses: true }
}

export function strangeInside(inside: string): Said {
  return say`This link opens "${inside.slice(0, 200)}" in your notebook. Go on only if you trust whoever gave it to you.`
}

function loss(user: User): Said {
  if (user.kind === 'temporary') {
    return say`The notebooks that you have here now end with that, and there is no way back to them. Download what you want to keep first.`
  }
  return say`You are signed out here with that (${user.displayName ?? user.name}), and what you have open closes. Your notebooks stay as they are for when you come back.`
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

/** Returns the link without one of its parameters, however the name is written. */
export function withoutParameter(link: string, name: string): string {
  const [path = '', ...query] = link.split('?')
  const kept = query
    .join('?')
    .split('&')
    .filter((pair) => !new URLSearchParams(pair).has(name))
  return kept.join('&') === '' ? path : `${path}?${kept.join('&')}`
}

/** Returns the query by which a link wants a variant of a course again, and the same choices; empty for the course itself. */
function wantedQuery({ tag, app, gpu, asked }: Pick<Entry, 'tag' | 'app' | 'gpu' | 'asked'>): string {
  const pairs = [...asked].flatMap(([name, words]) => words.map((word): [string, string] => [name, word]))
  if (app !== undefined) pairs.unshift(['app', app])
  if (tag !== undefined) pairs.unshift(['tag', tag])
  if (gpu) pairs.unshift(['needs_gpu', '1'])
  const query = new URLSearchParams(pairs).toString()
  return query === '' ? '' : `?${query}`
}
