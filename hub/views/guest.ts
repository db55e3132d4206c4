import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { html } from '../../net/html.ts'
import { type Said, say } from '../../words/text.ts'
import type { GuestRole } from '../db/seats/guests.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'
import { fullName, shownName, stateText, titleOf } from './format.ts'
import { actName, hiddenFields } from './fragments.ts'
import { sendPage } from './page.ts'

export interface GuestPage {
  user: User
  owner: User
  server: Server
  course: Course
  role: GuestRole
  /** Path and query that the link names, at the servers' host. */
  to: string
  /** The part of `to` inside the server; empty when the link names only the server. */
  inside: string
}

/** Sends the page that asks before a user enters another's server. To look at this page changes nothing. */
export function sendGuestPage(ctx: Koa.Context, page: GuestPage): void {
  const { user, owner, server, course, role, to, inside } = page
  const name = fullName(owner)
  const title = titleOf(course)
  sendPage(ctx, {
    title: say`${title}: the notebook of ${name}`,
    userName: shownName(user),
    body: html`
${
  role === 'staff'
    ? html`<p>${say`You may open this notebook as staff of the course. Its owner is told when you do.`}</p>`
    : html`<p>${say`${name} shares this notebook with you.`}</p>`
}
<p>${ownersFiles}</p>
${inside !== '' && html`<p>${say`The link opens ${html`<code>${inside.slice(0, 200)}</code>`} there. Go on only if you trust whoever gave it to you.`}</p>`}
${
  server.state === 'ready'
    ? guestForm({ to }, role === 'staff' ? say`Open as staff` : say`Open it`)
    : html`<p>${say`It is ${stateText[server.state]} just now. Only its owner can start it.`}</p>`
}
<p><a href="/hub/home">${say`Show my notebooks`}</a></p>`,
  })
}

/** The warning to be read before a user opens another's notebook. */
export const ownersFiles = say`What you change in somebody else’s notebook changes that person’s files, and what you run there runs as that person.`

/**
 * Returns the only way to become a guest: a button of our own pages, to a place in a server, or to a server by its id. `about`
 * says to screen readers what it opens.
 */
export function guestForm(where: { to: string } | { server: string }, text: Said, about?: Said) {
  return html`<form method="post" action="/hub/guests">${hiddenFields({ ...where })}<button>${about === undefined ? text : actName(text, about)}</button></form>`
}
