/**
 * JupyterHub's addresses of a user's own server, as JupyterLab, nbgitpuller's links and other clients of JupyterHub write
 * them: `/hub/spawn[/<user>[/<server>]]` starts it, and `/hub/user-redirect/<page>` opens a page in it. They may begin
 * with a course or a server, `/hub/at/<course>/…` or `/hub/at/user/<name>/<course>/…`. Servers take the second of these
 * for the hub's own address (`hubPrefixOf`), so JupyterLab's "Restart" names the very server that the page belongs to.
 */

import type Koa from 'koa'
import type { Asked } from '../../courses/choices.ts'
import type { Course } from '../../courses/course.ts'
import { endText } from '../../courses/successor.ts'
import { insideOfDesk } from '../../seats/desk.ts'
import { openLink } from '../../seats/links.ts'
import { say } from '../../words/text.ts'
import { currentUser } from '../access/account.ts'
import { serversOf } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import { readForm } from '../http/request.ts'
import type { Hub } from '../hub.ts'
import { isUnlisted, refusalsOf } from '../rights/opening.ts'
import { pathName } from '../servers/request.ts'
import { allAncestors } from '../site.ts'
import { sendCourseChoice } from '../views/which-course.ts'
import {
  decode,
  type Entry,
  isEntry,
  nothing,
  openEntry,
  parseEntry,
  refuseLong,
  single,
  soundInside,
  userEntry,
} from './parse.ts'

const address = /^\/hub\/(?:at\/(?:user\/([^/?]+)\/)?([^/?]+)\/)?([^/?]*)\/?(.*)$/s
const spawned = /^(?:([^/?]+)(?:\/([^/?]+))?)?\/?(?:\?.*)?$/s

/** Returns the parts of an address. `page` is the word that says what is wanted, and `rest` all that follows it. */
function partsOf(target: string) {
  const [, owner, course, page = '', rest = ''] = address.exec(target) ?? []
  const kind = page === 'user-redirect' ? 'redirect' : page === 'spawn' || page === 'spawn-pending' ? 'spawn' : 'page'
  return { owner, course, page, rest, kind: kind === 'spawn' && !spawned.test(rest) ? 'page' : kind } as const
}

function isHubLink(target: string): boolean {
  return partsOf(target).kind !== 'page'
}

/** Returns whether this address, path and query, is a link that opens a notebook: one of these, or of another kind. */
export function isLink(target: string): boolean {
  const [first, second] = (target.split('?', 1)[0] ?? '').split('/').filter((segment) => segment !== '')
  return isEntry((first === 'hub' ? second : first) ?? '') || isHubLink(target)
}

/** Returns whether JupyterHub takes a POST of its form for a start at this address, too. */
export function takesSpawnForm(target: string): boolean {
  return partsOf(target).kind === 'spawn'
}

/**
 * Returns the link that means the same as a posted form of JupyterHub's. The form itself starts nothing, since another
 * site's page may have sent it. A form in parts, as files come, is read by `choices/answers-form.ts`.
 */
export async function linkOfSpawnForm(ctx: Koa.Context, target: string): Promise<string> {
  const [path = '', ...query] = target.split('?')
  const all = new URLSearchParams(query.join('?'))
  for (const [name, value] of Object.entries(await readForm(ctx))) if (!all.has(name)) all.append(name, value)
  all.delete('_xsrf')
  return all.size === 0 ? path : `${path}?${all}`
}

/** Parses path and query of any link. Throws an `HttpError` that says what is wrong with it. */
export function parseLink(target: string): Entry {
  return isHubLink(target) ? hubEntry(target) : parseEntry(target)
}

/**
 * Returns what a link means, and the link itself, with the course in it if it names none and there is only one, and
 * without the proxy's address from which a browser was sent back. Undefined where a person has to choose the course, also when the only one is hidden: its name would show.
 */
export function readLink(hub: Hub, target: string): { link: string; entry: Entry } | undefined {
  try {
    const entry = parseLink(target)
    const { serverPath = '', inside = '', needsTicket } = entry
    return { link: needsTicket ? openLink(serverPath + inside) : target, entry }
  } catch (error) {
    if (!(error instanceof CourseNeeded)) throw error
    const [only, ...others] = Object.values(hub.courses.all).filter(({ variantOf }) => variantOf === undefined)
    if (only === undefined || only.hidden || others.length > 0) return undefined
    const link = inCourse(target, only)
    return { link, entry: parseLink(link) }
  }
}

/** Asks for the course of such a link. Where visitors have to sign in, they do so before they see the courses. */
export async function askForCourse(hub: Hub, ctx: Koa.Context, target: string): Promise<void> {
  const user = await currentUser(hub, ctx)
  const isOpen = hub.config.authenticators.some((one) => one.kind === 'temporary' && one.behind === undefined)
  if (user === undefined && !isOpen) return ctx.redirect(`/hub/login?next=${encodeURIComponent(target)}`)
  const all = Object.values(hub.courses.all)
  const mine = user === undefined ? [] : (await serversOf(hub.db, [user.id])).map((server) => server.course)
  // The LMS decides what its learners may open.
  const known = user?.kind === 'learner' ? all.filter(({ slug }) => mine.includes(slug)) : all
  const refusals = await refusalsOf(hub, user, known)
  const courses = known
    .filter((course) => !refusals.has(course.slug) && !isUnlisted(hub, user, course, mine))
    .map((course) => ({ course, end: endText(hub.courses.all, course) }))
  sendCourseChoice(ctx, { courses, linkIn: (course) => inCourse(target, course), ancestors: allAncestors(hub) })
}

/**
 * Returns the hub's page that an address below a server or a course means: JupyterLab's menu has `…/home`. Undefined for
 * all other addresses.
 */
export function hubPageOf(target: string): string | undefined {
  const { course, page, kind } = partsOf(target)
  return course === undefined || kind !== 'page' ? undefined : `/hub/${page === '' ? 'home' : page}`
}

/** Thrown for an address that names no course. Where there is only one course, it means that one. */
class CourseNeeded extends HttpError {
  constructor() {
    super(400, 'which_course', say`This link does not say which course it means. Choose a course first.`, [
      { href: '/', text: say`Show the courses` },
    ])
  }
}

/** Returns the same address with the course in it. */
function inCourse(target: string, { slug }: Pick<Course, 'slug'>): string {
  return target.replace(/^\/hub\//, `/hub/at/${slug}/`)
}

function hubEntry(target: string): Entry {
  refuseLong(target)
  const { owner, course, rest, kind } = partsOf(target)
  if (kind === 'spawn') return spawnEntry(rest, { owner, course })
  if (course === undefined) throw new CourseNeeded()
  return { ...nothing, course: decode(course), inside: rest === '' ? undefined : soundInside(insideOfDesk(rest)) }
}

function spawnEntry(rest: string, before: { owner: string | undefined; course: string | undefined }): Entry {
  const [, user, server] = spawned.exec(rest) ?? []
  const query = new URLSearchParams(rest.split('?').slice(1).join('?'))
  const options = { asked: optionsIn(query), isStrict: true }
  const next = single(query, 'next') ?? ''
  // JupyterHub sends a browser on to this page once the server runs. Other pages of the hub need no server.
  if (/^\/(hub\/)?user\//.test(next)) return { ...userEntry(next), ...options }
  const owner = user === undefined ? before.owner : pathName(decode(user))
  const course = server ?? before.course
  if (course === undefined) throw new CourseNeeded()
  if (owner === undefined) return { ...nothing, ...options, course: decode(course) }
  return { ...openEntry(`/user/${owner}/${course.toLowerCase()}/`), ...options, inside: undefined }
}

/**
 * Returns JupyterHub's options of a start, whose names may begin with `opt-`. The names of other parameters are among
 * them, as no course has choices of such names.
 */
function optionsIn(query: URLSearchParams): Asked {
  const pairs = [...query].filter(([name]) => name !== 'next' && name !== '_xsrf')
  const options = Map.groupBy(pairs, ([name]) => name.replace(/^opt-/, ''))
  return new Map([...options].map(([name, said]) => [name, said.map(([, word]) => word)]))
}

/** Refuses a link for options that the course does not have: to ignore them would run something else. */
export function refuseOtherOptions({ asked, isStrict }: Entry, course: Pick<Course, 'choices' | 'questions'>): void {
  const isKnown = (name: string) => Object.hasOwn(course.choices, name) || Object.hasOwn(course.questions, name)
  const other = isStrict ? [...asked.keys()].find((name) => !isKnown(name)) : undefined
  if (other !== undefined) throw optionsRefused(`${other.slice(0, 40)}=`)
}

function optionsRefused(what: string): HttpError {
  return new HttpError(
    400,
    'no_options',
    say`A notebook takes no such options here (${what}): its course says what it is made of. Leave them out.`,
  )
}
