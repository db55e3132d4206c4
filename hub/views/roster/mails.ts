import type Koa from 'koa'
import { html } from '../../../net/html.ts'
import { retold } from '../../../words/kept.ts'
import { forCount, say, type Text } from '../../../words/text.ts'
import type { MailAddress, MailState } from '../../db/mail/addresses.ts'
import type { User } from '../../db/users.ts'
import { fullName, shownName } from '../format.ts'
import { hiddenFields, type Notice, noticeLine } from '../fragments.ts'
import { sendPage } from '../page.ts'

export interface MailsPage {
  admin: User
  counts: Partial<Record<MailState, number>>
  mails: MailAddress[]
  users: Map<string, User>
  notice: Notice | undefined
}

/** Sends the page about the mails with first-use links: how many went out, which did not, and why. */
export function sendMailsPage(ctx: Koa.Context, { admin, counts, mails, users, notice }: MailsPage): void {
  const { waiting = 0, sending = 0, handed = 0, sent = 0, failed = 0, unsure = 0 } = counts
  const counted = say`${sent} sent, ${waiting + sending + handed} on their way, ${failed} failed`
  sendPage(ctx, {
    title: say`Mails to new people`,
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
<p role="status">${unsure > 0 ? say`${counted}, ${unsure} of which it is not known whether they arrived.` : say`${counted}.`}</p>
${mails.length > 0 && html`<ul class="cards">${mails.map((mail) => mailCard(mail, users))}</ul>`}
${failed + unsure > mails.length && html`<p class="quiet">${say`And ${failed + unsure - mails.length} more.`}</p>`}
<div class="row"><a class="button plain" href="/hub/admin/import">${say`Register people`}</a>
${failed > 0 && retryForm('failed', say`Try the failed ones again`)}
${unsure > 0 && retryForm('unsure', say`Send the unknown ones again`)}</div>
${unsure > 0 && html`<p class="quiet">${say`A person whose first mail did arrive then has two, and only the link in the second one works.`}</p>`}`,
  })
}

const states: Partial<Record<MailState, Text>> = {
  waiting: say`is tried again soon`,
  failed: say`failed`,
  unsure: say`may have arrived`,
}

function mailCard({ user, email, mail, tries, reason }: MailAddress, users: Map<string, User>) {
  const found = users.get(user)
  const state = states[mail] ?? mail
  return html`<li><div><h2>${found === undefined ? email : fullName(found)}</h2>
<p>${forCount(tries, say`${email}: ${state}, after one try.`, say`${email}: ${state}, after ${tries} tries.`)} ${retold(reason ?? '')}</p></div></li>`
}

function retryForm(which: string, text: Text) {
  return html`<form method="post" action="/hub/admin/mails/retry">${hiddenFields({ which })}<button>${text}</button></form>`
}
