import type { Catalogue } from './catalogue.ts'

/** Returns French texts in which no line breaks before `:`, `;`, `?` or `!`, nor inside of « ». In the files these spaces are plain. */
export function unbroken(texts: Catalogue): Catalogue {
  const together = (text: string) => text.replace(/ (?=[:;?!»])|(?<=«) /g, '\u00a0')
  return Object.fromEntries(Object.entries(texts).map(([pattern, text]) => [pattern, together(text)]))
}
