import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { mayHaveGuests } from '../../courses/home.ts'
import { type Html, html } from '../../net/html.ts'
import { type Said, say, sentences, type Text } from '../../words/text.ts'
import type { FailedRuns } from '../db/runs/course-runs.ts'
import { type CourseServer, type ListState, type ServerSort, serverSorts } from '../db/servers/course-servers.ts'
import { isRunning } from '../db/servers/server-states.ts'
import type { SparePool } from '../db/servers/spares.ts'
import type { Trouble } from '../db/servers/troubles.ts'
import type { User } from '../db/users.ts'
import { learnerLink } from './courses/learner-link.ts'
import { failedGroups } from './courses/runs.ts'
import { activeNow, notebooksOpen, stateSince, whatIsKnown } from './courses/server-cells.ts'
import { fullName, ofUnit, shownName, titleOf } from './format.ts'
import { askLink, hiddenFields, type Notice, noticeLine, pager } from './fragments.ts'
import { guestForm, ownersFiles } from './guest.ts'
import { imageState, isMissing, type ShownImage } from './images/list.ts'
import { sendPage } from './page.ts'
import { coursesCrumbs } from './parts/header.ts'
import { stateField } from './parts/state-field.ts'
import { emptyState, listTable } from './parts/table.ts'
import { sendQuestionPage } from './question.ts'
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
  /** The notebooks of the course that owners have open, by the ids of servers. */
  open: ReadonlyMap<string, string[]>
  /** Why runs have failed of late; none where the page shows another part of the list. */
  failed: FailedRuns[]
  notice: Notice | undefined
}

/** For how many days staff are told of problems above the list. */
export const failedDays = 7

export interface CourseView {
  q: string
  state: ListState
  page: number
  sort: ServerSort
}

/** The order of a list that says no other: the last one that was asked for is the first. */
const usualSort = '-queued'

/** Sends the page of the servers of one course, for its staff. */
export function sendCoursePage(ctx: Koa.Context, page: CoursePage): void {
  const { user, course, servers, total, view, pages, notice } = page
  const address = `/hub/course/${course.slug}`
  const from = (view.page - 1) * coursePageSize + 1
  sendPage(ctx, {
    title: say`Notebooks of ${titleOf(course)}`,
    wide: true,
    course,
    crumbs: coursesCrumbs,
    userName: shownName(user),
    body: html`
${noticeLine(notice)}
${page.failed.length > 0 && failedGroups(course, page.failed, { days: failedDays, link: page.link })}
<p>${mayHaveGuests(course) ? sentences([say`You are staff of this course. Opening a learner’s notebook is noted down, and its owner is told.`, ownersFiles]) : say`You are staff of this course. Its notebooks are open to their owners only, since they show files of other courses too.`}</p>
${page.image !== undefined && imageOfCourse(page.image)}
${page.pool !== undefined && sparesOfCourse(page.pool, address)}
<form method="get" action="${address}" role="search" aria-label="${say`This list`}" class="filter">
<div><label for="q">${say`Owner’s name contains`}</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
${stateField(view.state)}
${view.sort !== usualSort && hiddenFields({ sort: view.sort })}<button>${say`Show`}</button></form>
${total === 0 ? emptyState(emptyList(page)) : html`<div class="row"><p class="quiet" role="status">${say`${from} to ${from + servers.length - 1} of ${total}`}</p>${bulkStop(page)}</div>${serversTable(page)}`}
${pager(view.page, pages, (number) => listAddress(course, { ...view, page: number }))}`,
  })
}

/** Returns the line about the course's image, with all that is known of it behind it. */
function imageOfCourse(one: ShownImage): Html {
  const { known, image } = one
  if (known !== undefined && isMissing(known))
    return html`<p class="notice">${say`The image of this course is missing, so that the next learner waits until it is fetched. ${html`<a href="/hub/images">${say`Images of courses`}</a>`}`}</p>`
  return html`<details><summary>${say`Image ${html`<code>${image}</code>`}`}</summary>${imageState(one)}<p><a href="/hub/images">${say`Images of courses`}</a></p></details>`
}

const nothing: Record<ListState, Text> = {
  attention: say`Nothing is running here, and nothing has stopped after a problem.`,
  running: say`Nothing is running here.`,
  failed: say`Nothing has stopped after a problem.`,
  stopped: say`No notebook is stopped.`,
  all: say`No learner has opened this course yet.`,
}

/** Returns what stands in place of an empty list, with a way on. */
function emptyList({ course, link, view }: CoursePage): Html {
  const everything = listAddress(course, { q: '', state: 'all', page: 1, sort: usualSort })
  const showAll = html`<a href="${everything}">${say`Show all notebooks of the course`}</a>`
  if (view.q !== '') return html`${say`No owner named like “${view.q}” has a notebook in this list. ${showAll}`}`
  if (view.state !== 'all') return html`${nothing[view.state]} ${showAll}`
  return html`${nothing.all} ${say`This link opens it: ${html`<code>${link}</code>`}`}`
}

export const coursePageSize = 50

/** Returns the query of the page that shows this view. */
export function courseAddress({ q, state, page, sort }: CourseView): string {
  return new URLSearchParams({ q, state, page: String(page), ...(sort !== usualSort && { sort }) }).toString()
}

/** Returns the address of the page that shows this view. */
export function listAddress({ slug }: Pick<Course, 'slug'>, view: CourseView): string {
  return `/hub/course/${slug}?${courseAddress(view)}`
}

function serversTable(page: CoursePage): Html {
  const { course, servers, view } = page
  return listTable({
    caption: say`Notebooks of ${titleOf(course)}`,
    rows: servers,
    sort: view.sort,
    linkTo: (sort) =>
      listAddress(course, { ...view, page: 1, sort: serverSorts.find((one) => one === sort) ?? usualSort }),
    pick: {
      form: 'chosen-servers',
      name: 'chosen',
      idOf: (server) => (isRunning(server) ? server.id : undefined),
      aboutOf: ({ owner }) => say`the notebook of ${fullName(owner)}`,
    },
    columns: [
      { head: say`Learner`, sort: 'name', kind: 'name', cell: ({ id, owner }) => learnerLink(course, id, owner) },
      { head: say`State`, sort: 'queued', cell: stateSince },
      { head: say`Last active`, sort: 'active', cell: (server) => activityOf(page, server) },
      {
        head: say`What is known`,
        cell: (server) => whatIsKnown(server, { troubles: page.troubles.get(server.id), image: page.image }),
      },
      { head: '', kind: 'acts', cell: (server) => actsOf(page, server) },
    ],
  })
}

/** Returns when a server was last active, and below it the notebooks that its owner has open. */
function activityOf({ open }: CoursePage, server: CourseServer): Html {
  const paths = open.get(server.id)
  return html`${activeNow(server)}${paths !== undefined && html`<p class="quiet">${say`Open now`}</p>${notebooksOpen(paths)}`}`
}

function actsOf({ course, view }: CoursePage, server: CourseServer): Html | false {
  if (!isRunning(server)) return false
  const about = say`the notebook of ${fullName(server.owner)}`
  return html`${server.state === 'ready' && mayHaveGuests(course) && guestForm({ server: server.id }, say`Open as staff`, about)}
${askLink({ href: `/hub/course/${course.slug}/servers/${server.id}/stop?${courseAddress(view)}`, text: say`Stop`, about })}`
}

/** Returns the button that stops all notebooks that are chosen in the table. */
function bulkStop({ course, view, servers }: CoursePage): Html | false {
  if (!servers.some(isRunning)) return false
  return html`<form id="chosen-servers" class="bulk" method="get" action="/hub/course/${course.slug}/stop">${hiddenFields({ ...view })}<button class="plain">${say`Stop the chosen ones`}</button></form>`
}

export interface StopManyPage {
  user: User
  course: Course
  view: CourseView
  /** `loses` says whether files go with the server that are to be lost. */
  servers: { id: string; owner: Said; loses: boolean }[]
}

/** Sends the page that asks before several servers of a course are stopped. */
export function sendStopManyPage(ctx: Koa.Context, { user, course, view, servers }: StopManyPage): void {
  const losing = servers.filter(({ loses }) => loses)
  const isMixed = losing.length > 0 && losing.length < servers.length
  const owners = losing.map(({ owner }) => owner).join(', ')
  const lost = isMixed
    ? say`What is running in them ends. All files of ${owners} are gone for good, the saved ones too. The saved files of the others stay.`
    : say`What is running in them ends. All files in them are gone for good, the saved ones too.`
  sendQuestionPage(ctx, {
    user,
    title: say`Stop ${ofUnit(servers.length, 'notebook')} of ${titleOf(course)}?`,
    says: [
      say`Of ${servers.map(({ owner }) => owner).join(', ')}.`,
      losing.length === 0 ? say`What is running in them ends. What is not saved is lost. The saved files stay.` : lost,
      say`Their owners are not asked.`,
    ],
    action: `/hub/course/${course.slug}/stop`,
    fields: { ...view, chosen: servers.map(({ id }) => id).join(' ') },
    button: losing.length === 0 ? say`Stop them` : say`Stop them, and lose the files`,
    keep: { href: listAddress(course, view), text: say`Keep them running` },
  })
}
