import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import { retold } from '../../../words/kept.ts'
import { allOf, say, type Text } from '../../../words/text.ts'
import type { ListState } from '../../db/servers/course-servers.ts'
import type { SiteServer, SiteServerSort } from '../../db/servers/lists/site-servers.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import type { User } from '../../db/users.ts'
import { memoryText, nameForAdmins, ofUnit, shownName } from '../format.ts'
import { askLink, hiddenFields, type Notice, noticeLine, pager } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { stateField } from '../parts/state-field.ts'
import { serverStatus } from '../parts/status.ts'
import { emptyState, listTable } from '../parts/table.ts'
import { agoTime } from '../parts/time.ts'
import { sendQuestionPage } from '../question.ts'
import { userAddress } from './users.ts'

export interface SiteServersView {
  /** Part of the owner's name. */
  q: string
  /** Part of a course's name, title or id. */
  course: string
  state: ListState
  sort: SiteServerSort
  page: number
}

/** A server, with what a page says of its owner, its course and its memory. */
export interface ShownServer extends SiteServer {
  owner: User
  title: string
  memory: { bytes: number; limit: number | null } | undefined
  /** Whether files are to be lost when it stops. */
  loses: boolean
}

export interface SiteServersPage {
  admin: User
  servers: ShownServer[]
  total: number
  pages: number
  view: SiteServersView
  /** The courses that the filter offers, by id and title. */
  courses: { slug: string; title: string }[]
  notice: Notice | undefined
}

export const siteServersSize = 50
const usual: SiteServersView = { q: '', course: '', state: 'attention', sort: 'state', page: 1 }
const path = '/hub/admin/servers'

/** Returns the address of the page that shows this view. */
export function siteServersAddress(view: Partial<SiteServersView>): string {
  const query = new URLSearchParams(siteServersFields({ ...usual, ...view }))
  return query.size === 0 ? path : `${path}?${query}`
}

/** Returns what of a view is not as usual, as fields of a form. */
export function siteServersFields(view: SiteServersView): Record<string, string> {
  const said = Object.entries(view).filter(([name, value]) => value !== usual[name as keyof SiteServersView])
  return Object.fromEntries(said.map(([name, value]) => [name, String(value)]))
}

/** Sends the page of the servers of all courses, for admins. */
export function sendSiteServersPage(ctx: Koa.Context, page: SiteServersPage): void {
  const { admin, servers, total, view, pages, courses, notice } = page
  const from = (view.page - 1) * siteServersSize + 1
  sendPage(ctx, {
    title: say`Notebooks of all courses`,
    wide: true,
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
<form method="get" action="${path}" role="search" aria-label="${say`This list`}" class="filter many">
<div><label for="q">${say`Owner’s name contains`}</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
<div><label for="course">${say`Course`}</label><input id="course" name="course" type="search" maxlength="100" list="courses" value="${view.course}"><datalist id="courses">${courses.map(({ slug, title }) => html`<option value="${slug}">${title}</option>`)}</datalist></div>
${stateField(view.state)}
${view.sort !== usual.sort && hiddenFields({ sort: view.sort })}<button>${say`Show`}</button></form>
${
  total === 0
    ? emptyState(emptyList(view))
    : html`<div class="row"><p class="quiet" role="status">${say`${from} to ${from + servers.length - 1} of ${total}`}</p>${servers.some(({ server }) => isRunning(server)) && stopForm(view)}</div>${table(page)}`
}
${pager(view.page, pages, (number) => siteServersAddress({ ...view, page: number }))}`,
  })
}

function emptyList({ q, course, state }: SiteServersView): Html {
  const showAll = html`<a href="${siteServersAddress({ state: 'all' })}">${say`Show all notebooks`}</a>`
  if (q !== '' || course !== '') return html`${say`No notebook of this list is like that. ${showAll}`}`
  if (state === 'attention')
    return html`${say`Nothing is running, and nothing has stopped after a problem. ${showAll}`}`
  return html`${say`There are none of these. ${showAll}`}`
}

function stopForm(view: SiteServersView): Html {
  return html`<form id="chosen-servers" class="bulk" method="get" action="${path}/stop">${hiddenFields(siteServersFields(view))}<button class="plain">${say`Stop the chosen ones`}</button></form>`
}

function table({ servers, view }: SiteServersPage): Html {
  return listTable<ShownServer>({
    caption: say`Notebooks of all courses`,
    rows: servers,
    sort: view.sort,
    linkTo: (sort) => siteServersAddress({ ...view, page: 1, sort: sort as SiteServerSort }),
    pick: {
      form: 'chosen-servers',
      name: 'chosen',
      idOf: ({ server }) => (isRunning(server) ? server.id : undefined),
      aboutOf,
    },
    columns: [
      {
        head: say`Owner`,
        sort: 'name',
        kind: 'name',
        cell: ({ owner }) => html`<a href="${userAddress(owner)}">${nameForAdmins(owner)}</a>`,
      },
      { head: say`Course`, sort: 'course', cell: ({ title }) => title },
      { head: say`State`, sort: 'state', cell: stateCell },
      { head: say`Asked for`, sort: 'queued', cell: ({ asked }) => asked !== undefined && agoTime(asked) },
      {
        head: say`Last active`,
        sort: 'active',
        cell: ({ server, activityAge }) =>
          server.state === 'ready' && activityAge !== undefined && agoTime(activityAge),
      },
      { head: say`Memory`, kind: 'amount', cell: ({ memory }) => memory !== undefined && memoryText(memory) },
      {
        head: '',
        kind: 'acts',
        cell: (one) =>
          isRunning(one.server) &&
          askLink({
            href: `${path}/${one.server.id}/stop?${new URLSearchParams({ back: 'servers', ...siteServersFields(view) })}`,
            text: say`Stop`,
            about: aboutOf(one),
          }),
      },
    ],
  })
}

function aboutOf({ owner, title }: ShownServer): Text {
  return say`${title} of ${nameForAdmins(owner)}`
}

/** Returns the state, since when, and why the last run has failed. */
export function stateCell({ server, age }: ShownServer): Html {
  const { state, failure, failureDetail, id, run } = server
  const isAnew = isRunning(server)
  return html`${serverStatus(state)}${age !== undefined && html` <span class="quiet">${agoTime(age)}</span>`}
${
  failure !== undefined &&
  html`<p>${isAnew ? say`Before that: ${retold(failure)}` : retold(failure)} <span class="quiet">${say`Reference: ${html`<code>${id}-${isAnew ? run - 1 : run}</code>`}`}</span></p>
${failureDetail !== undefined && html`<details><summary>${say`Details`}</summary><pre>${failureDetail}</pre></details>`}`
}`
}

/** Sends the page that asks before several servers of any courses are stopped. */
export function sendStopServersPage(
  ctx: Koa.Context,
  { admin, view, servers }: { admin: User; view: SiteServersView; servers: ShownServer[] },
): void {
  const losing = servers.filter(({ loses }) => loses)
  sendQuestionPage(ctx, {
    user: admin,
    title: say`Stop ${ofUnit(servers.length, 'notebook')}?`,
    says: [
      say`${allOf(servers.map(aboutOf))}.`,
      say`What is running in them ends. What is not saved is lost.`,
      losing.length === 0
        ? say`The saved files stay.`
        : losing.length === servers.length
          ? say`All files in them are gone for good, the saved ones too.`
          : say`All files in ${allOf(losing.map(aboutOf))} are gone for good, the saved ones too.`,
      say`Their owners are not asked.`,
    ],
    action: `${path}/stop`,
    fields: { ...siteServersFields(view), chosen: servers.map(({ server }) => server.id).join(' ') },
    button: losing.length === 0 ? say`Stop them` : say`Stop them, and lose the files`,
    keep: { href: siteServersAddress(view), text: say`Keep them running` },
  })
}
