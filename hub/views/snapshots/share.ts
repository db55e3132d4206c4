import type Koa from 'koa'
import type { Course } from '../../../courses/course.ts'
import { html } from '../../../net/html.ts'
import { say } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'
import { ofUnit, shownName, titleOf } from '../format.ts'
import { hiddenFields } from '../fragments.ts'
import { sendPage } from '../page.ts'

export interface SharingPage {
  user: User
  course: Course
  /** The path of the notebook, as the link says it. */
  notebook: string
  /** The times that the form offers, and the usual one, in days. */
  days: readonly number[]
  usualDays: number
  /** Where the user opens the notebook first, whose server does not run; undefined where it runs. */
  opens: string | undefined
  ancestors: string[]
}

/** Sends the page that says who will be able to read a copy, with a button that shares it. */
export function sendSharingPage(ctx: Koa.Context, page: SharingPage): void {
  const { user, course, notebook, days, usualDays, opens, ancestors } = page
  sendPage(ctx, {
    title: say`Share a copy of ${notebook}?`,
    userName: shownName(user),
    ancestors,
    body: html`
<p>${say`Everyone who gets the link can read the copy, without signing in: your text, your code and its outputs in ${titleOf(course)}, as they were saved last. What you change later is not in it, until you share it again.`}</p>
${
  opens === undefined
    ? html`<form method="post" action="/hub/snapshots/new">${hiddenFields({ course: course.slug, notebook })}
<label for="days">${say`It stays for`}</label><select id="days" name="days">${days.map((one) => html`<option value="${one}"${one === usualDays && html` selected`}>${ofUnit(one, 'day')}</option>`)}</select>
<p><button>${say`Share it`}</button></p></form>`
    : html`<p>${say`Your server has to run for that. Open your notebook, save it, then come back here.`}</p><p><a class="button" href="${opens}">${say`Open my notebook`}</a></p>`
}
<p><a href="/hub/snapshots">${say`Copies that I share`}</a></p>`,
  })
}
