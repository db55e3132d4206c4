import type Koa from 'koa'
import { html } from '../../../net/html.ts'
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
  sendPage(ctx, {
    title: 'Mails to new people',
    userName: shownName(admin),
    body: html`
${noticeLine(notice)}
<p role="status">${sent} sent, ${waiting + sending + handed} on their way, ${failed} failed${unsure > 0 && `, ${unsure} of which it is not known whether they arrived`}.</p>
${mails.length > 0 && html`<ul class="cards">${mails.map((mail) => mailCard(mail, users))}</ul>`}
${failed + unsure > mails.length && html`<p class="quiet">And ${failed + unsure - mails.length} more.</p>`}
<div class="row"><a class="button plain" href="/hub/admin/import">Register people</a>
${failed > 0 && retryForm('failed', 'Try the failed ones again')}
${unsure > 0 && retryForm('unsure', 'Send the unknown ones again')}</div>
${unsure > 0 && html`<p class="quiet">A person whose first mail did arrive then has two, and only the link in the second one works.</p>`}`,
  })
}

const states: Partial<Record<MailState, string>> = {
  waiting: 'is tried again soon',
  failed: 'failed',
  unsure: 'may have arrived',
}

function mailCard({ user, email, mail, tries, reason }: MailAddress, users: Map<string, User>) {
  const found = users.get(user)
  return html`<li><div><h2>${found === undefined ? email : fullName(found)}</h2>
<p>${email}: ${states[mail] ?? mail}, after ${tries === 1 ? 'one try' : `${tries} tries`}. ${reason ?? ''}</p></div></li>`
}

function retryForm(which: string, text: string) {
  return html`<form method="post" action="/hub/admin/mails/retry">${hiddenFields({ which })}<button>${text}</button></form>`
}
