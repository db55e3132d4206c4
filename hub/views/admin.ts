import type Koa from 'koa'
import { type Html, html } from '../../net/html.ts'
import { isRunning } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import { type User, type UserSort, userSorts } from '../db/users.ts'
import { nameForAdmins, shownName } from './format.ts'
import { askLink, hiddenFields, type Notice, noticeLine, pager, postButton } from './fragments.ts'
import { filesThatStay } from './homes/files-that-stay.ts'
import { sendPage } from './page.ts'
import { serverStatus, statusMark } from './parts/status.ts'
import { emptyState, listTable } from './parts/table.ts'
import { agoTime } from './parts/time.ts'
import { type Question, sendQuestionPage } from './question.ts'

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
      { head: 'Name', sort: 'name', kind: 'name', cell: nameForAdmins },
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

/** What an admin can do to an account that takes something from its user. */
export type AdminAct = 'sign-out' | 'block' | 'versions' | 'remove'

export interface AdminQuestion {
  admin: User
  user: User
  /** How many servers the user has, how many of them run, and how many of those lose their files when they stop. */
  servers: { all: number; running: number; losing: number }
  /** How many homes the user has. */
  homes: number
  /** How many earlier versions of notebooks the user has. */
  versions: number
  view: AdminView
}

/** Sends the page that asks before an admin does something to an account. */
export function sendAdminQuestion(ctx: Koa.Context, act: AdminAct, page: AdminQuestion): void {
  const { admin, user, view } = page
  sendQuestionPage(ctx, {
    ...questions[act](page),
    user: admin,
    action: `/hub/admin/users/${user.id}/${act}`,
    fields: { ...view },
  })
}

/** Returns what is lost when the running servers stop. */
function lossAtStop({ running, losing }: AdminQuestion['servers']): string {
  if (losing === 0) return 'What is not saved is lost; the saved files stay.'
  if (losing === running) return 'All files in there are gone for good, the saved ones too.'
  return `All files in ${losing} of them are gone for good, the saved ones too; in the others what is not saved is lost.`
}

const questions: Record<AdminAct, (page: AdminQuestion) => Pick<Question, 'title' | 'says' | 'button' | 'keep'>> = {
  'sign-out': ({ user, servers, view }) => ({
    title: `Sign ${nameForAdmins(user)} out everywhere?`,
    says: [
      'What is open closes in every browser, and what is not saved there is lost.',
      user.kind === 'temporary'
        ? 'This is a temporary visitor, who has no way back to the notebooks.'
        : `${servers.running === 0 ? 'Nothing is deleted' : 'What is running goes on'}, and the user may sign in again.`,
      user.kind === 'person' && 'API tokens stay valid. To end those too, block the account.',
    ],
    button: 'Sign out everywhere',
    keep: { href: adminAddress(view), text: 'Leave it open' },
  }),
  block: ({ user, servers, view }) => ({
    title: `Block ${nameForAdmins(user)}?`,
    says: [
      'What is open closes in every browser, the account opens nothing any more, and its API tokens do nothing until you unblock it.',
      servers.running > 0 &&
        `${notebooks(servers.running)} that ${servers.running === 1 ? 'is' : 'are'} running will stop. ${lossAtStop(servers)}`,
      'The account itself stays, and you can unblock it at any time.',
    ],
    button: 'Block',
    keep: { href: adminAddress(view), text: 'Leave the account as it is' },
  }),
  versions: ({ user, versions, view }) => ({
    title: `Remove the earlier versions of ${nameForAdmins(user)}?`,
    says: [
      `${versions === 1 ? 'One version' : `${versions} versions`} of notebooks ${versions === 1 ? 'goes' : 'go'}, of all courses: what was there before a notebook was replaced. Nothing brings them back.`,
      'The notebooks themselves and the account stay as they are.',
    ],
    button: 'Remove the versions',
    keep: { href: adminAddress(view), text: 'Keep them' },
  }),
  remove: ({ user, servers, homes, versions, view }) => ({
    title: `Remove ${nameForAdmins(user)}?`,
    says: [
      `The account goes, with its API tokens, its notebooks (${servers.all}) and all files in them. Nothing brings them back.`,
      homes > 0 && filesThatStay({ homes, leaving: user.kind === 'temporary' ? 'temporary' : 'person' }),
      versions > 0 &&
        user.kind !== 'temporary' &&
        'Earlier versions of notebooks stay for an account that comes back. Remove those first, if they are to go too.',
      'To keep a person out and lose nothing, block the account instead.',
    ],
    button: 'Remove for good',
    keep: { href: adminAddress(view), text: 'Keep the account' },
  }),
}

function notebooks(count: number): string {
  return count === 1 ? 'The notebook' : `The ${count} notebooks`
}
