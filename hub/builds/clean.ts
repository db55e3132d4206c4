import { stripVTControlCharacters } from 'node:util'

/** The longest line that is kept. */
const longestLine = 2000

/**
 * Returns what a program has printed as lines of a log: without characters on which a terminal or a page would act, and
 * without the passwords of addresses. What a line has overwritten of itself goes. Pure.
 */
export function cleanLines(text: string): string[] {
  return text
    .slice(0, 64 * longestLine)
    .replace(/\r\n/g, '\n')
    .split('\n')
    .map((line) => {
      const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? ''
      return stripVTControlCharacters(last)
        .replace(/\t/g, '  ')
        .replace(/\p{C}/gu, '')
        .replace(/:\/\/[^\s/@]+@/g, '://(hidden)@')
        .slice(0, longestLine)
        .toWellFormed()
    })
}
