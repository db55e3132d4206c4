import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import { type Said, say, type Text } from '../../../words/text.ts'
import { type SiteUser, type UserSort, userSorts } from '../../db/servers/lists/site-users.ts'
import { isRunning } from '../../db/servers/server-states.ts'
import type { Server } from '../../db/servers/servers.ts'
import type { User } from '../../db/users.ts'
import { nameForAdmins, shownName } from '../format.ts'
import { askLink, hiddenFields, type Notice, noticeLine, pager, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { actsMenu } from '../parts/menu.ts'
import { serverStatus, statusMark } from '../parts/status.ts'
import { emptyState, listTable } from '../parts/table.ts'
import { agoTime } from '../parts/time.ts'
import type { AdminAct } from './questions.ts'

/** Which users a page shows, as the address says it: '' for all. */
export interface AdminView {
  q: string
  kind: User['kind'] | ''
  /** The name of an authenticator. */
  way: string
  state: User['state'] | ''
  running: 'yes' | 'no' | ''
  group: string
  page: number
  sort: UserSort
}

export interface AdminPage {
  admin: User
  /** Whether an authenticator keeps accounts, which have a page of their own. */
  hasAccounts: boolean
  users: SiteUser[]
  servers: Server[]
  /** The groups of each user, by id. */
  groups: ReadonlyMap<string, string[]>
  /** What the filter offers. */
  ways: string[]
  knownGroups: string[]
  total: number
  view: AdminView
  pages: number
  /** The time by the database's clock. */
  now: number
  notice: Notice | undefined
}

export const adminPageSize = 50

const usualView: AdminView = {
  ...{ q: '', kind: '', way: '', state: '', running: '', group: '', page: 1, sort: 'name' },
}

/** Returns the address of the page that shows this view. */
export function adminAddress(view: Partial<AdminView>): string {
  const query = new URLSearchParams(adminFields({ ...usualView, ...view }))
  return query.size === 0 ? '/hub/admin' : `/hub/admin?${query}`
}

/** Returns what of a view is not as usual, as fields of a form. */
export function adminFields(view: AdminView): Record<string, string> {
  const said = Object.entries(view).filter(([name, value]) => value !== usualView[name as keyof AdminView])
  return Object.fromEntries(said.map(([name, value]) => [name, String(value)]))
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
    title: say`Users`,
    wide: true,
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
${page.hasAccounts && html`<p>${say`${html`<a href="/hub/admin/accounts">${say`Add accounts with a password`}</a>`}, or ${html`<a href="/hub/admin/import">${say`register people from a file`}</a>`}.`}</p>`}
${filterForm(page)}
${total === 0 ? emptyState(emptyList(view)) : html`<div class="row"><p class="quiet" role="status">${say`${from} to ${from + users.length - 1} of ${total}`}</p>${bulkForm(view)}</div>${usersTable(page)}`}
${pager(view.page, pages, (number) => adminAddress({ ...view, page: number }))}`,
  })
}

const runningTexts = { '': say`Any`, yes: say`Running`, no: say`None running` }

function filterForm({ view, ways, knownGroups }: AdminPage): Html {
  const stateTexts = { '': say`Any`, active: say`Active`, blocked: say`Blocked`, deleting: say`Being removed` }
  return html`<form method="get" action="/hub/admin" role="search" aria-label="${say`This list`}" class="filter many">
<div><label for="q">${say`Name contains`}</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
${choice('kind', say`Comes in as`, { '': say`Anyone`, ...kinds }, view.kind)}
${ways.length > 1 && choice('way', say`By`, { '': say`Any way`, ...Object.fromEntries(ways.map((way) => [way, way])) }, view.way)}
${choice('state', say`State`, stateTexts, view.state)}
${choice('running', say`Notebooks`, runningTexts, view.running)}
<div><label for="group">${say`Group`}</label><input id="group" name="group" type="search" maxlength="255" list="groups" value="${view.group}"><datalist id="groups">${knownGroups.map((group) => html`<option value="${group}"></option>`)}</datalist></div>
${view.sort !== 'name' && hiddenFields({ sort: view.sort })}<button>${say`Show`}</button></form>`
}

function choice(name: string, label: Text, texts: Record<string, Said>, chosen: string): Html {
  return html`<div><label for="${name}">${label}</label><select id="${name}" name="${name}">${Object.entries(texts).map(([value, text]) => html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`)}</select></div>`
}

/** Returns the form of what is done to all users that are chosen in the table. */
function bulkForm(view: AdminView): Html {
  return html`<form id="chosen-users" class="bulk" method="get" action="/hub/admin/chosen">${hiddenFields(adminFields(view))}
<label for="act">${say`With the chosen ones`}</label><select id="act" name="act">${Object.entries(bulkTexts).map(([act, text]) => html`<option value="${act}">${text}</option>`)}</select><button class="plain">${say`Go on`}</button></form>`
}

/** What an admin can do to many users at once. */
export type BulkAct = 'sign-out' | 'stop' | 'block' | 'unblock' | 'remove'

export const bulkTexts: Record<BulkAct, Text> = {
  'sign-out': say`Sign out all browsers`,
  stop: say`Stop their notebooks`,
  block: say`Block`,
  unblock: say`Unblock`,
  remove: say`Remove for good`,
}

/** Returns what stands in place of an empty list, with a way on. */
function emptyList(view: AdminView): Html {
  const { q } = view
  const others = Object.keys(adminFields({ ...view, q: '', sort: 'name', page: 1 })).length > 0
  const showAll = html`<a href="/hub/admin">${say`Show all users`}</a>`
  return others
    ? html`${say`No user is like that. ${showAll}`}`
    : html`${say`No user has “${q}” in the name. ${showAll}`}`
}

/** Returns what pages for admins call the kind of a user. */
export function kindText({ kind }: Pick<User, 'kind'>): Text {
  return kinds[kind]
}

/** Returns the state of an account. */
export function stateMark({ state }: Pick<User, 'state'>): Html {
  return states[state]
}

const kinds: Record<User['kind'], Text> = {
  person: say`Person`,
  learner: say`Learner of an LMS`,
  temporary: say`Temporary visitor`,
}

const states: Record<User['state'], Html> = {
  active: statusMark('good', say`active`),
  blocked: statusMark('bad', say`blocked`),
  deleting: statusMark('busy', say`being removed`),
  spare: statusMark('idle', say`not here yet`),
}

function usersTable(page: AdminPage): Html {
  const { view, users, servers, groups, now } = page
  return listTable<SiteUser>({
    caption: say`Users of this site`,
    rows: users,
    sort: view.sort,
    linkTo: (sort) => adminAddress({ ...view, page: 1, sort: userSorts.find((one) => one === sort) ?? 'name' }),
    pick: {
      form: 'chosen-users',
      name: 'chosen',
      idOf: ({ id, state }) => (id === page.admin.id || state === 'deleting' ? undefined : id),
      aboutOf: nameForAdmins,
    },
    columns: [
      {
        head: say`Name`,
        sort: 'name',
        kind: 'name',
        cell: (user) => html`<a href="${userAddress(user)}">${nameForAdmins(user)}</a>`,
      },
      {
        head: say`Comes in as`,
        cell: ({ kind, authenticator }) => html`${kinds[kind]} <span class="quiet">${say`by ${authenticator}`}</span>`,
      },
      { head: say`Groups`, cell: ({ id }) => groups.get(id)?.join(', ') ?? false },
      { head: say`State`, cell: ({ state }) => states[state] },
      { head: say`Last active`, sort: 'seen', cell: ({ lastActive }) => agoTime(Math.max(0, now - lastActive)) },
      {
        head: say`Notebooks`,
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

function serverLines(view: AdminView, owner: Said, servers: Server[]) {
  return servers.length > 0 && html`<ul class="lines">${servers.map((server) => serverLine(view, owner, server))}</ul>`
}

function acts({ admin, view }: AdminPage, user: User): Html | false {
  if (user.state === 'deleting') return false
  const name = nameForAdmins(user)
  const address = (act: string) => `/hub/admin/users/${user.id}/${act}`
  const ask = (act: AdminAct, text: Text) =>
    askLink({
      href: `${address(act)}?${new URLSearchParams(adminFields(view))}`,
      text,
      about: name,
      danger: act === 'remove',
    })
  const isOther = user.id !== admin.id
  const unblock = { action: address('unblock'), text: say`Unblock`, about: name, fields: adminFields(view) }
  return actsMenu(name, [
    ask('sign-out', say`Sign out all browsers`),
    isOther && (user.state === 'blocked' ? postButton(unblock) : ask('block', say`Block`)),
    isOther && ask('remove', say`Remove`),
  ])
}

function serverLine(view: AdminView, owner: Said, { id, course, state }: Server) {
  const stop = {
    href: `/hub/admin/servers/${id}/stop?${new URLSearchParams(adminFields(view))}`,
    text: say`Stop`,
    about: say`${course} of ${owner}`,
  }
  return html`<li><span>${say`${course}: ${serverStatus(state)}`}</span>${isRunning({ state }) && html` ${askLink(stop)}`}</li>`
}
