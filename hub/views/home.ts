import type Koa from 'koa'
import type { ShownChoices } from '../../courses/choices.ts'
import { givesCopies } from '../../courses/content/content.ts'
import type { Course } from '../../courses/course.ts'
import { html } from '../../net/html.ts'
import { openLink, restartLink } from '../../seats/links.ts'
import { retold } from '../../words/kept.ts'
import { type Said, say } from '../../words/text.ts'
import { isAtRest, isRunning } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import type { Trouble } from '../db/servers/troubles.ts'
import type { User } from '../db/users.ts'
import { versionsLink } from './choices/choice.ts'
import { choicesOnCard } from './choices/line.ts'
import { filesOnCard, openText } from './files.ts'
import { shownName, titleOf } from './format.ts'
import { actName, askLink, linkButton, type Notice, noticeLine, postButton, withTimes } from './fragments.ts'
import { coursesToLookAfter, type HomePeople, serverPeople, sharedWithMe, shareLink } from './home-people.ts'
import { sendPage } from './page.ts'
import { serverStatus } from './parts/status.ts'
import { emptyState } from './parts/table.ts'

/** A course in a list. */
export interface Offer {
  course: Course
  /** Why it does not open, if it does not. */
  refusal: Said | undefined
  /** Where a visitor signs in, if that may help. */
  signIn: string | undefined
  /** What staff are to know of it. */
  note: Said | undefined
  /** What its users are to know of its end. */
  end: Said | undefined
  /** Whether its notebooks have not come from their repository yet. */
  waits: boolean
  /** Whether its link opens another course. */
  isReplaced: boolean
  /** The other programs of the course that open for the user. */
  apps: Course[]
}

export interface HomePage extends HomePeople {
  user: User
  servers: Server[]
  courses: Course[]
  /** The courses that the page may name to the user. */
  offers: Offer[]
  /** What the servers have of their courses' choices, by their ids. */
  choices: ReadonlyMap<string, ShownChoices>
  /** Returns whether the files of a server outlive its stop. */
  keepsFiles(server: Server): boolean
  notice: Notice | undefined
  /** What went wrong with runs that go on, by the ids of servers. */
  troubles: ReadonlyMap<string, Trouble[]>
}

export function sendHomePage(ctx: Koa.Context, page: HomePage): void {
  const { user, servers, courses, offers } = page
  const titles = new Map(courses.map((course) => [course.slug, titleOf(course)]))
  // What runs has a card even if its course has gone, or there would be no way to stop it.
  const mine = servers.filter((server) => titles.has(server.course) || isRunning(server))
  const others =
    user.kind === 'learner' ? [] : offers.filter(({ course }) => !mine.some((server) => server.course === course.slug))
  sendPage(ctx, {
    title: say`My notebooks`,
    wide: true,
    ...(mine.some(isMoving) && { refresh: { seconds: 2, onlyWithoutScript: false } }),
    userName: shownName(user),
    body: html`
${noticeLine(page.notice)}
${user.kind === 'temporary' && html`<p class="quiet">${say`These notebooks are temporary: they go some time after you leave, and once you sign out there is no way back to them. Download what you want to keep.`}</p>`}
${mine.length === 0 && others.length === 0 && emptyState(html`${say`You have no notebooks yet. Open one from a course page.`}`)}
${mine.length > 0 && html`<ul class="cards">${mine.map((server) => serverCard(server, titles.get(server.course), page))}</ul>`}
${sharedWithMe(page.shared, titles)}
${coursesToLookAfter(page)}
${others.length > 0 && html`<h2>${mine.length > 0 ? say`Other courses` : say`Courses`}</h2>${courseCards(others, servers)}`}`,
  })
}

export function sendCoursesPage(ctx: Koa.Context, offers: Offer[]): void {
  sendPage(ctx, {
    title: say`Courses`,
    wide: true,
    body: html`<p>${say`Choose a course. A notebook of it opens, yours alone.`}</p>${courseCards(offers, [])}`,
  })
}

function courseCards(offers: Offer[], servers: Server[]) {
  return html`<ul class="cards">${offers.map((offer) => {
    const { course, refusal, signIn, note, end } = offer
    const title = titleOf(course)
    if (refusal !== undefined)
      return html`<li><div><h2>${title}</h2><p class="quiet">${withTimes(refusal)}</p></div>${signIn !== undefined && html`<a class="button plain" href="${signIn}">${actName(say`Sign in`, say`to open ${title}`)}</a>`}</li>`
    const open = html`<a class="button" href="/launch/${encodeURIComponent(course.name)}">${actName(say`Open`, title)}</a>`
    const others = appLinks(offer, servers)
    return html`<li><div><h2>${title}</h2>${note !== undefined && html`<p class="quiet">${withTimes(note)}</p>`}${end !== undefined && html`<p>${end}</p>`}${offer.waits && waitsText}</div>${others.length === 0 ? open : html`<div class="row">${open}${others}</div>`}</li>`
  })}</ul>`
}

/** What learners read of a course whose notebooks have not come yet. Its staff see why on their own pages. */
const waitsText = html`<p>${say`Its notebooks are on their way. They will be here in a while.`}</p>`

/** Returns links to the other programs of a course. Those of which the user has a notebook have a card of their own. */
function appLinks({ course, apps }: Pick<Offer, 'course' | 'apps'>, servers: Server[]) {
  return apps
    .filter(({ slug }) => !servers.some((server) => server.course === slug))
    .map(({ app = '', apps }) => {
      const href = `/launch/${encodeURIComponent(course.name)}?app=${encodeURIComponent(app)}`
      return linkButton({ href, text: apps[app]?.title ?? app, about: say`of ${titleOf(course)}` })
    })
}

function serverCard(server: Server, courseTitle: string | undefined, page: HomePage) {
  const { user } = page
  const title = courseTitle ?? server.course
  const keepsFiles = page.keepsFiles(server)
  const {
    refusal,
    note,
    end,
    isReplaced,
    waits,
    course,
    apps = [],
  }: Partial<Offer> = courseTitle === undefined
    ? { refusal: say`This course is not on this site any more. Download what you still need before you stop it.` }
    : (page.offers.find(({ course }) => course.slug === server.course) ?? {})
  const link = isReplaced ? openLink(server.path) : `/launch/${encodeURIComponent(server.course)}`
  return html`<li><div><h2>${title}</h2><p>${serverStatus(server.state)}</p>
${server.state === 'failed' && server.failure !== undefined && html`<p>${retold(server.failure)}</p>`}
${isRunning(server) && server.failure !== undefined && html`<p class="quiet">${say`Before that: ${retold(server.failure)}`}</p>`}
${refusal !== undefined && html`<p class="quiet">${withTimes(refusal)}${isRunning(server) && html` ${say`A tab in which your notebook is open goes on for now.`}`}</p>`}
${note !== undefined && html`<p class="quiet">${withTimes(note)}</p>`}
${end !== undefined && html`<p>${end}</p>`}
${waits && waitsText}
${troublesOnCard(server, title, page)}
${choicesOnCard(title, link, page.choices.get(server.id))}
${filesOnCard(server, user, keepsFiles)}${serverPeople(server, page)}</div>
<div class="row">${refusal === undefined && html`<a class="button" href="${link}">${actName(openText(server, keepsFiles), title)}</a>`}
${course !== undefined && refusal === undefined && !isReplaced && appLinks({ course, apps }, page.servers)}
${course !== undefined && givesCopies(course) && linkButton({ href: versionsLink(course), text: say`Earlier versions`, about: say`of ${title}` })}
${shareLink(server, title, page)}
${server.state === 'ready' && refusal === undefined && linkButton({ href: restartLink(server.path), text: say`Restart`, about: title })}
${isRunning(server) && askLink({ href: `/hub/servers/${server.id}/stop`, text: say`Stop`, about: title })}</div></li>`
}

/** Returns what the run has had trouble with. Of one that has failed, its failure says enough. */
function troublesOnCard(server: Server, title: string, { troubles }: HomePage) {
  const unread = (troubles.get(server.id) ?? []).filter(({ read }) => !read)
  if (unread.length === 0 || server.failure !== undefined) return false
  return html`<div class="notice warning">${unread.map(({ message }) => html`<p>${retold(message)}</p>`)}
${postButton({ action: `/hub/servers/${server.id}/read`, text: say`Hide`, about: say`the message about ${title}` })}</div>`
}

function isMoving(server: Server): boolean {
  return server.state !== 'ready' && !isAtRest(server)
}
