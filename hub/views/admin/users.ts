import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import type { Server } from '../../db/servers/servers.ts'
import { type User, type UserSort, userSorts } from '../../db/users.ts'
import { nameForAdmins, shownName } from '../format.ts'
import { askLink, hiddenFields, type Notice, noticeLine, pager, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { serverStatus, statusMark } from '../parts/status.ts'
import { emptyState, listTable } from '../parts/table.ts'
import { agoTime } from '../parts/time.ts'
import type { AdminAct } from './questions.ts'

export interface AdminView {
  q: string
  page: number
  sort: UserSort
}

export interface AdminPage {
  admin: User
  /** Whether an authenticator keeps accounts, which have a page of their own. */
  hasAccounts: boolean
  users: User[]
  servers: Server[]
  total: number
  view: AdminView
  pages: number
  /** The time by the database's clock. */
  now: number
  notice: Notice | undefined
}

export const adminPageSize = 50

/** Returns the address of the page that shows this view. */
export function adminAddress(view: AdminView): string {
  return `/hub/admin?${adminQuery(view)}`
}

function adminQuery({ q, page, sort }: AdminView): string {
  return new URLSearchParams({ q, page: String(page), ...(sort !== 'name' && { sort }) }).toString()
}

/** Returns the address of the page of one user, for admins. */
export function userAddress({ id }: Pick<User, 'id'>): string {
  return `/hub/admin/users/${id}`
}

/** Sends the page of all users, for admins. */
export function sendAdminPage(ctx: Koa.Context, page: AdminPage): void {
  const { admin, users, total, view, pages, notice } = page
  const from = (view.page - 1) * adminPageSize + 1
  sendPage(ctx, {
    title: 'Users',
    wide: true,
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
${page.hasAccounts && html`<p><a href="/hub/admin/accounts">Add accounts with a password</a>, or <a href="/hub/admin/import">register people from a file</a>.</p>`}
<form method="get" action="/hub/admin" role="search" class="filter">
${view.sort !== 'name' && hiddenFields({ sort: view.sort })}<div><label for="q">Name contains</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
<button>Show</button></form>
${total === 0 ? emptyState(emptyList(view)) : html`<p class="quiet" role="status">${from} to ${from + users.length - 1} of ${total}</p>${usersTable(page)}`}
${pager(view.page, pages, (number) => adminAddress({ ...view, page: number }))}`,
  })
}

/** Returns what stands in place of an empty list, with a way on. */
function emptyList({ q }: AdminView): Html {
  return html`No user has “${q}” in the name. <a href="/hub/admin">Show all users</a>`
}

/** Returns what pages for admins call the kind of a user. */
export function kindText({ kind }: Pick<User, 'kind'>): string {
  return kinds[kind]
}

/** Returns the state of an account. */
export function stateMark({ state }: Pick<User, 'state'>): Html {
  return states[state]
}

const kinds: Record<User['kind'], string> = {
  person: 'Person',
  learner: 'Learner of an LMS',
  temporary: 'Temporary visitor',
}

const states: Record<User['state'], Html> = {
  active: statusMark('good', 'active'),
  blocked: statusMark('bad', 'blocked'),
  deleting: statusMark('busy', 'being removed'),
  spare: statusMark('idle', 'not here yet'),
}

function usersTable(page: AdminPage): Html {
  const { view, users, servers, now } = page
  return listTable<User>({
    caption: 'Users of this site',
    rows: users,
    sort: view.sort,
    linkTo: (sort) => adminAddress({ ...view, page: 1, sort: userSorts.find((one) => one === sort) ?? 'name' }),
    columns: [
      {
        head: 'Name',
        sort: 'name',
        kind: 'name',
        cell: (user) => html`<a href="${userAddress(user)}">${nameForAdmins(user)}</a>`,
      },
      {
        head: 'Comes in as',
        cell: ({ kind, authenticator }) => html`${kinds[kind]} <span class="quiet">by ${authenticator}</span>`,
      },
      { head: 'State', cell: ({ state }) => states[state] },
      { head: 'Last launch', sort: 'seen', cell: ({ lastLaunch }) => agoTime(Math.max(0, now - lastLaunch)) },
      {
        head: 'Servers',
        cell: (user) =>
          serverLines(
            view,
            nameForAdmins(user),
            servers.filter((one) => one.user === user.id),
          ),
      },
      { head: '', kind: 'acts', cell: (user) => acts(page, user) },
    ],
  })
}

function serverLines(view: AdminView, owner: string, servers: Server[]) {
  return servers.length > 0 && html`<ul class="lines">${servers.map((server) => serverLine(view, owner, server))}</ul>`
}

function acts({ admin, view }: AdminPage, user: User): Html | false {
  if (user.state === 'deleting') return false
  const name = nameForAdmins(user)
  const address = (act: string) => `/hub/admin/users/${user.id}/${act}`
  const ask = (act: AdminAct, text: string) =>
    askLink({
      href: `${address(act)}?${adminQuery(view)}`,
      text,
      about: name,
      danger: act === 'remove' || act === 'versions',
    })
  const isOther = user.id !== admin.id
  return html`${ask('sign-out', 'Sign out everywhere')}
${isOther && (user.state === 'blocked' ? postButton({ action: address('unblock'), text: 'Unblock', about: name, fields: { ...view } }) : ask('block', 'Block'))}
${ask('versions', 'Remove versions')}
${isOther && ask('remove', 'Remove')}`
}

function serverLine(view: AdminView, owner: string, { id, course, state }: Server) {
  const stop = {
    href: `/hub/admin/servers/${id}/stop?${adminQuery(view)}`,
    text: 'Stop',
    about: `${course} of ${owner}`,
  }
  return html`<li><span>${course}: ${serverStatus(state)}</span>${isRunning({ state }) && html` ${askLink(stop)}`}</li>`
}
