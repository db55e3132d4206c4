import type Koa from 'koa'
import { html } from '../../../net/html.ts'
import { say } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'
import { shownName } from '../format.ts'
import { hiddenFields } from '../fragments.ts'
import { sendPage } from '../page.ts'

export interface SignInLinkPage {
  /** Name of the account. */
  name: string
  /** What the form posts along, so that the link is known again. */
  fields: Record<string, string>
  /** The user as whom the browser is signed in now. */
  before: User | undefined
}

/** Sends the page of a link that signs in. To look at it uses nothing up, and says what its button ends. */
export function sendSignInLinkPage(ctx: Koa.Context, { name, fields, before }: SignInLinkPage): void {
  const isTemporary = before?.kind === 'temporary'
  sendPage(ctx, {
    title: say`Sign in by a link`,
    body: html`
${before !== undefined && html`<p class="notice">${isTemporary ? lossOfAll : say`You are signed in as ${shownName(before)} here. That ends, and what is open in this browser closes.`}</p>`}
<p>${say`This link signs this browser in as ${html`<strong>${name}</strong>`}, once. Press the button only if you have made the link yourself, or have asked for it.`}</p>
<form method="post" action="/hub/sign-in-link">${hiddenFields(fields)}
<p><button${isTemporary && html` class="danger"`}>${isTemporary ? say`Lose that work and sign in as ${name}` : say`Sign in as ${name}`}</button></p></form>`,
  })
}

const lossOfAll = say`This browser is a temporary visitor now. There is no way back to the notebooks of that visitor after this. Download first what you want to keep, or open the link in another browser or a private window.`
