/** From the name in a link to the course, for those who may open it. */

import type Koa from 'koa'
import { choicesAsked } from '../../courses/choices.ts'
import type { Course } from '../../courses/course.ts'
import { findCourse, nearMatches } from '../../courses/find.ts'
import { questionsAsked } from '../../courses/questions/answers.ts'
import { successorOf } from '../../courses/successor.ts'
import { findVariant, wantedParameters, wantsVariant } from '../../courses/variants.ts'
import { anyOf, say } from '../../words/text.ts'
import { currentUser } from '../access/account.ts'
import { readCode } from '../access/codes.ts'
import { signInToGoOn } from '../access/sign-in-first.ts'
import { requireOffered } from '../choices/offered.ts'
import { serversOf } from '../db/servers/servers.ts'
import { findUser, type User } from '../db/users.ts'
import type { ErrorLink, HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { requireAnswers } from '../questions/asked.ts'
import {
  type Asking,
  isOpenToAll,
  isSecret,
  isUnlisted,
  type NotOpen,
  notOffered,
  type Opener,
  refusalError,
  refusalOf,
  unknownCourse,
} from '../rights/opening.ts'
import { leadToCourse } from '../views/parts/contact.ts'
import { startsOver, withoutParameter } from './confirmation.ts'
import { refuseOtherOptions } from './jupyterhub.ts'
import type { Entry } from './parse.ts'

interface Link {
  entry: Entry
  /** Path and query. */
  link: string
  /** The code that a button has sent along. */
  code?: string | undefined
}

/**
 * Returns the course from the allow-list if this browser may open it, or may once its person has signed in, which the
 * launch asks for. An unknown name throws a page that helps, and never becomes another image. To be called before anything
 * is told of the course and before an account is made. The page leads to the course then, also where it says that the course
 * does not open, unless its reader is not to know of it.
 */
export async function courseOfLink(hub: Hub, ctx: Koa.Context, asked: Link): Promise<Course> {
  const course = await findOpen(hub, ctx, asked)
  leadToCourse(ctx, course)
  return course
}

async function findOpen(hub: Hub, ctx: Koa.Context, asked: Link): Promise<Course> {
  const { entry, link } = asked
  await lookFor(hub, entry.course)
  const old = replacedBy(hub, entry)
  const course = namedCourse(hub, entry)
  if (course !== undefined && isOpenToAll(hub, course) && isPlain(course, entry) && !old?.hidden) return course
  const user = await openerOf(hub, ctx, asked)
  // The launch itself asks a visitor to sign in where there is no other way. For a hidden course that would tell too much.
  const isTold = course?.hidden === false && !old?.hidden
  const asksAnyway = user === undefined && isTold && entry.learner === undefined
  if (course !== undefined && asksAnyway) {
    const refusal = await refusalOf(hub, user, course)
    if (refusal === undefined || refusal.why === 'sign-in') return course
  }
  return openCourse(hub, { user, course, entry, link, onKnown: (known) => leadToCourse(ctx, known) })
}

/** Looks for a course that this hub does not know: another hub may have made it a moment ago. */
async function lookFor({ courses }: Hub, name: string): Promise<void> {
  if (findCourse(courses.all, name) === undefined) await courses.refresh()
}

/** Returns whether the link wants the course as it is. */
function isPlain(course: Course, entry: Entry): boolean {
  if (wantsVariant(entry)) return false
  if (entry.isStrict) return entry.asked.size === 0
  const asked = { ...choicesAsked(course, entry.asked), ...questionsAsked(course, entry.asked) }
  return Object.keys(asked).length === 0
}

/** Returns the course of a link if the user may open it now. Throws like `courseOfLink`. */
export async function courseFor(hub: Hub, user: User, entry: Entry, link: string): Promise<Course> {
  await lookFor(hub, entry.course)
  return openCourse(hub, { user, course: namedCourse(hub, entry), entry, link })
}

/**
 * Returns the course that the link names, or the one that has replaced it. A link to a page of a server means that server,
 * also of a course that was replaced, so that its owner finds the files in it.
 */
export function namedCourse({ courses }: Pick<Hub, 'courses'>, entry: Entry): Course | undefined {
  const course = findCourse(courses.all, entry.course)
  return course === undefined || entry.serverPath !== undefined ? course : successorOf(courses.all, course)
}

/** Returns the course that the link names, if another has replaced it. */
export function replacedBy(hub: Pick<Hub, 'courses'>, entry: Entry): Course | undefined {
  const course = findCourse(hub.courses.all, entry.course)
  return course === namedCourse(hub, entry) ? undefined : course
}

interface Order extends Omit<Asking, 'course'> {
  course: Course | undefined
  entry: Entry
  link: string
  /** Called with the course before anything is refused, if the user may know of it. */
  onKnown?: (course: Course) => void
}

async function openCourse(hub: Hub, { user, course, entry, link, onKnown }: Order): Promise<Course> {
  if (course === undefined) throw await noCourse(hub, user, entry, link)
  const old = replacedBy(hub, entry)
  if (old !== undefined && (await isSecret(hub, { user, course: old }))) throw await noCourse(hub, user, entry, link)
  const refusal = await refusalOf(hub, user, course)
  if (refusal !== undefined && (await isSecret(hub, { user, course }))) throw await noCourse(hub, user, entry, link)
  onKnown?.(course)
  if (refusal === undefined) {
    refuseOtherOptions(entry, course)
    const variant = await variantFor(hub, user, course, entry, link)
    const asking = { asked: entry.asked, links: insteadOf(hub, user, entry, link, withoutChoices(course, link)) }
    requireOffered(hub, user, variant, asking)
    requireAnswers(variant, asking)
    return variant
  }
  throw refusalError(course, refusal, nextSteps(hub, user, link, refusal.why))
}

/**
 * Returns the course, or its variant that the link wants. One that does not exist is refused in the same words as one that
 * is not for the user.
 */
async function variantFor(hub: Hub, user: Asking['user'], course: Course, entry: Entry, link: string): Promise<Course> {
  const variant = findVariant(hub.courses.all, course, entry)
  if (variant === course) return course
  if (variant !== undefined && (await refusalOf(hub, user, variant)) === undefined) return variant
  const plain = wantedParameters.reduce(withoutParameter, link)
  throw notOffered(entry, insteadOf(hub, user, entry, link, plain))
}

/** Returns what a user may do for whom a link asks too much. `plain` is the link without that. */
function insteadOf(hub: Hub, user: Asking['user'], entry: Entry, link: string, plain: string): ErrorLink[] {
  // The page of an LMS alone can send its learner there.
  const open = entry.learner === undefined ? [{ href: plain, text: say`Open the course as it is`, here: true }] : []
  return [...open, ...nextSteps(hub, user, link)]
}

/** Returns the link without choices and answers, which JupyterHub's clients may write with another beginning. */
export function withoutChoices({ choices, questions }: Pick<Course, 'choices' | 'questions'>, link: string): string {
  return [...Object.keys(choices), ...Object.keys(questions)].reduce(
    (rest, name) => withoutParameter(withoutParameter(rest, name), `opt-${name}`),
    link,
  )
}

/** Returns the user whom the link would be for, or what a visitor would become by it. Changes nothing. */
async function openerOf(
  hub: Hub,
  ctx: Koa.Context,
  { entry, link, code }: Link,
): Promise<(Opener & { id?: string }) | undefined> {
  const present = await currentUser(hub, ctx)
  if (entry.learner !== undefined) return present?.kind === 'learner' ? present : nobodyYet('learner', '')
  const moved = code === undefined ? undefined : await readCode(hub, 'move', code)
  if (moved?.link === link) return findUser(hub.db, moved.user)
  if (present !== undefined && !startsOver(hub, ctx, entry)) return present
  const temporary = hub.config.authenticators.find((one) => one.kind === 'temporary')
  if (temporary === undefined || entry.serverPath !== undefined) return undefined
  return nobodyYet('temporary', temporary.name)
}

function nobodyYet(kind: 'learner' | 'temporary', authenticator: string): Opener {
  return { kind, authenticator, name: '', subject: '', state: 'active', groupLists: {} }
}

/** Returns the page about a course that does not exist. It is the same for one of which the user is not to know. */
async function noCourse(hub: Hub, user: Asking['user'], entry: Entry, link: string): Promise<HttpError> {
  const mine = user?.id === undefined ? [] : (await serversOf(hub.db, [user.id])).map(({ course }) => course)
  const listed = Object.entries(hub.courses.all).filter(([, course]) => !isUnlisted(hub, user, course, mine))
  const near = nearMatches(Object.fromEntries(listed), entry.course)
  // The page of an LMS alone can send its learner to another course.
  if (entry.learner !== undefined) {
    const meant = near.length === 0 ? say`Tell your teacher.` : say`Tell your teacher, who may mean ${anyOf(near)}.`
    return unknownCourse(entry.course, meant, [])
  }
  const notebook = entry.notebook?.split('/') ?? []
  const links: ErrorLink[] = near.map((name) => ({
    href: `/launch/${[name, ...notebook].map(encodeURIComponent).join('/')}`,
    text: name,
  }))
  if (links.length === 0) links.push({ href: '/', text: say`Show the courses` })
  const hint = near.length === 0 ? say`Check the link, or ask whoever gave it to you.` : say`Did you mean one of these?`
  // Some courses are known only to those who may open them.
  const mayHide =
    (user?.id === undefined || user.kind === 'temporary') && Object.values(hub.courses.all).some(({ hidden }) => hidden)
  if (!mayHide || !hasSignIn(hub)) return unknownCourse(entry.course, hint, links)
  links.push(signInToGoOn(user, link))
  return unknownCourse(entry.course, say`${hint} Some courses show only once you have signed in.`, links)
}

/** Returns what a person who was refused may do next. A sign-in leads back to the link. */
function nextSteps(hub: Hub, user: Asking['user'], link: string, why?: NotOpen['why']): ErrorLink[] {
  const home = { href: '/hub/home', text: say`Show my notebooks` }
  const signIn = hasSignIn(hub) && user?.kind !== 'learner' ? [signInToGoOn(user, link)] : []
  if (user?.id !== undefined) return [home, ...signIn]
  return why === 'sign-in' && signIn.length > 0 ? signIn : [{ href: '/', text: say`Show the courses` }, ...signIn]
}

/** Returns whether people can sign in here with a name. */
function hasSignIn({ config }: Hub): boolean {
  return config.authenticators.some(({ kind }) => kind !== 'temporary' && kind !== 'launch')
}
