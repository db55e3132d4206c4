import { type Html, html } from '../../../net/html.ts'
import { ago } from '../format.ts'

/**
 * Returns how long ago something was, by its age in milliseconds. The moment itself shows when one points at it, in the reader's time
 * zone where there is a script (`hub/static/times.js`).
 */
export function agoTime(age: number): Html {
  const iso = new Date(Date.now() - age).toISOString()
  return html`<time datetime="${iso}" title="${iso.slice(0, 16).replace('T', ' ')} UTC" data-local>${ago(age)}</time>`
}
