import { type Html, html } from '../../../net/html.ts'
import { type Said, say } from '../../../words/text.ts'

interface CopyField {
  id: string
  /** What stands above the field. */
  label: Html | Said
  value: string
  /** What the button copies, for screen readers: `the link to week 1`. */
  about: Said
  /** Further attributes of the field. */
  attributes?: Html
}

/**
 * Returns a text to copy, with a button that does it. The button shows only where a script can copy (`hub/static/copy.js`), which the page
 * gets by itself.
 */
export function copyField({ id, label, value, about, attributes }: CopyField): Html {
  return html`<label for="${id}">${label}</label>
<div class="beside"><input id="${id}" readonly value="${value}" spellcheck="false" autocomplete="off"${attributes}><button type="button" class="plain" data-copies="${id}" hidden>${say`Copy`}<span class="unseen"> ${about}</span></button></div>`
}
