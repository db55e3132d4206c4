import type Koa from 'koa'
import { type Html, html } from '../../net/html.ts'
import { staticPath } from './static-files.ts'

export interface Page {
  title: string
  body: Html
  /** Names of our browser scripts, in `hub/static/`. */
  scripts?: string[]
  /** Loads the page again after so many seconds; a page that follows by script only does so without script. */
  refresh?: { seconds: number; onlyWithoutScript: boolean }
  /** Origins that may show this page in a frame; none when undefined. */
  ancestors?: string[]
  /** The height of a frame that suits the notebook to which this page leads, in CSS pixels. */
  notebookHeight?: number
  /** Origins that a form of this page may be sent to, besides our own. */
  formTargets?: string[]
  /**
   * Name of the page's user, for a header with the way home and out. Undefined where no user is signed in, and on
   * launch pages.
   */
  userName?: string
  /** Whether signing out loses something that this page does not tell. The button then leads to the page that does. */
  asksToLeave?: boolean
}

/** Answers with a whole page and a policy that keeps the page ours: nothing inline and nothing foreign. */
export function sendPage(ctx: Koa.Context, page: Page): void {
  const framing = page.ancestors && page.ancestors.length > 0 ? page.ancestors.join(' ') : "'none'"
  const forms = ["'self'", ...(page.formTargets ?? [])].join(' ')
  ctx.set(
    'Content-Security-Policy',
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action ${forms}; base-uri 'none'; frame-ancestors ${framing}`,
  )
  ctx.type = 'html'
  ctx.body = layout(page).html
}

function layout({
  title,
  body,
  scripts = [],
  refresh,
  ancestors = [],
  notebookHeight,
  userName,
  asksToLeave = false,
}: Page): Html {
  const all = [...(ancestors.length > 0 ? ['frame.js'] : []), 'rest.js', ...scripts]
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} – Carrel</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="${staticPath('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${staticPath('style.css')}">
${refresh?.onlyWithoutScript ? html`<noscript>${refreshTag(refresh.seconds)}</noscript>` : refresh && refreshTag(refresh.seconds)}
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
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
}

function refreshTag(seconds: number): Html {
  return html`<meta http-equiv="refresh" content="${seconds}">`
}
