import type Koa from 'koa'
import { type Html, html } from '../../net/html.ts'
import type { Maintenance } from '../db/installation.ts'
import { staticPath } from './static-files.ts'

export interface Page {
  title: string
  body: Html
  /** Names of our browser scripts, in `hub/static/`. */
  scripts?: string[]
  /**
   * Loads the page again after so many seconds, or goes on to another address. A page that follows by script only does
   * so without script.
   */
  refresh?: { seconds: number; onlyWithoutScript: boolean; to?: string }
  /** Origins that may show this page in a frame; none when undefined. */
  ancestors?: string[]
  /** The height of a frame that suits the notebook to which this page leads, in CSS pixels. */
  notebookHeight?: number
  /** Whether the page has a frame with another page of ours. */
  hasFrame?: boolean
  /** Origins that a form of this page may be sent to, besides our own. */
  formTargets?: string[]
  /**
   * Name of the page's user, for a header with the way home and out. Undefined where no user is signed in, and on
   * launch pages.
   */
  userName?: string
}

/** Answers with a whole page and a policy that keeps the page ours: nothing inline and nothing foreign. */
export function sendPage(ctx: Koa.Context, page: Page): void {
  const framing = page.ancestors && page.ancestors.length > 0 ? page.ancestors.join(' ') : "'none'"
  const forms = ["'self'", ...(page.formTargets ?? [])].join(' ')
  ctx.set(
    'Content-Security-Policy',
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; ${page.hasFrame ? "frame-src 'self'; " : ''}form-action ${forms}; base-uri 'none'; frame-ancestors ${framing}`,
  )
  ctx.type = 'html'
  // Where a sign-out stops servers, the button leads to the page that says so.
  ctx.body = layout(page, { asksToLeave: ctx.state.stopsAtSignOut === true, maintenance: ctx.state.maintenance }).html
}

function layout(
  { title, body, scripts = [], refresh, ancestors = [], notebookHeight, userName }: Page,
  { asksToLeave, maintenance }: { asksToLeave: boolean; maintenance: Maintenance | undefined },
): Html {
  const hasTimes = body.html.includes(' data-local>')
  const all = [...(ancestors.length > 0 ? ['frame.js'] : []), 'rest.js', ...(hasTimes ? ['times.js'] : []), ...scripts]
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} – Carrel</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="${staticPath('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${staticPath('style.css')}">
${refresh?.onlyWithoutScript ? html`<noscript>${refreshTag(refresh)}</noscript>` : refresh && refreshTag(refresh)}
${all.map((name) => html`<script type="module" src="${staticPath(name)}"></script>`)}
</head>
<body${ancestors.length > 0 && html` data-ancestors="${ancestors.join(' ')}" data-notebook-height="${notebookHeight}"`}>
${
  userName !== undefined &&
  html`<header><nav aria-label="Carrel">
<a href="/hub/home">My notebooks</a>
<form method="${asksToLeave ? 'get' : 'post'}" action="/hub/logout"><span>${userName}</span> <button class="plain">Sign out</button></form>
</nav></header>`
}
<main>
${
  maintenance &&
  html`<p class="notice"><strong>Maintenance:</strong> learners cannot open notebooks just now. What is open goes on. ${maintenance.message}</p>`
}
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
}

function refreshTag({ seconds, to }: { seconds: number; to?: string }): Html {
  return html`<meta http-equiv="refresh" content="${seconds}${to !== undefined && `;url=${to}`}">`
}
