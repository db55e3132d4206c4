/** Texts as lines, by the same rules as Jupytext, which has Python's `str.splitlines`. */

const ends = '\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029'
const lineEnd = new RegExp(`\r\n|[${ends}]`)

/** Returns the lines of a text; one more line end at the end of the text makes no empty last line. */
export function splitLines(text: string): string[] {
  const lines = text.split(lineEnd)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

export function isBlank(line: string | undefined): boolean {
  return line !== undefined && line.trim() === ''
}

/** Returns the text without spaces and line ends at its end. `trimEnd` is linear where an expression may not be. */
export function withoutBlankEnds(source: string): string {
  let start = 0
  while (source[start] === '\n') start += 1
  return source.slice(start).trimEnd()
}

/** Takes the mark of a comment, and one space after it, from the front of a line that has it. */
export function uncommented(line: string, comment = '#'): string {
  if (line.startsWith(`${comment} `)) return line.slice(comment.length + 1)
  return line.startsWith(comment) ? line.slice(comment.length) : line
}

export function commented(line: string, comment = '#'): string {
  return line === '' ? comment : `${comment} ${line}`
}
