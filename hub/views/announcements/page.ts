import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import type { StoredAnnouncement } from '../../db/announcements.ts'
import type { User } from '../../db/users.ts'
import { shownName } from '../format.ts'
import { type Notice, noticeLine, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { withLinks } from './lines.ts'

export interface AnnouncementsPage {
  user: User
  /** The page's own address. */
  address: string
  /** The title of the course; undefined for the whole site. */
  course: string | undefined
  all: StoredAnnouncement[]
  notice: Notice | undefined
  problem?: string
  /** What the form shows again. */
  typed?: Record<string, string>
}

/** Sends the page where admins, or the staff of a course, tell people something for a while. */
export function sendAnnouncementsPage(ctx: Koa.Context, page: AnnouncementsPage): void {
  const { user, address, course, all, notice, problem, typed = {} } = page
  const where = course === undefined ? 'on every page of this site' : `on the pages that open ${course}`
  sendPage(ctx, {
    title: course === undefined ? 'Announcements' : `Announcements of ${course}`,
    userName: shownName(user),
    ...(course !== undefined && { crumbs: [{ href: '/hub/my-courses', text: 'Courses' }] }),
    body: html`
${noticeLine(notice)}
${problem !== undefined && html`<p id="problem" class="notice" role="alert">${problem}</p>`}
<p>An announcement stands ${where}, and in the line above notebooks. People see it within a minute or two, without a restart.</p>
${all.length === 0 ? html`<p class="quiet">There is none. Write one below.</p>` : html`<ul class="cards">${all.map((one) => card(one, address))}</ul>`}
<h2>Another one</h2>
<form method="post" action="${address}">
<label for="text">Text</label><input id="text" name="text" maxlength="500" required value="${typed.text ?? ''}" aria-describedby="${problem !== undefined && 'problem '}about">
<p id="about" class="quiet">Up to 500 characters. Addresses that begin with https:// become links.</p>
<label for="level">Kind</label><select id="level" name="level"><option value="info">To know</option><option value="warning"${typed.level === 'warning' && html` selected`}>Important</option></select>
<label for="begins">From (${zone}; empty: at once)</label>${timeField('begins', typed.begins)}
<label for="ends">Until (${zone}; empty: until it is removed)</label>${timeField('ends', typed.ends)}
<p><button>Announce it</button></p></form>`,
  })
}

/** A script puts the writer's own zone here, and sends UTC all the same. */
const zone = html`<span data-zone>UTC</span>`

function timeField(name: string, typed = ''): Html {
  return html`<input id="${name}" name="${name}" type="datetime-local" value="${typed}" autocomplete="off" data-utc>`
}

function card({ id, level, text, begins, ends }: StoredAnnouncement, address: string) {
  const times = [
    begins !== undefined && html`from ${moment(begins)} `,
    ends === undefined ? html`until it is removed` : html`until ${moment(ends)}`,
  ]
  return html`<li class="card"><div><p>${level === 'warning' && html`<strong>Important:</strong> `}${withLinks(text)}</p>
<p class="quiet">${times}</p></div>
${postButton({ action: `${address}/${id}/remove`, text: 'Remove', about: text.slice(0, 60) })}</li>`
}

/** Returns a time that pages show in the reader's zone. */
function moment(at: number) {
  return html`<time datetime="${new Date(at).toISOString()}" data-local>${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`
}
