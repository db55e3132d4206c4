import type Koa from 'koa'
import { html } from '../../net/html.ts'
import { type Said, say } from '../../words/text.ts'
import { sendPage } from './page.ts'

/** A way to sign in: by a button, or by a form. */
export type SignInWay =
  | { kind: 'redirect' | 'header'; name: string; label: string }
  | { kind: 'password'; name: string; label: string; asksForName: boolean; namesAreChosen?: boolean | undefined }

export interface SignInPage {
  ways: SignInWay[]
  /** Whether courses are open to visitors without an account too. */
  courses: boolean
  next: string | undefined
  problem?: Said
  /** Whether this browser was signed in before. */
  lost?: boolean
  /** Whether the page goes on to its only way by itself. Without script its button does. */
  automatic?: boolean
  /** Whether a provider is to ask for an account, although it may know one. */
  otherAccount?: boolean
}

export function sendSignInPage(ctx: Koa.Context, page: SignInPage): void {
  const { ways, courses, next, problem, lost = false, automatic = false, otherAccount = false } = page
  const nextField = next !== undefined && html`<input type="hidden" name="next" value="${next}">`
  sendPage(ctx, {
    title: say`Sign in`,
    // The form goes to us, and our answer sends it on to a provider, whose address is known only then.
    formTargets: ['https:', 'http:'],
    ...(automatic && { scripts: ['sign-in-at-once.js'] }),
    body: html`
${problem !== undefined && html`<p class="notice" role="alert">${problem}</p>`}
${lost && html`<p role="status">${next === undefined ? say`Your session has ended. Sign in again.` : say`Your session has ended. Sign in again, and you go on where you were.`}</p>`}
${ways.length === 0 && !courses && html`<p>${say`Notebooks open from a course page of your school. Go there and follow the link.`}</p>`}
${ways.map((way) =>
  way.kind !== 'password'
    ? html`<form method="post" action="/hub/login/${way.name}"${automatic && html` id="only-way"`}>${nextField}${otherAccount && html`<input type="hidden" name="other" value="true">`}<button>${way.label}</button></form>`
    : html`<form method="post" action="/hub/login/${way.name}">${nextField}
${way.asksForName && nameField(way)}
<label for="password-${way.name}">${say`Password`}</label><input id="password-${way.name}" name="password" type="password" autocomplete="current-password" required>
<p><button>${way.label}</button></p></form>`,
)}
${courses && html`<p><a href="/hub/courses">${say`Open a course without an account`}</a></p>`}`,
  })
}

/**
 * Sends the page of a window that a frame opened: its script hands over to the frame. Without script, or opener, the
 * notebook opens in the window.
 */
export function sendWindowPage(ctx: Koa.Context, { challenge, next }: { challenge: string; next: string }): void {
  sendPage(ctx, {
    title: say`You are signed in`,
    scripts: ['window.js'],
    body: html`
<div id="window" data-challenge="${challenge}"><p id="message" role="status" aria-live="polite">${say`You can open your notebook in this window.`}</p>
<p id="go-on"><a class="button" href="${next}">${say`Open my notebook here`}</a></p></div>`,
  })
}

function nameField({ name, namesAreChosen }: { name: string; namesAreChosen?: boolean | undefined }) {
  if (namesAreChosen !== true) {
    return html`<label for="username-${name}">${say`Name`}</label><input id="username-${name}" name="username" autocomplete="username" required>`
  }
  return html`<label for="username-${name}">${say`A name that you choose`}</label><input id="username-${name}" name="username" autocomplete="username" maxlength="64" aria-describedby="about-${name}" required>
<p id="about-${name}" class="quiet">${say`Take the same name next time, and your notebooks are there again. Others who know the password can open them by this name too.`}</p>`
}
