import { type Html, html } from '../../../net/html.ts'
import { say } from '../../../words/text.ts'
import type { Announcement } from '../../db/announcements.ts'

/** Returns the lines above a page that say what people are told, each with a button that closes it where there is a script. */
export function announcementLines(all: readonly Announcement[]): Html[] {
  return all.map(
    ({ id, level, text }) =>
      html`<div class="notice announcement${level === 'warning' && ' warning'}" data-announcement="${id}"><p>${level === 'warning' && html`<strong>${say`Important:`}</strong> `}${withLinks(text)}</p><button type="button" class="plain" aria-label="${say`Close: ${text}`}" hidden>${say`Close`}</button></div>`,
  )
}

/** Returns the text, with its addresses of https as links. All else in it stays text. */
export function withLinks(text: string): Html[] {
  // A mark at the end belongs to the sentence.
  return text.split(/(https:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/).map((piece, index) => {
    if (index % 2 === 0 || !URL.canParse(piece)) return html`${piece}`
    return html`<a href="${new URL(piece).href}" target="_blank" rel="noopener noreferrer">${piece}</a>`
  })
}
