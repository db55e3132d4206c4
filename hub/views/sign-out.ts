import type Koa from 'koa'
import { type Html, html } from '../../net/html.ts'
import type { User } from '../db/users.ts'
import type { Delivery } from '../proxies/clients.ts'
import { sendPage } from './page.ts'

export function sendSignOutPage(ctx: Koa.Context, user: User): void {
  sendPage(ctx, {
    title: 'Sign out',
    body: html`<p>Your open notebooks will be closed in this browser.${user.kind === 'temporary' && ' There is no way back to them, and your API tokens end with them.'}</p>
<form method="post" action="/hub/logout"><button>Sign out</button></form>
${signOutEverywhere(user)}`,
  })
}

export function sendSignedOutPage(ctx: Koa.Context, delivery: Delivery, everywhere: boolean): void {
  sendPage(ctx, {
    title: everywhere ? 'You are signed out everywhere' : 'You are signed out',
    body: html`<p>Your open notebooks are closed ${everywhere ? 'in every browser' : 'in this browser'}.</p>
${unconfirmedNotice(delivery)}
<p><a href="/">Go to the start page</a></p>`,
  })
}

/**
 * Returns the button that signs out everywhere, with what it ends and what it does not. None for a temporary user,
 * whose sign-out is for all and for good anyway.
 */
export function signOutEverywhere(user: User): Html | false {
  if (user.kind === 'temporary') return false
  return html`<form method="post" action="/hub/logout"><input type="hidden" name="everywhere" value="true">
<p class="quiet" id="everywhere">In every browser and on every page: what is open closes, what runs goes on.${user.kind !== 'learner' && html` <a href="/hub/token">API tokens</a> stay valid until you revoke them.`}</p>
<button class="plain" aria-describedby="everywhere">Sign out everywhere</button></form>`
}

/** Returns how many proxies have not confirmed, as a notice; false when all have. */
export function unconfirmedNotice({ proxies, unconfirmed }: Delivery): Html | false {
  if (unconfirmed.length === 0) return false
  const some = unconfirmed.length === 1 ? 'one' : String(unconfirmed.length)
  return html`<p role="alert">A part of this site (${some} of ${proxies} proxies) did not answer. What is open there closes when it is back.</p>`
}
