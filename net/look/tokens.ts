import { readFileSync } from 'node:fs'

/** Colours, spaces and sizes of text on all pages, for light and dark, as custom properties of CSS. Every page's style begins with it. */
export const tokens = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')
