import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { html } from '../../net/html.ts'
import { isAtRest, isRunning } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { stateText } from './format.ts'
import { postButton } from './fragments.ts'
import { coursesToLookAfter, type HomePeople, serverPeople, sharedWithMe, shareLink } from './home-people.ts'
import { sendPage } from './page.ts'
import { signOutEverywhere } from './sign-out.ts'

export interface HomePage extends HomePeople {
  user: User
  servers: Server[]
  courses: Course[]
}

export function sendHomePage(ctx: Koa.Context, page: HomePage): void {
  const { user, servers, courses } = page
  const titles = new Map(courses.map((course) => [course.slug, course.title ?? course.name]))
  const mine = servers.filter((server) => titles.has(server.course))
  const others =
    user.kind === 'learner' ? [] : courses.filter((course) => !mine.some((server) => server.course === course.slug))
  sendPage(ctx, {
    title: 'My notebooks',
    ...(mine.some(isMoving) && { refresh: { seconds: 2, onlyWithoutScript: false } }),
    userName: shownName(user),
    body: html`
${user.kind === 'temporary' && html`<p class="quiet">These notebooks are temporary: they go some time after you leave, and once you sign out there is no way back to them. Download what you want to keep.</p>`}
${mine.length === 0 && others.length === 0 && html`<p>You have no notebooks yet. Open one from a course page.</p>`}
${mine.length > 0 && html`<ul class="cards">${mine.map((server) => serverCard(server, titles.get(server.course) ?? server.course, page))}</ul>`}
${sharedWithMe(page.shared, titles)}
${coursesToLookAfter(page.staffOf)}
${others.length > 0 && html`<h2>${mine.length > 0 ? 'Other courses' : 'Courses'}</h2>${courseCards(others)}`}
${user.kind !== 'learner' && html`<p class="quiet"><a href="/hub/token">API tokens</a> for programs of yours</p>`}
${page.admin && html`<p class="quiet"><a href="/hub/admin">Users</a> of this site</p>`}
${signOutEverywhere(user)}`,
  })
}

/** Returns what the header of a page calls its user. */
export function shownName(user: User): string {
  return user.kind === 'temporary' ? 'Temporary visitor' : (user.displayName ?? user.name)
}

export function sendCoursesPage(ctx: Koa.Context, courses: Course[]): void {
  sendPage(ctx, {
    title: 'Courses',
    body: html`<p>Choose a course. A notebook of it opens, yours alone.</p>${courseCards(courses)}`,
  })
}

function courseCards(courses: Course[]) {
  return html`<ul class="cards">${courses.map((course) => {
    const title = course.title ?? course.name
    return html`<li><h2>${title}</h2><a class="button" href="/launch/${encodeURIComponent(course.name)}" aria-label="Open ${title}">Open</a></li>`
  })}</ul>`
}

function serverCard(server: Server, title: string, people: HomePeople) {
  return html`<li><div><h2>${title}</h2><p class="quiet">${stateText[server.state]}${server.state === 'failed' && html`: ${server.failure}`}</p>${serverPeople(server, people)}</div>
<div class="row"><a class="button" href="/launch/${encodeURIComponent(server.course)}" aria-label="Open ${title}">Open</a>
${shareLink(server, title, people)}
${isRunning(server) && postButton({ action: `/hub/servers/${server.id}/stop`, text: 'Stop', label: `Stop ${title}` })}</div></li>`
}

function isMoving(server: Server): boolean {
  return server.state !== 'ready' && !isAtRest(server)
}
