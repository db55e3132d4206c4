import { escapedIn, type Html, html, htmlIn } from '../../net/html.ts'
import { plainIn, type Said, say } from '../../words/text.ts'

/** Returns links to the previous and the next page of a list, or nothing for a list of one page. */
export function pager(page: number, pages: number, linkTo: (page: number) => string): Html | false {
  if (pages <= 1) return false
  return html`<nav aria-label="${say`Pages`}" class="row">
${page > 1 && html`<a href="${linkTo(page - 1)}" rel="prev">${say`Previous page`}</a>`}
<span>${say`Page ${page} of ${pages}`}</span>
${page < pages && html`<a href="${linkTo(page + 1)}" rel="next">${say`Next page`}</a>`}
</nav>`
}

/**
 * Returns the text of a button or link with what it is about, which only screen readers say. The name then begins with
 * what is seen, as those expect who say it to their computer.
 */
export function actName(text: Said, about: Said): Html {
  return html`${text}<span class="unseen"> ${about}</span>`
}

/** A button or link that stands beside others with the same text. */
interface Act {
  text: Said
  /** What it is about, for screen readers: `demo of ann`. */
  about: Said
}

export interface PostButton extends Act {
  action: string
  /** Hidden fields that are posted along. */
  fields?: Record<string, string | number>
}

/** Returns a form of one plain button, for what changes something and loses nothing. */
export function postButton({ action, text, about, fields = {} }: PostButton): Html {
  return html`<form method="post" action="${action}">${hiddenFields(fields)}<button class="plain">${actName(text, about)}</button></form>`
}

/** Returns a link that looks like a button, to a page that takes nothing away. */
export function linkButton({ href, text, about }: Act & { href: string }): Html {
  return html`<a class="button plain" href="${href}">${actName(text, about)}</a>`
}

/** Returns a link to the page that asks before something is taken away. A script shows the question in a dialog. */
export function askLink({ href, text, about, danger = false }: Act & { href: string; danger?: boolean }): Html {
  return html`<a class="button plain${danger && ' danger'}" href="${href}" data-asks>${actName(text, about)}</a>`
}

export function hiddenFields(fields: Record<string, string | number>): Html[] {
  return Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
}

/** What was done by the button that led to this page. */
export interface Notice {
  text: Said
  /** What did not go as it should. */
  problem?: Said | undefined
}

/** Returns the line above a page that says what was done. */
export function noticeLine(notice: Notice | undefined): Html | false {
  if (notice === undefined) return false
  return html`<p class="notice" role="status">${notice.text}</p>
${notice.problem !== undefined && html`<p class="notice" role="alert">${notice.problem}</p>`}`
}

/**
 * Returns a text in which every time that is written like `2027-01-18 08:00 UTC` is marked as one. A script then shows it
 * in the reader's time zone (`hub/static/times.js`).
 */
export function withTimes(said: Said): Html {
  return htmlIn((language) => {
    const pieces = plainIn(said, language).split(/(\d{4}-\d\d-\d\d \d\d:\d\d UTC)/)
    return escapedIn(pieces.map(pieceOrTime), language)
  })
}

function pieceOrTime(piece: string, index: number): Html | string {
  const iso = piece.replace(' ', 'T').replace(' UTC', 'Z')
  return index % 2 === 0 ? piece : html`<time datetime="${iso}" data-local>${piece}</time>`
}

/** Returns a moment as people read it. */
export function momentTime(milliseconds: number): Html {
  const iso = new Date(milliseconds).toISOString()
  return html`<time datetime="${iso}" data-local>${iso.slice(0, 16).replace('T', ' ')} UTC</time>`
}
