import type Koa from 'koa'
import { html } from '../../../net/html.ts'
import { say } from '../../../words/text.ts'
import type { Maintenance } from '../../db/installation.ts'
import type { User } from '../../db/users.ts'
import { ago, shownName } from '../format.ts'
import { type Notice, noticeLine } from '../fragments.ts'
import { sendPage } from '../page.ts'

export interface MaintenancePage {
  admin: User
  maintenance: Maintenance | undefined
  /** How long it has been going on, in milliseconds. */
  age: number | undefined
  notice: Notice | undefined
}

/** Sends the page on which admins begin and end maintenance. It says what that does before any button is pressed. */
export function sendMaintenancePage(ctx: Koa.Context, { admin, maintenance, age = 0, notice }: MaintenancePage): void {
  const isOn = maintenance !== undefined
  sendPage(ctx, {
    title: say`Maintenance`,
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
<p>${isOn ? say`Maintenance is going on. It began ${ago(age)}.` : say`There is no maintenance.`}</p>
<p>${say`During maintenance learners and visitors open no notebook. They see a page that says so, and goes on by itself at the end. Notebooks that are running or starting go on, and so do staff of a course and admins. It lasts until you end it, also through restarts.`}</p>
<form method="post" action="/hub/admin/maintenance/begin">
<label for="message">${say`What people read beside that, such as when it will be over`}</label>
<input id="message" name="message" maxlength="500" value="${maintenance?.message ?? ''}">
<p><button${isOn && html` class="plain"`}>${isOn ? say`Change the message` : say`Begin maintenance`}</button></p></form>
${isOn && html`<form method="post" action="/hub/admin/maintenance/end"><button>${say`End maintenance`}</button></form>`}
<p><a href="/hub/admin">${say`Show all users`}</a></p>`,
  })
}
