import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { html } from '../../net/html.ts'
import { type Said, say } from '../../words/text.ts'
import type { Share } from '../db/seats/shares.ts'
import type { User } from '../db/users.ts'
import { shareName, shownName, titleOf } from './format.ts'
import { type Notice, noticeLine, postButton } from './fragments.ts'
import { sendPage } from './page.ts'

export interface SharePage {
  user: User
  course: Course
  shares: Share[]
  notice?: Notice | undefined
  /** What was wrong with the form that came before, and what it held. */
  problem?: { message: Said; name: string; kind: Share['kind'] }
}

/**
 * Sends the page that shows with whom an owner shares a notebook. It shows names as they were typed, and does not tell
 * whether they are anyone's.
 */
export function sendSharePage(ctx: Koa.Context, { user, course, shares, notice, problem }: SharePage): void {
  const action = `/hub/share/${course.slug}`
  const isGroup = problem?.kind === 'group'
  sendPage(ctx, {
    title: say`Share ${titleOf(course)}`,
    userName: shownName(user),
    body: html`
${noticeLine(notice)}
<p>${say`Whoever you share with can open your notebook while it runs, read and change all your files, and run code as you.`}</p>
${shares.length === 0 ? html`<p>${say`You share this notebook with nobody yet. Name a person or a group below.`}</p>` : html`<h2>${say`Shared with`}</h2><ul class="cards">${shares.map((share) => shareCard(action, share))}</ul>`}
<h2>${say`Share with somebody else`}</h2>
${problem !== undefined && html`<p role="alert" id="problem">${problem.message}</p>`}
<form method="post" action="${action}/add">
<fieldset><legend>${say`With`}</legend>
<label class="choice"><input type="radio" name="kind" value="user"${!isGroup && html` checked`}> ${say`a person`}</label>
<label class="choice"><input type="radio" name="kind" value="group"${isGroup && html` checked`}> ${say`a group`}</label>
</fieldset>
<label for="name">${say`Name`}</label>
<input id="name" name="name" required maxlength="128" autocomplete="off" autocapitalize="none" spellcheck="false" value="${problem?.name ?? ''}" aria-describedby="${problem !== undefined && 'problem '}hint"${problem !== undefined && html` aria-invalid="true"`}>
<p id="hint" class="quiet">${say`The name that they sign in with; small and large letters differ. If there is such a person or group, they find your notebook on their own page. This page does not tell whether there is: compare the spelling.`}</p>
<p><button>${say`Share`}</button></p></form>
<p><a href="/hub/home">${say`Back to my notebooks`}</a></p>`,
  })
}

function shareCard(action: string, { kind, name }: Share) {
  return html`<li><div>${kind === 'group' && html`<span class="quiet">${say`group`}</span> `}<strong>${name}</strong></div>
${postButton({ action: `${action}/remove`, text: say`Remove`, about: shareName({ kind, name }), fields: { kind, name } })}</li>`
}
