import type Koa from 'koa'
import type { Course } from '../../courses/course.ts'
import { ancestorsOf } from '../embedding.ts'
import type { Hub } from '../hub.ts'
import { html } from '../views/html.ts'
import { sendPage } from '../views/page.ts'
import { nonceCookie } from './identify.ts'
import type { Entry } from './parse.ts'
import type { Progress } from './progress.ts'
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
  /** Ask before acting: the link names something that another site must not open by itself. */
  ask?: boolean
  /** A launch that is under way. */
  launch?: { id: string; progress: Progress; entrance?: Entrance | undefined }
}

/**
 * The one page of a launch, from click to notebook. As long as there is no launch it changes nothing: its script, or
 * its button, posts. Without script it loads itself again until it can show a button that opens the notebook.
 */
export function sendLaunchPage(hub: Hub, ctx: Koa.Context, page: LaunchPage): void {
  const { course, link, entry, framed, proof, tab, ask, launch } = page
  const title = course.title ?? course.name
  const { progress, entrance } = launch ?? {}
  const started = launch !== undefined
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
  data-fresh="${String(entry.fresh)}" data-ask="${String(ask === true)}" data-proof="${proof ?? ''}"
  data-nonce-cookie="${nonceCookie(hub)}">
<p id="message" role="status" aria-live="polite" tabindex="-1">${progress?.message ?? (ask && askMessage(entry))}</p>
<progress id="progress" aria-label="Progress" max="100"${progress?.percent !== undefined && html` value="${progress.percent}"`} ${(!started || progress?.state === 'failed' || progress?.state === 'ready') && html`hidden`}></progress>
<p id="reference" class="quiet" ${progress?.reference === undefined && html`hidden`}>Reference: <code>${progress?.reference}</code></p>
<div id="actions">
${!started && (ask ? startForm(link, framed, proof, 'Open it in my notebook') : html`<noscript><p>Press the button, and wait here until your notebook is ready.</p>${startForm(link, framed, proof, 'Open my notebook')}</noscript>`)}
${progress?.state === 'failed' && startForm(link, framed, proof, 'Try again')}
${progress?.state === 'ready' && entrance !== undefined && entranceForm(entrance)}
</div>
</div>
<div id="new-tab" ${!framed && html`hidden`}>${newTab(link, tab)}</div>`,
  })
}

export function askMessage(entry: Entry): string {
  return `This link opens "${(entry.inside ?? '').slice(0, 200)}" in your server. Go on only if you trust whoever gave it to you.`
}

function startForm(link: string, framed: boolean, proof: string | undefined, text: string) {
  return html`<form method="post" action="/hub/launches" id="start">
<input type="hidden" name="link" value="${link}"><input type="hidden" name="framed" value="${String(framed)}">
${proof !== undefined && html`<input type="hidden" name="proof" value="${proof}">`}
<button>${text}</button></form>`
}

/** With a code a form, whose POST only our own pages can send: an address with the code in it could be anybody's. */
export function newTab(link: string, code: string | undefined) {
  if (code === undefined) return html`<p class="quiet"><a href="${link}" target="_blank">Open in a new tab</a></p>`
  return html`<form method="post" action="/hub/launches" target="_blank">
<input type="hidden" name="link" value="${link}"><input type="hidden" name="code" value="${code}">
<button class="plain">Open in a new tab</button></form>`
}

function entranceForm({ action, ticket }: Entrance) {
  return html`<form method="post" action="${action}" id="enter"><input type="hidden" name="ticket" value="${ticket}"><button>Open my notebook</button></form>`
}
