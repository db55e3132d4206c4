import { withoutEscapes } from '../../net/terminal/escapes.ts'

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
      return withoutEscapes(last)
        .replace(/\t/g, '  ')
        .replace(/\p{C}/gu, '')
        .replace(/\S+/g, withoutPasswords)
        .slice(0, longestLine)
        .toWellFormed()
    })
}

/**
 * Hides what stands before the host of an address. A password may have “/” or “@” in it, and then ends at the last “@”: rather
 * too much of a line is hidden than a part of a password shown.
 */
function withoutPasswords(word: string): string {
  const end = word.lastIndexOf('@') + 1
  return word.slice(0, end).replace(/:\/\/(?:[^/:@]*:.*|[^/]*)@/g, '://(hidden)@') + word.slice(end)
}
