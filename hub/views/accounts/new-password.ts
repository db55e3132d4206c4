import type Koa from 'koa'
import { type Html, html } from '../../../net/html.ts'
import { type Said, say } from '../../../words/text.ts'
import type { User } from '../../db/users.ts'
import { shownName } from '../format.ts'
import { hiddenFields } from '../fragments.ts'
import { sendPage } from '../page.ts'

const rules = html`<p id="rules" class="quiet">${say`At least 12 characters. Four words that have nothing to do with each other are good.`}</p>`

export interface LinkPage {
  name: string
  /** What the form posts along, so that the link is known again. */
  fields: Record<string, string>
  problem?: Said
}

/** Sends the page of a link by which a person sets a password. To look at it uses nothing up. */
export function sendLinkPage(ctx: Koa.Context, { name, fields, problem }: LinkPage): void {
  sendPage(ctx, {
    title: say`Choose your password`,
    body: html`
${problemLine(problem)}
<p>${say`For the account ${html`<strong>${name}</strong>`}. If you were signed in with it somewhere, that ends, and what is open there and not saved is lost.`}</p>
<form method="post" action="/hub/new-password">${hiddenFields(fields)}
<input type="text" name="username" autocomplete="username" value="${name}" readonly hidden>
${newFields(problem)}
<p><button>${say`Set the password`}</button></p></form>`,
  })
}

/** Sends the page that says that the password is set. */
export function sendSetPage(ctx: Koa.Context, name: string): void {
  sendPage(ctx, {
    title: say`Your password is set`,
    body: html`<p role="status">${say`Sign in as ${html`<strong>${name}</strong>`} with the new password.`}</p>
<p><a class="button" href="/hub/login">${say`Sign in`}</a></p>`,
  })
}

/** Sends the page where a person who is signed in changes the password. */
export function sendOwnPasswordPage(ctx: Koa.Context, { user, problem }: { user: User; problem?: Said }): void {
  sendPage(ctx, {
    title: say`Change your password`,
    userName: shownName(user),
    body: html`
${problemLine(problem)}
<p>${say`You stay signed in here. Every other browser is signed out, and open notebooks close everywhere: save what you have open first, or what is not saved is lost. API tokens stay valid.`}</p>
<form method="post" action="/hub/password">
<input type="text" name="username" autocomplete="username" value="${user.name}" readonly hidden>
<label for="current">${say`Your password until now`}</label><input id="current" name="current" type="password" autocomplete="current-password" required>
${newFields(problem)}
<p class="row"><a class="button plain" href="/hub/home">${say`Keep the old one`}</a><button class="danger">${say`Change the password`}</button></p></form>`,
  })
}

function problemLine(problem: Said | undefined): Html | false {
  return problem !== undefined && html`<p id="problem" class="notice" role="alert">${problem}</p>`
}

function newFields(problem: Said | undefined): Html {
  const about = problem === undefined ? 'rules' : 'problem rules'
  return html`<label for="password">${say`New password`}</label><input id="password" name="password" type="password" autocomplete="new-password" minlength="12" maxlength="1000" required aria-describedby="${about}">
${rules}
<label for="again">${say`The same again`}</label><input id="again" name="again" type="password" autocomplete="new-password" required>`
}
