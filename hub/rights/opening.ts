/** The one place that decides who may open a course. Every way to a server asks here. */

import type { Course } from '../../courses/course.ts'
import { outside } from '../../courses/opening.ts'
import { type Rules, rulesOf } from '../../courses/rules.ts'
import { isReplaced } from '../../courses/successor.ts'
import type { Wanted } from '../../courses/variants.ts'
import { type Said, say, sentences, type Text } from '../../words/text.ts'
import { readClock } from '../db/clock.ts'
import type { Database } from '../db/dialect.ts'
import { findServerOf } from '../db/servers/servers.ts'
import { chosenPrefix, type User } from '../db/users.ts'
import { type ErrorLink, HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { isListed, isStaff } from './roles.ts'
import { storedRules } from './stored-courses.ts'

/** A user, or what a visitor without a session would become. */
export type Opener = Pick<User, 'name' | 'kind' | 'state' | 'authenticator' | 'subject' | 'groupLists'>

/**
 * Why a course does not open: it wants a sign-in, it is for others, it opens to no one, or it is not the time. `at` is when
 * it opens or closed.
 */
export type NotOpen =
  | { why: 'sign-in' | 'others' | 'archived' | 'withheld' }
  | { why: 'not-yet' | 'closed'; at: number }

/**
 * Returns why the user may not open the course now; undefined for a user who may. The database's clock decides. Without
 * a user the answer is the one for a visitor who has to sign in.
 */
export async function refusalOf(hub: Hub, user: Opener | undefined, course: Course): Promise<NotOpen | undefined> {
  return refusalAt(hub, user, rulesHere(hub, course), () => readClock(hub.db))
}

/**
 * Does the same for a run that was queued before, by the course's slug. Where this hub's config does not know the course,
 * the rules count that a hub which does know it has stored.
 */
export async function refusalOfQueued(hub: Hub, user: Opener, slug: string): Promise<NotOpen | undefined> {
  const course = hub.courses.all[slug]
  const rules = course === undefined ? await storedRules(hub.db, slug) : rulesHere(hub, course)
  return rules === undefined ? { why: 'others' } : refusalAt(hub, user, rules, () => readClock(hub.db))
}

function rulesHere({ courses }: Hub, course: Course): Rules {
  return rulesOf(courses.all, course)
}

/** Does the same for many courses with one look at the clock, or none. Returns the refusals by the courses' slugs. */
export async function refusalsOf(hub: Hub, user: Opener | undefined, courses: Course[]): Promise<Map<string, NotOpen>> {
  const clock = readOnce(hub.db)
  const found = new Map<string, NotOpen>()
  for (const course of courses) {
    const refusal = await refusalAt(hub, user, rulesHere(hub, course), clock)
    if (refusal !== undefined) found.set(course.slug, refusal)
  }
  return found
}

function readOnce(db: Database): () => Promise<number> {
  let now: Promise<number> | undefined
  return () => {
    now ??= readClock(db)
    return now
  }
}

async function refusalAt(
  hub: Hub,
  user: Opener | undefined,
  rules: Rules,
  clock: () => Promise<number>,
): Promise<NotOpen | undefined> {
  if (rules.halted !== undefined) return { why: rules.halted }
  if (isForAll(rules)) return undefined
  if (user !== undefined && isStaff(hub, user, rules)) return undefined
  if (!isMeantBy(hub, user, rules))
    return { why: user?.kind === 'person' || user?.kind === 'learner' ? 'others' : 'sign-in' }
  return isTimed(rules) ? outside(rules, await clock()) : undefined
}

/** Returns whether the course is open to every user always, as most courses are. Nothing needs to be asked then. */
export function isOpenToAll(hub: Hub, course: Course): boolean {
  return isForAll(rulesHere(hub, course))
}

function isForAll(rules: Rules): boolean {
  return rules.open.every((open) => open === 'everyone') && !isTimed(rules) && rules.halted === undefined
}

function isTimed({ opens, closes }: Rules): boolean {
  return opens !== undefined || closes !== undefined
}

/** Returns whether the course is for the user, whatever the time. Staff may open it anyway. */
export function isFor(hub: Hub, user: Opener | undefined, course: Course): boolean {
  return isMeantBy(hub, user, rulesHere(hub, course))
}

function isMeantBy(hub: Hub, user: Opener | undefined, { open }: Rules): boolean {
  return open.every((one) => isOpenTo(hub, user, one))
}

/** Returns whether such a setting means the user, whatever role the user has. */
export function isOpenTo(hub: Hub, user: Opener | undefined, open: Rules['open'][number]): boolean {
  if (open === 'everyone') return true
  if (user === undefined || user.state !== 'active') return false
  return open === 'signed-in' ? hasSignedIn(hub, user) : isListed(hub, user, open)
}

/** Returns whether the user is a person, or a temporary user who had to sign in before, by a way that the config still has. */
function hasSignedIn({ config }: Hub, { kind, authenticator, subject }: Opener): boolean {
  const way = config.authenticators.find(({ name }) => name === authenticator)
  if (way === undefined) return false
  const isChosen = way.kind === 'password' && way.namesAreChosen === true
  if (kind === 'person') return subject.startsWith(chosenPrefix) === isChosen
  return way.kind === 'temporary' && way.behind !== undefined
}

/**
 * Returns whether a list may not name the course to the user, who has no notebook in it: another course has replaced it, or
 * it is hidden and the user is not of its staff.
 */
export function isUnlisted(hub: Hub, user: Opener | undefined, course: Course, courses: string[]): boolean {
  if (courses.includes(course.slug)) return false
  if (course.halted !== undefined || isReplaced(hub.courses.all, course)) return true
  if (!course.hidden) return false
  // A list names the course itself.
  if (course.variantOf !== undefined) return true
  return user === undefined || !isStaff(hub, user, course)
}

/** A way to a server that is to be refused, as far as the answer depends on it. */
export interface Asking {
  user: (Opener & { id?: string }) | undefined
  course: Course
}

/**
 * Returns whether the answer must be that of a course that does not exist. Of a hidden course only those know for whom it
 * is, or who have a notebook in it.
 */
export async function isSecret(hub: Hub, { user, course }: Asking): Promise<boolean> {
  if (!course.hidden || isFor(hub, user, course)) return false
  return user?.id === undefined || (await findServerOf(hub.db, user.id, course.slug)) === undefined
}

/** Throws when the user may not open the course. The last look before a server is brought on its way. */
export async function requireOpen(hub: Hub, asking: Asking): Promise<void> {
  const refusal = await refusalOf(hub, asking.user, asking.course)
  if (refusal === undefined) return
  if (await isSecret(hub, asking)) throw unknownCourse(asking.course.name)
  throw refusalError(asking.course, refusal)
}

/** Returns the answer about a course that does not exist, or of which the user is not to know. */
export function unknownCourse(name: string, hint: Said = '', links: ErrorLink[] = []): HttpError {
  const message = say`There is no course named "${name.slice(0, 80)}" here.`
  return new HttpError(404, 'unknown_course', hint === '' ? message : sentences([message, hint]), links)
}

const codes = {
  'sign-in': 'course_needs_sign_in',
  others: 'course_for_others',
  'not-yet': 'course_not_open_yet',
  closed: 'course_closed',
  archived: 'course_archived',
  withheld: 'course_withheld',
}

/** Returns the refusal as its reader sees it: why, and by `links` what to do next. */
export function refusalError(course: Course, refusal: NotOpen, links: ErrorLink[] = []): HttpError {
  return new HttpError(403, codes[refusal.why], refusalText(course, refusal), links)
}

/**
 * Returns what staff, for whom every course opens, are to know of courses that do not open for others now, or that lists
 * do not name to them; by the courses' slugs.
 */
export async function staffNotes(hub: Hub, user: User | undefined, courses: Course[]): Promise<Map<string, Said>> {
  const clock = readOnce(hub.db)
  const notes = new Map<string, Said>()
  for (const course of courses) {
    if (user === undefined || !isStaff(hub, user, course)) continue
    const rules = rulesHere(hub, course)
    const refusal = isTimed(rules) ? outside(rules, await clock()) : undefined
    const times =
      refusal &&
      (refusal.why === 'closed'
        ? say`For others it closed on ${timeText(refusal.at)}.`
        : say`For others it opens on ${timeText(refusal.at)}.`)
    const said = [course.hidden && say`Only staff see it here.`, times].filter(
      (one) => one !== false && one !== undefined,
    )
    if (said.length > 0) notes.set(course.slug, sentences(said))
  }
  return notes
}

/** Returns why a course does not open, in a sentence or two. */
export function refusalText(course: Course, refusal: NotOpen): Text {
  const title = course.title ?? course.name
  const contact = course.contact ?? say`your teacher or the person who gave you the link`
  switch (refusal.why) {
    case 'sign-in':
      return say`${title} is not open to visitors without an account. Sign in with an account that may open it. If you have none, ask ${contact}.`
    case 'others':
      return say`${title} is not open to you. Ask ${contact} if you should be able to open it.`
    case 'not-yet':
      return say`${title} is not open yet. It opens on ${timeText(refusal.at)}. Come back then.`
    case 'archived':
      return say`${title} is archived: it opens no more, and what you saved in it is kept. Ask ${contact} if you still need it.`
    case 'withheld':
      return say`${title} does not open just now, since its settings go beyond what this site allows. Ask ${contact} to mend them.`
    case 'closed':
      return say`${title} closed on ${timeText(refusal.at)}. Ask ${contact} if you still need your work in it.`
  }
}

/** Returns a time as messages write it. A page shows it in its reader's time zone. */
function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Returns the refusal of a variant that the course does not have, or that is not for the user, in the same words. */
export function notOffered({ tag, app, gpu }: Wanted, links: ErrorLink[] = []): HttpError {
  const image = tag === undefined ? [] : [`another image (tag=${tag.slice(0, 80)})`]
  const program = app === undefined ? [] : [`another program (app=${app.slice(0, 80)})`]
  const asked = [...image, ...program, ...(gpu ? ['a GPU (needs_gpu=)'] : [])].join(' with ')
  const message = say`This course does not offer you ${asked}. Leave that out, and the course opens as it is.`
  return new HttpError(400, 'not_offered', message, links)
}
