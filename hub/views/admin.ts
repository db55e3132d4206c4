import type Koa from 'koa'
import { type Html, html } from '../../net/html.ts'
import { isRunning } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { nameForAdmins, shownName, stateText } from './format.ts'
import { askLink, type Notice, noticeLine, pager, postButton } from './fragments.ts'
import { filesThatStay } from './homes/files-that-stay.ts'
import { sendPage } from './page.ts'
import { type Question, sendQuestionPage } from './question.ts'

export interface AdminView {
  q: string
  page: number
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
  notice: Notice | undefined
}

export const adminPageSize = 50

/** Returns the address of the page that shows this view. */
export function adminAddress(view: AdminView): string {
  return `/hub/admin?${adminQuery(view)}`
}

function adminQuery({ q, page }: AdminView): string {
  return new URLSearchParams({ q, page: String(page) }).toString()
}

/** Sends the page of all users, for admins. */
export function sendAdminPage(ctx: Koa.Context, page: AdminPage): void {
  const { admin, users, total, view, pages, notice } = page
  const from = (view.page - 1) * adminPageSize + 1
  sendPage(ctx, {
    title: 'Users',
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
${page.hasAccounts && html`<p><a href="/hub/admin/accounts">Accounts with a password</a>: add, give a link, remove. <a href="/hub/admin/import">Register people from a file</a></p>`}
<form method="get" action="/hub/admin" role="search" class="filter">
<div><label for="q">Name contains</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
<button>Show</button></form>
<p><a href="/hub/admin/maintenance">Maintenance</a>, <a href="/hub/images">Images of courses</a></p>
<p class="quiet" role="status">${total === 0 ? emptyList(view) : `${from} to ${from + users.length - 1} of ${total}`}</p>
${users.length > 0 && html`<ul class="cards">${users.map((user) => userCard(page, user))}</ul>`}
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
const states: Record<User['state'], string> = {
  active: '',
  blocked: ', blocked',
  deleting: ', being removed',
  spare: ', not here yet',
}

function userCard({ admin, view, servers }: AdminPage, user: User) {
  const name = nameForAdmins(user)
  const own = servers.filter((server) => server.user === user.id)
  const address = (act: string) => `/hub/admin/users/${user.id}/${act}`
  const ask = (act: string, text: string) =>
    askLink({
      href: `${address(act)}?${adminQuery(view)}`,
      text,
      about: name,
      danger: act === 'remove' || act === 'versions',
    })
  const isOther = user.id !== admin.id
  return html`<li><div><h2>${name}</h2><p class="quiet">${kinds[user.kind]}${states[user.state]}</p>
${own.length > 0 && html`<ul class="lines">${own.map((server) => serverLine(view, name, server))}</ul>`}</div>
${
  user.state !== 'deleting' &&
  html`<div class="row">${ask('sign-out', 'Sign out everywhere')}
${isOther && (user.state === 'blocked' ? postButton({ action: address('unblock'), text: 'Unblock', about: name, fields: { ...view } }) : ask('block', 'Block'))}
${ask('versions', 'Remove versions')}
${isOther && ask('remove', 'Remove')}</div>`
}</li>`
}

function serverLine(view: AdminView, owner: string, { id, course, state }: Server) {
  const stop = {
    href: `/hub/admin/servers/${id}/stop?${adminQuery(view)}`,
    text: 'Stop',
    about: `${course} of ${owner}`,
  }
  return html`<li><span>${course}: ${stateText[state]}</span>${isRunning({ state }) && html` ${askLink(stop)}`}</li>`
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
