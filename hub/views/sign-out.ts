import type Koa from 'koa'
import { type Html, html } from '../../net/html.ts'
import { forCount, type Said, say, type Text } from '../../words/text.ts'
import type { User } from '../db/users.ts'
import type { Delivery } from '../proxies/clients.ts'
import { sendPage } from './page.ts'

/** A notebook that would stop with a sign-out, and whether its files outlive that. */
export interface StoppingNotebook {
  title: string
  keepsFiles: boolean
}

export interface SignOutPage {
  user: User
  /** Undefined where notebooks go on. */
  stopping: StoppingNotebook[] | undefined
  /** What the provider is called at which the person would be signed out too. */
  provider: string | undefined
  framed: boolean
  /** Where to go on after signing in again. */
  next: string | undefined
}

/** Sends the page that says what a sign-out ends, with the button that does it. */
export function sendSignOutPage(ctx: Koa.Context, page: SignOutPage): void {
  const { user, stopping, provider, next } = page
  const keep = wayBack(page)
  const losesFiles = user.kind === 'temporary' || loses(page)
  sendPage(ctx, {
    title: say`Sign out`,
    ...framing(ctx),
    body: html`<p>${user.kind === 'temporary' ? lossOfAll : say`Your open notebooks will be closed in this browser.`}</p>
${user.kind !== 'temporary' && stopping !== undefined && stopping.length > 0 && html`<p>${stopNotice(stopping)}</p>`}
${provider !== undefined && html`<p>${say`After that you are led to ${provider}, if it signs people out too.`}</p>`}
<div class="row">${keep !== undefined && html`<a class="button plain" href="${keep.href}">${keep.text}</a>`}
<form method="post" action="/hub/logout">${nextField(next)}<button${losesFiles && html` class="danger"`}>${user.kind === 'temporary' ? say`Sign out and lose my work` : say`Sign out`}</button></form></div>
${signOutEverywhere(page)}`,
  })
}

const lossOfAll = say`You are a temporary visitor, so all your work here goes with the sign-out: your notebooks stop, there is no way back to them, and your API tokens end with them. Download what you want to keep first.`

function stopNotice(stopping: StoppingNotebook[]): Text {
  const titles = stopping.map(({ title }) => title)
  const losing = stopping.filter(({ keepsFiles }) => !keepsFiles).map(({ title }) => title)
  const named = titles.join(', ')
  const what = forCount(
    titles.length,
    say`Your notebook stops with it: ${named}.`,
    say`Your notebooks stop with it: ${named}.`,
  )
  if (losing.length === 0) return say`${what} What is running there, and what is not saved, is lost.`
  const where = losing.length === titles.length ? say`all files there` : say`all files of ${losing.join(', ')}`
  return say`${what} What is running there ends, and ${where} are deleted. Download first what you want to keep.`
}

/** Returns what to press to stay signed in. A frame cannot show the list of notebooks. */
function wayBack({ next, framed }: SignOutPage): { href: string; text: Said } | undefined {
  if (next?.startsWith('/hub/open?') === true) return { href: next, text: say`Stay and go back to my notebook` }
  return framed ? undefined : { href: '/hub/home', text: say`Stay and show my notebooks` }
}

/** A provider that is to sign the person out too, and its address for that. */
export interface Onward {
  name: string
  url: string
}

export interface SignedOutPage {
  everywhere: boolean
  framed: boolean
  next: string | undefined
  delivery?: Delivery
  /** The provider to which the browser goes on. */
  onward?: Onward | undefined
  /** What the provider is called from which the browser comes. */
  cameFrom?: string | undefined
  /** What signs people in before this site, and cannot be told of the sign-out. */
  knownAt?: string | undefined
}

/**
 * Sends the page after a sign-out. The page leads on to the provider by itself, except in a frame, which no provider
 * lets show its pages, and where the page says something that must be read.
 */
export function sendSignedOutPage(ctx: Koa.Context, page: SignedOutPage): void {
  const { everywhere, framed, next, delivery, onward, cameFrom, knownAt } = page
  const notice = delivery && unconfirmedNotice(delivery)
  const goesOn = onward !== undefined && !framed && !notice
  sendPage(ctx, {
    title: everywhere ? say`You are signed out everywhere` : say`You are signed out`,
    ...framing(ctx),
    ...(goesOn && { refresh: { seconds: 0, onlyWithoutScript: false, to: onward.url } }),
    body: html`<p>${everywhere ? say`Your open notebooks are closed in every browser.` : say`Your open notebooks are closed in this browser.`}</p>
${notice}
${cameFrom !== undefined && html`<p>${say`You went to ${cameFrom} to sign out there too. If you have stayed signed in there, the next person at this computer can come in as you.`}</p>`}
${knownAt !== undefined && html`<p>${say`You are still signed in at ${knownAt}, so the next person at this computer can come in as you. Sign out there too, or close all windows of this browser.`}</p>`}
${onward !== undefined && onwardLink(onward, framed)}
${onward === undefined && (framed ? html`<p>${say`To come back, open the page of your course again.`}</p>` : html`<p>${wayIn(next)}</p>`)}`,
  })
}

/** Sends the page for a frame whose browser keeps no sign-in for it. */
export function sendNoUserPage(ctx: Koa.Context): void {
  sendPage(ctx, {
    title: say`You are not signed in here`,
    ...framing(ctx),
    body: html`<p>${say`There is no sign-in to end in this frame. If your notebook is open in a tab of its own, sign out there.`}</p>
<p>${say`To open a notebook here, open the page of your course again.`}</p>`,
  })
}

function onwardLink({ name, url }: Onward, framed: boolean): Html {
  return html`<p>${say`You may still be signed in at ${name}.`}</p>
<p><a class="button" href="${url}"${framed && html` target="_blank" rel="noopener"`}>${say`Sign out at ${name} too`}</a></p>`
}

function wayIn(next: string | undefined): Html {
  if (next === undefined) return html`<a class="button" href="/">${say`Go to the start page`}</a>`
  return html`<a class="button" href="/hub/login?next=${encodeURIComponent(next)}">${say`Sign in again`}</a>`
}

function framing({ state: { ancestors } }: Koa.Context): { ancestors?: string[] } {
  return ancestors === undefined ? {} : { ancestors }
}

function nextField(next: string | undefined): Html | false {
  return next !== undefined && html`<input type="hidden" name="next" value="${next}">`
}

/** Returns whether files go with a notebook that the sign-out stops. */
function loses({ stopping }: SignOutPage): boolean {
  return stopping?.some(({ keepsFiles }) => !keepsFiles) === true
}

/**
 * Returns the button that signs out everywhere, with what it ends and what it does not. None for a temporary user,
 * whose sign-out is for all and for good anyway.
 */
function signOutEverywhere(page: SignOutPage): Html | false {
  const { user, stopping, next } = page
  if (user.kind === 'temporary') return false
  const servers = stopping === undefined ? say`what runs goes on` : say`your notebooks stop`
  return html`<h2>${say`In every browser`}</h2>
<p id="everywhere">${say`In every browser and on every page: what is open closes, ${servers}.`}${user.kind !== 'learner' && html` ${say`${html`<a href="/hub/token">${say`API tokens`}</a>`} stay valid until you revoke them.`}`}</p>
<form method="post" action="/hub/logout"><input type="hidden" name="everywhere" value="true">${nextField(next)}
<button class="${loses(page) ? 'danger' : 'plain'}" aria-describedby="everywhere">${say`Sign out everywhere`}</button></form>`
}

/** Returns how many proxies have not confirmed, as a notice; false when all have. */
export function unconfirmedNotice(delivery: Delivery): Html | false {
  const text = unconfirmedText(delivery)
  return text !== undefined && html`<p role="alert">${text}</p>`
}

/** Returns how many proxies have not confirmed; undefined when all have. */
export function unconfirmedText({ proxies, unconfirmed }: Delivery): Text | undefined {
  if (unconfirmed.length === 0) return undefined
  return say`A part of this site (${unconfirmed.length === 1 ? say`one` : unconfirmed.length} of ${proxies} proxies) did not answer. What is open there closes when it is back.`
}
