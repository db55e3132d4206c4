import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { type Html, html } from '../../../net/html.ts'
import { type Said, say } from '../../../words/text.ts'
import type { StoredAnnouncement } from '../../db/announcements.ts'
import type { User } from '../../db/users.ts'
import { shownName, titleOf } from '../format.ts'
import { momentTime, type Notice, noticeLine, postButton } from '../fragments.ts'
import { sendPage } from '../page.ts'
import { coursesCrumbs } from '../parts/header.ts'
import { withLinks } from './lines.ts'

export interface AnnouncementsPage {
  user: User
  /** The page's own address. */
  address: string
  /** Undefined for the whole site. */
  course: Course | undefined
  all: StoredAnnouncement[]
  notice: Notice | undefined
  problem?: Said
  /** What the form shows again. */
  typed?: Record<string, string>
}

/** Sends the page where admins, or the staff of a course, tell people something for a while. */
export function sendAnnouncementsPage(ctx: Koa.Context, page: AnnouncementsPage): void {
  const { user, address, course, all, notice, problem, typed = {} } = page
  const where =
    course === undefined
      ? say`An announcement stands on every page of this site, and in the line above notebooks. People see it within a minute or two, without a restart.`
      : say`An announcement stands on the pages that open ${titleOf(course)}, and in the line above notebooks. People see it within a minute or two, without a restart.`
  sendPage(ctx, {
    title: course === undefined ? say`Announcements` : say`Announcements of ${titleOf(course)}`,
    userName: shownName(user),
    ...(course !== undefined && { course, crumbs: coursesCrumbs }),
    body: html`
${noticeLine(notice)}
${problem !== undefined && html`<p id="problem" class="notice" role="alert">${problem}</p>`}
<p>${where}</p>
${all.length === 0 ? html`<p class="quiet">${say`There is none. Write one below.`}</p>` : html`<ul class="cards">${all.map((one) => card(one, address))}</ul>`}
<h2>${say`Another one`}</h2>
<form method="post" action="${address}">
<label for="text">${say`Text`}</label><input id="text" name="text" maxlength="500" required value="${typed.text ?? ''}" aria-describedby="${problem !== undefined && 'problem '}about">
<p id="about" class="quiet">${say`Up to 500 characters. Addresses that begin with https:// become links.`}</p>
<label for="level">${say`Kind`}</label><select id="level" name="level"><option value="info">${say`To know`}</option><option value="warning"${typed.level === 'warning' && html` selected`}>${say`Important`}</option></select>
<label for="begins">${say`From (${zone}; empty: at once)`}</label>${timeField('begins', typed.begins)}
<label for="ends">${say`Until (${zone}; empty: until it is removed)`}</label>${timeField('ends', typed.ends)}
<p><button>${say`Announce it`}</button></p></form>`,
  })
}

/** A script puts the writer's own zone here, and sends UTC all the same. */
const zone = html`<span data-zone>UTC</span>`

function timeField(name: string, typed = ''): Html {
  return html`<input id="${name}" name="${name}" type="datetime-local" value="${typed}" autocomplete="off" data-utc>`
}

function card({ id, level, text, begins, ends }: StoredAnnouncement, address: string) {
  return html`<li class="card"><div><p>${level === 'warning' && html`<strong>${say`Important:`}</strong> `}${withLinks(text)}</p>
<p class="quiet">${timesText(begins, ends)}</p></div>
${postButton({ action: `${address}/${id}/remove`, text: say`Remove`, about: text.slice(0, 60) })}</li>`
}

function timesText(begins: number | undefined, ends: number | undefined): Html {
  if (begins === undefined) return ends === undefined ? say`until it is removed` : say`until ${momentTime(ends)}`
  const from = momentTime(begins)
  return ends === undefined ? say`from ${from} until it is removed` : say`from ${from} until ${momentTime(ends)}`
}
