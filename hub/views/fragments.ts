import { type Html, html } from '../../net/html.ts'

/** Returns links to the previous and the next page of a list, or nothing for a list of one page. */
export function pager(page: number, pages: number, linkTo: (page: number) => string): Html | false {
  if (pages <= 1) return false
  return html`<nav aria-label="Pages" class="row">
${page > 1 && html`<a href="${linkTo(page - 1)}" rel="prev">Previous page</a>`}
<span>Page ${page} of ${pages}</span>
${page < pages && html`<a href="${linkTo(page + 1)}" rel="next">Next page</a>`}
</nav>`
}

export interface PostButton {
  action: string
  text: string
  /** What a screen reader says, where several buttons of a page have one text. */
  label: string
  /** Hidden fields that are posted along. */
  fields?: Record<string, string | number>
}

/** Returns a form of one plain button, for what changes something. */
export function postButton({ action, text, label, fields = {} }: PostButton): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return html`<form method="post" action="${action}">${hidden}<button class="plain" aria-label="${label}">${text}</button></form>`
}
