import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tokens } from '../../net/look/tokens.ts'

/** Rises when the renderer makes something else of the same notebook. */
const version = 3

/** The styles of a page. The page's policy names their hash, so that a page that is kept goes with the styles of its time. */
export const pageStyle = `${tokens}${readFileSync(new URL('style.css', import.meta.url), 'utf8')}`

/** What tells pages of this renderer from those of another one. */
export const rendererVersion = createHash('sha256').update(`${version}\n${pageStyle}`).digest('hex').slice(0, 12)
