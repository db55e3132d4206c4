/** The texts of this page, in its language (proxy/desk/words.ts), and how values get into them. */
import { words } from './page-words.js'

export { words }

export const { lang } = document.documentElement
const rules = new Intl.PluralRules(lang)

/** Returns a text with its values in their places. */
export const filled = (text, ...values) => text.replace(/\{(\d)\}/g, (_, index) => values[index])

/** Returns a text for a number of things, as the language counts them. */
export const counted = ({ one, other }, count) => filled(rules.select(count) === 'one' ? one : other, count)

/** Returns the parts of a text whose values are elements. */
export const partsWith = (text, ...values) =>
  text.split(/\{(\d)\}/).map((piece, index) => (index % 2 === 0 ? piece : values[piece]))
