import { type Html, html } from '../../../net/html.ts'
import { type Said, say } from '../../../words/text.ts'

/** Returns what can be done with one row of a long list, behind one small button; nothing where nothing can be done. */
export function actsMenu(about: Said, acts: (Html | false)[]): Html | false {
  const offered = acts.filter((act) => act !== false)
  if (offered.length === 0) return false
  return html`<details class="menu of-row" name="acts"><summary><span aria-hidden="true">⋯</span><span class="unseen">${say`Actions for ${about}`}</span></summary><ul>${offered.map((act) => html`<li>${act}</li>`)}</ul></details>`
}
