import type Koa from 'koa'
import type { PasswordAuthenticator, RedirectAuthenticator } from '../../authenticators/authenticator.ts'
import { html } from '../../net/html.ts'
import { sendPage } from './page.ts'

export interface SignInPage {
  ways: (PasswordAuthenticator | RedirectAuthenticator)[]
  /** Whether courses are open to visitors without an account too. */
  courses: boolean
  next: string | undefined
  problem?: string
}

export function sendSignInPage(ctx: Koa.Context, { ways, courses, next, problem }: SignInPage): void {
  const nextField = next !== undefined && html`<input type="hidden" name="next" value="${next}">`
  sendPage(ctx, {
    title: 'Sign in',
    // The form goes to us, and our answer sends it on to a provider, whose address is known only then.
    formTargets: ['https:', 'http:'],
    body: html`
${problem !== undefined && html`<p role="alert">${problem}</p>`}
${ways.length === 0 && !courses && html`<p>Notebooks open from a course page of your school. Go there and follow the link.</p>`}
${ways.map((way) =>
  way.kind === 'redirect'
    ? html`<form method="post" action="/hub/login/${way.name}">${nextField}<button>${way.label}</button></form>`
    : html`<form method="post" action="/hub/login/${way.name}">${nextField}
<label for="username-${way.name}">Name</label><input id="username-${way.name}" name="username" autocomplete="username" required>
<label for="password-${way.name}">Password</label><input id="password-${way.name}" name="password" type="password" autocomplete="current-password" required>
<p><button>${way.label}</button></p></form>`,
)}
${courses && html`<p><a href="/hub/courses">Open a course without an account</a></p>`}`,
  })
}

/**
 * Sends the page of a window that a frame opened: its script hands over to the frame. Without script, or opener, the
 * notebook opens in the window.
 */
export function sendWindowPage(ctx: Koa.Context, { challenge, next }: { challenge: string; next: string }): void {
  sendPage(ctx, {
    title: 'You are signed in',
    scripts: ['window.js'],
    body: html`
<div id="window" data-challenge="${challenge}"><p id="message" role="status" aria-live="polite">You can open your notebook in this window.</p>
<p id="go-on"><a class="button" href="${next}">Open my notebook here</a></p></div>`,
  })
}
