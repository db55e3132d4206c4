import type Koa from 'koa'
import { html } from '../../net/html.ts'
import { isRunning } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'

import type { Delivery } from '../proxies/clients.ts'
import { fullName, stateText } from './format.ts'
import { pager, postButton } from './fragments.ts'
import { sendPage } from './page.ts'
import { unconfirmedNotice } from './sign-out.ts'

export interface AdminView {
  q: string
  page: number
}

export interface AdminPage {
  admin: User
  users: User[]
  servers: Server[]
  total: number
  view: AdminView
  pages: number
}

export const adminPageSize = 50

/** Returns the address of the page that shows this view. */
export function adminAddress({ q, page }: AdminView): string {
  return `/hub/admin?${new URLSearchParams({ q, page: String(page) })}`
}

/** Sends the page of all users, for admins. */
export function sendAdminPage(ctx: Koa.Context, page: AdminPage): void {
  const { admin, users, servers, total, view, pages } = page
  const from = (view.page - 1) * adminPageSize + 1
  sendPage(ctx, {
    title: 'Users',
    userName: admin.displayName ?? admin.name,
    body: html`
<form method="get" action="/hub/admin" role="search" class="filter">
<div><label for="q">Part of the name</label><input id="q" name="q" type="search" maxlength="100" value="${view.q}"></div>
<button>Show</button></form>
<p class="quiet" role="status">${total === 0 ? 'No user is named like this.' : `${from} to ${from + users.length - 1} of ${total}`}</p>
${users.length > 0 && html`<ul class="cards">${users.map((user) => userCard(page, user, servers))}</ul>`}
${pager(view.page, pages, (number) => adminAddress({ ...view, page: number }))}`,
  })
}

const kinds: Record<User['kind'], string> = {
  person: 'Person',
  learner: 'Learner of an LMS',
  temporary: 'Temporary visitor',
}
const states: Record<User['state'], string> = { active: '', blocked: ', blocked', deleting: ', being removed' }

function userCard({ admin, view }: AdminPage, user: User, servers: Server[]) {
  const name = fullName(user)
  const own = servers.filter((server) => server.user === user.id)
  const act = (outcome: string, text: string) =>
    postButton({
      action: `/hub/admin/users/${user.id}/${outcome}`,
      text,
      label: `${text}: ${name}`,
      fields: { ...view },
    })
  const isOther = user.id !== admin.id
  return html`<li><div><h2>${name}</h2><p class="quiet">${kinds[user.kind]}${states[user.state]}</p>
${own.length > 0 && html`<ul>${own.map((server) => serverLine(view, name, server))}</ul>`}</div>
${
  user.state !== 'deleting' &&
  html`<div class="row">${act('sign-out', 'Sign out everywhere')}
${isOther && (user.state === 'blocked' ? act('unblock', 'Unblock') : act('block', 'Block'))}
${isOther && html`<a class="button plain" href="/hub/admin/users/${user.id}/remove" aria-label="Remove: ${name}">Remove</a>`}</div>`
}</li>`
}

function serverLine(view: AdminView, owner: string, server: Server) {
  const { id, course, state } = server
  return html`<li>${course}: ${stateText[state]}${
    isRunning(server) &&
    html` ${postButton({ action: `/hub/admin/servers/${id}/stop`, text: 'Stop', label: `Stop ${course} of ${owner}`, fields: { ...view } })}`
  }</li>`
}

export function sendRemovePage(
  ctx: Koa.Context,
  { admin, user, servers }: { admin: User; user: User; servers: Server[] },
): void {
  const name = fullName(user)
  sendPage(ctx, {
    title: `Remove ${name}?`,
    userName: admin.displayName ?? admin.name,
    body: html`<p>The account goes, with its tokens, its notebooks (${String(servers.length)}) and all files in them. Nobody can bring them back. To keep somebody out and lose nothing, block the account instead.</p>
<div class="row"><form method="post" action="/hub/admin/users/${user.id}/remove"><button>Remove for good</button></form>
<a class="button plain" href="/hub/admin">Keep the account</a></div>`,
  })
}

/** Sends the page that says what was done, and how many proxies have not confirmed it. */
export function sendDonePage(
  ctx: Koa.Context,
  page: { admin: User; outcome: string; delivery: Delivery; back: string },
): void {
  const { admin, outcome, delivery, back } = page
  sendPage(ctx, {
    title: 'Done',
    userName: admin.displayName ?? admin.name,
    body: html`<p role="status">${outcome}</p>${unconfirmedNotice(delivery)}
<p><a href="${back}">Back to the users</a></p>`,
  })
}
