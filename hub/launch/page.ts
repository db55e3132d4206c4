import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { html } from '../../net/html.ts'
import { nonceCookie } from '../access/cookies.ts'
import type { Hub } from '../hub.ts'
import { ancestorsOf } from '../site.ts'
import { sendPage } from '../views/page.ts'
import type { Confirmation } from './confirmation.ts'
import type { Entry } from './parse.ts'
import type { LaunchProgress } from './progress.ts'
import type { Entrance } from './ticket.ts'

export interface LaunchPage {
  course: Course
  /** The entry link, path and query. */
  link: string
  entry: Entry
  framed: boolean
  proof?: string | undefined
  /** One-time code for the button that opens a new tab, which has none of a frame's cookies. */
  tab?: string | undefined
  /** Code from the button of a frame that opened this page, to be sent again. */
  code?: string | undefined
  /** What a person must confirm. Nothing is done until the person presses the button. */
  confirmation?: Confirmation | undefined
  /** A launch that is under way. */
  launch?: { id: string; progress: LaunchProgress; entrance?: Entrance | undefined }
}

/**
 * Sends the one page of a launch, from click to notebook. As long as there is no launch the page changes nothing: its
 * script, or its button, posts. Without script the page loads itself again until it can show a button that opens the
 * notebook.
 */
export function sendLaunchPage(hub: Hub, ctx: Koa.Context, page: LaunchPage): void {
  const { course, link, entry, framed, proof, code, tab, confirmation, launch } = page
  const title = course.title ?? course.name
  const { progress, entrance } = launch ?? {}
  const started = launch !== undefined
  const again = { link, framed, proof, text: 'Open my notebook' }
  sendPage(ctx, {
    title,
    ancestors: ancestorsOf(hub, course),
    notebookHeight: course.embed.height ?? hub.config.embed.height,
    formTargets: [hub.serversUrl],
    scripts: ['launch.js'],
    ...(started &&
      progress?.state !== 'ready' &&
      progress?.state !== 'failed' && {
        refresh: { seconds: 2, onlyWithoutScript: true },
      }),
    body: html`
<div id="launch" data-link="${link}" data-launch="${launch?.id ?? ''}" data-framed="${String(framed)}"
  data-fresh="${String(entry.fresh)}" data-ask="${String(confirmation !== undefined)}" data-proof="${proof ?? ''}"
  data-nonce-cookie="${nonceCookie(hub.hubUrl)}">
<p id="message" role="status" aria-live="polite" tabindex="-1">${progress?.message ?? confirmation?.message}</p>
<progress id="progress" aria-label="Progress" max="100"${progress?.percent !== undefined && html` value="${progress.percent}"`} ${(!started || progress?.state === 'failed' || progress?.state === 'ready') && html`hidden`}></progress>
<p id="reference" class="quiet" ${progress?.reference === undefined && html`hidden`}>Reference: <code>${progress?.reference}</code></p>
<div id="actions">
${!started && (confirmation ? startForm({ ...again, code, confirmation }) : html`<noscript><p>Press the button, and wait here until your notebook is ready.</p>${startForm(again)}</noscript>`)}
${progress?.state === 'failed' && startForm({ ...again, text: 'Try again' })}
${progress?.state === 'ready' && entrance !== undefined && entranceForm(entrance)}
</div>
</div>
<div id="new-tab" ${!framed && html`hidden`}>${newTab(link, tab)}</div>`,
  })
}

interface StartForm {
  link: string
  framed: boolean
  proof: string | undefined
  code?: string | undefined
  confirmation?: Confirmation
  text: string
}

function startForm({ link, framed, proof, code, confirmation, text }: StartForm) {
  return html`<form method="post" action="/hub/launches" id="start">
<input type="hidden" name="link" value="${link}"><input type="hidden" name="framed" value="${String(framed)}">
${proof !== undefined && html`<input type="hidden" name="proof" value="${proof}">`}
${code !== undefined && html`<input type="hidden" name="code" value="${code}">`}
${confirmation !== undefined && pressed}
<button>${confirmation?.button ?? text}</button></form>
${confirmation?.keep !== undefined && html`<a href="${confirmation.keep.href}">${confirmation.keep.text}</a>`}`
}

/** A field that says that a person has read the question and pressed the button. */
const pressed = html`<input type="hidden" name="confirmed" value="true">`

/**
 * Returns a link to a new tab, or a form when there is a code. A code is sent by POST, which only our own pages can do,
 * and never in an address, so that a copied link cannot carry it.
 */
export function newTab(link: string, code: string | undefined, { asked = false } = {}) {
  if (code === undefined) return html`<p class="quiet"><a href="${link}" target="_blank">Open in a new tab</a></p>`
  return html`<form method="post" action="/hub/launches" target="_blank">
<input type="hidden" name="link" value="${link}"><input type="hidden" name="code" value="${code}">
${asked && pressed}<button class="plain">Open in a new tab</button></form>`
}

function entranceForm({ action, ticket }: Entrance) {
  return html`<form method="post" action="${action}" id="enter"><input type="hidden" name="ticket" value="${ticket}"><button>Open my notebook</button></form>`
}
