import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { html } from '../../net/html.ts'
import type { CourseServer, ListState } from '../db/servers/course-servers.ts'
import { isRunning } from '../db/servers/server-states.ts'
import type { User } from '../db/users.ts'
import { ago, fullName, stateText } from './format.ts'
import { pager, postButton } from './fragments.ts'
import { guestForm, ownersFiles } from './guest.ts'
import { sendPage } from './page.ts'

export interface CoursePage {
  user: User
  course: Course
  servers: CourseServer[]
  total: number
  /** What is shown, as in the address. */
  view: CourseView
  pages: number
}

export interface CourseView {
  q: string
  state: ListState
  page: number
}

const choices: Record<ListState, string> = {
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
  const { user, course, servers, total, view, pages } = page
  const address = `/hub/course/${course.slug}`
  const from = (view.page - 1) * coursePageSize + 1
  sendPage(ctx, {
    title: `Notebooks of ${course.title ?? course.name}`,
    userName: user.displayName ?? user.name,
    body: html`
<p>You are staff of this course. Opening a learner’s notebook is noted down, and its owner is told. ${ownersFiles}</p>
<form method="get" action="${address}" role="search" class="filter">
<div><label for="q">Part of the owner’s name</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
<div><label for="state">State</label><select id="state" name="state">${Object.entries(choices).map(([state, text]) => html`<option value="${state}"${state === view.state && html` selected`}>${text}</option>`)}</select></div>
<button>Show</button></form>
<p class="quiet" role="status">${total === 0 ? 'No notebooks match.' : `${from} to ${from + servers.length - 1} of ${total}`}</p>
${servers.length > 0 && html`<ul class="cards">${servers.map((server) => serverCard(address, view, server))}</ul>`}
${pager(view.page, pages, (number) => `${address}?${courseAddress({ ...view, page: number })}`)}`,
  })
}

export const coursePageSize = 50

/** Returns the query of the page that shows this view. */
export function courseAddress({ q, state, page }: CourseView): string {
  return new URLSearchParams({ q, state, page: String(page) }).toString()
}

function serverCard(address: string, view: CourseView, server: CourseServer) {
  const { owner, state, age, activityAge, failure, failureDetail } = server
  const name = fullName(owner)
  return html`<li><div><h2>${name}</h2>
<p class="quiet">${stateText[state]}${age !== undefined && state !== 'stopping' && ` (${sinceText[state]} ${ago(age)})`}${state === 'ready' && activityAge !== undefined && `, last active ${ago(activityAge)}`}</p>
${
  failure !== undefined &&
  html`<p>${failure} <span class="quiet">Reference: <code>${server.id}-${server.run}</code></span></p>
${failureDetail !== undefined && html`<details><summary>What was seen</summary><pre>${failureDetail}</pre></details>`}`
}</div>
${
  isRunning(server) &&
  html`<div class="row">${state === 'ready' && guestForm(server.path, 'Open as staff', `Open the notebook of ${name} as staff`)}
${postButton({ action: `${address}/servers/${server.id}/stop?${courseAddress(view)}`, text: 'Stop', label: `Stop the notebook of ${name}` })}</div>`
}</li>`
}
