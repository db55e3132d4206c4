import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { mayHaveGuests } from '../../courses/home.ts'
import { type Html, html } from '../../net/html.ts'
import type { CourseServer, ListState } from '../db/servers/course-servers.ts'
import { isRunning } from '../db/servers/server-states.ts'
import type { SparePool } from '../db/servers/spares.ts'
import type { Trouble } from '../db/servers/troubles.ts'
import type { User } from '../db/users.ts'
import { ago, fullName, shownName, stateText, titleOf, withoutAccount } from './format.ts'
import { askLink, type Notice, noticeLine, pager } from './fragments.ts'
import { guestForm, ownersFiles } from './guest.ts'
import { imageState, isMissing, type ShownImage } from './images/list.ts'
import { sendPage } from './page.ts'
import { sparesOfCourse } from './spares.ts'

export interface CoursePage {
  user: User
  course: Course
  /** The image of the course; undefined where servers start from no images. */
  image: ShownImage | undefined
  /** The spares of the course; undefined for one that never has any. */
  pool: SparePool | undefined
  /** The link that opens the course, for learners. */
  link: string
  servers: CourseServer[]
  total: number
  /** What is shown, as in the address. */
  view: CourseView
  pages: number
  /** What went wrong with runs that go on, by the ids of servers. */
  troubles: ReadonlyMap<string, Trouble[]>
  notice: Notice | undefined
}

export interface CourseView {
  q: string
  state: ListState
  page: number
}

const choices: Record<ListState, string> = {
  attention: 'Running, or with a problem',
  running: 'Running',
  failed: 'Stopped after a problem',
  stopped: 'Stopped',
  all: 'All',
}

const sinceText: Record<Exclude<CourseServer['state'], 'stopping'>, string> = {
  queued: 'asked for',
  starting: 'asked for',
  ready: 'started',
  stopped: 'ended',
  failed: 'ended',
}

/** Sends the page of the servers of one course, for its staff. */
export function sendCoursePage(ctx: Koa.Context, page: CoursePage): void {
  const { user, course, servers, total, view, pages, notice } = page
  const address = `/hub/course/${course.slug}`
  const from = (view.page - 1) * coursePageSize + 1
  sendPage(ctx, {
    title: `Notebooks of ${titleOf(course)}`,
    userName: shownName(user),
    body: html`
${noticeLine(notice)}
<p>You are staff of this course. ${mayHaveGuests(course) ? html`Opening a learner’s notebook is noted down, and its owner is told. ${ownersFiles}` : 'Its notebooks are open to their owners only, since they show files of other courses too.'}</p>
${course.home !== undefined && mayHaveGuests(course) && html`<p><a href="${address}/homes">Files of learners</a></p>`}
<p><a href="${address}/snapshots">Shared copies</a> of learners’ notebooks</p>
<p><a href="/hub/my-courses/${course.slug}/announcements">Announcements</a></p>
${page.image !== undefined && imageOfCourse(page.image)}
${page.pool !== undefined && sparesOfCourse(page.pool, address)}
<form method="get" action="${address}" role="search" class="filter">
<div><label for="q">Owner’s name contains</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
<div><label for="state">State</label><select id="state" name="state">${Object.entries(choices).map(([state, text]) => html`<option value="${state}"${state === view.state && html` selected`}>${text}</option>`)}</select></div>
<button>Show</button></form>
<p class="quiet" role="status">${total === 0 ? emptyList(page) : `${from} to ${from + servers.length - 1} of ${total}`}</p>
${servers.length > 0 && html`<ul class="cards">${servers.map((server) => serverCard(page, server))}</ul>`}
${pager(view.page, pages, (number) => `${address}?${courseAddress({ ...view, page: number })}`)}`,
  })
}

/** Returns the beginning of a digest or id, as engines show it. */
function shortId(id: string): string {
  return id.slice(0, 'sha256:'.length + 12)
}

/** Returns the line about the course's image, with all that is known of it behind it. */
function imageOfCourse(one: ShownImage): Html {
  const { known, image } = one
  if (known !== undefined && isMissing(known))
    return html`<p class="notice">The image of this course is missing, so that the next learner waits until it is fetched. <a href="/hub/images">Images of courses</a></p>`
  return html`<details><summary>Image <code>${image}</code></summary>${imageState(one)}<p><a href="/hub/images">Images of courses</a></p></details>`
}

const nothing: Record<ListState, string> = {
  attention: 'Nothing is running here, and nothing has stopped after a problem.',
  running: 'Nothing is running here.',
  failed: 'Nothing has stopped after a problem.',
  stopped: 'No notebook is stopped.',
  all: 'No learner has opened this course yet.',
}

/** Returns what stands in place of an empty list, with a way on. */
function emptyList({ course, link, view }: CoursePage): Html {
  const everything = `/hub/course/${course.slug}?${courseAddress({ q: '', state: 'all', page: 1 })}`
  const showAll = html`<a href="${everything}">Show all notebooks of the course</a>`
  if (view.q !== '') return html`No owner named like “${view.q}” has a notebook in this list. ${showAll}`
  if (view.state !== 'all') return html`${nothing[view.state]} ${showAll}`
  return html`${nothing.all} This link opens it: <code>${link}</code>`
}

export const coursePageSize = 50

/** Returns the query of the page that shows this view. */
export function courseAddress({ q, state, page }: CourseView): string {
  return new URLSearchParams({ q, state, page: String(page) }).toString()
}

function serverCard({ course, view, troubles, image }: CoursePage, server: CourseServer) {
  const address = `/hub/course/${course.slug}`
  const { owner, state, age, activityAge, failure, failureDetail } = server
  const told = (text: string) => withoutAccount(text, owner, server.path)
  const name = fullName(owner)
  // What is known of the run before stays until its user stops the present one.
  const isAnew = isRunning(server)
  return html`<li><div><h2>${name}</h2>
<p class="quiet">${stateText[state]}${age !== undefined && state !== 'stopping' && ` (${sinceText[state]} ${ago(age)})`}${state === 'ready' && activityAge !== undefined && `, last active ${ago(activityAge)}`}</p>
${server.image !== undefined && image !== undefined && html`<p class="quiet">Image <code>${shortId(server.image)}</code>${image.known?.id !== undefined && image.known.id !== server.image && ', which is not the one of the course any more'}</p>`}
${(troubles.get(server.id) ?? []).map(({ message, age }) => html`<p>Told to its owner ${ago(age)}: ${told(message)}</p>`)}
${
  failure !== undefined &&
  html`<p>${isAnew && 'Before that: '}${told(failure)} <span class="quiet">Reference: <code>${server.id}-${isAnew ? server.run - 1 : server.run}</code></span></p>
${failureDetail !== undefined && html`<details><summary>Details for staff</summary><pre>${told(failureDetail)}</pre></details>`}`
}</div>
${
  isAnew &&
  html`<div class="row">${state === 'ready' && mayHaveGuests(course) && guestForm({ server: server.id }, 'Open as staff', `the notebook of ${name}`)}
${askLink({ href: `${address}/servers/${server.id}/stop?${courseAddress(view)}`, text: 'Stop', about: `the notebook of ${name}` })}</div>`
}</li>`
}
