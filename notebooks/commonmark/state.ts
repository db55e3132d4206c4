/**
 * Where the parser of blocks is. The rules of Markdown are those of markdown-it, which Jupytext reads md:myst with, but for
 * what makes no difference to where a block at the top begins and ends.
 *
 * Positions are kept line by line as markdown-it keeps them: containers move the beginning of their lines.
 */

/** Rules that may end something else than what they begin. */
export type Interrupted = 'paragraph' | 'reference' | 'blockquote' | 'list'

/** What the parser tells of blocks at the top of the file. */
export interface BlockListener {
  /** A fence from one line to before another. */
  onFence(start: number, end: number, info: string, content: string): void
  /** A line `+++`, with what stands behind it. */
  onBreak(line: number, content: string): void
}

export interface State {
  readonly text: string
  readonly listener: BlockListener
  /** Of each line, and of one more behind the last: where it begins and ends in the text. */
  readonly begins: Int32Array
  readonly ends: Int32Array
  /** How many characters of space it begins with, how wide they are, and how wide what stands in front of `begins` is. */
  readonly shifts: Int32Array
  readonly indents: Int32Array
  readonly offsets: Int32Array
  /** The width that content must be indented by in the list that is read. */
  blockIndent: number
  listIndent: number
  line: number
  lineMax: number
  level: number
  parent: 'root' | 'paragraph' | 'reference' | 'blockquote' | 'list' | 'table'
  /** Reads blocks of a container. */
  tokenize(start: number, end: number): void
  /** Tells whether a block begins at this line that ends what is read. */
  isInterrupted(what: Interrupted, line: number, end: number): boolean
}

/** Reads a block that begins at a line, and sets `line` behind it; with `isSilent`, tells only whether there is one. */
export type Rule = (state: State, start: number, end: number, isSilent: boolean) => boolean

export function isSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t'
}

/** Lays out the lines of a text whose line ends are `\n`. */
export function lineTable(text: string): Pick<State, 'begins' | 'ends' | 'shifts' | 'indents' | 'offsets' | 'lineMax'> {
  const rows: [begin: number, end: number, shift: number, indent: number][] = []
  for (let begin = 0; begin < text.length; ) {
    const found = text.indexOf('\n', begin)
    const end = found < 0 ? text.length : found
    let at = begin
    let indent = 0
    for (; at < end && isSpace(text[at]); at += 1) indent += text[at] === '\t' ? 4 - (indent % 4) : 1
    rows.push([begin, end, at - begin, indent])
    begin = end + 1
  }
  const lineMax = rows.length
  rows.push([text.length, text.length, 0, 0])
  const column = (of: 0 | 1 | 2 | 3) => Int32Array.from(rows, (row) => row[of])
  return {
    begins: column(0),
    ends: column(1),
    shifts: column(2),
    indents: column(3),
    offsets: new Int32Array(lineMax + 1),
    lineMax,
  }
}

/** Returns where the text of a line begins, behind its indentation. */
export function firstOf(state: State, line: number): number {
  return (state.begins[line] ?? 0) + (state.shifts[line] ?? 0)
}

export function lineEnd(state: State, line: number): number {
  return state.ends[line] ?? 0
}

export function indentOf(state: State, line: number): number {
  return state.indents[line] ?? 0
}

export function isEmptyLine(state: State, line: number): boolean {
  return firstOf(state, line) >= lineEnd(state, line)
}

/** Tells whether a line is indented so far that it is code. */
export function isCode(state: State, line: number): boolean {
  return indentOf(state, line) - state.blockIndent >= 4
}

/** Returns the text of a line without its indentation. */
export function textAt(state: State, line: number): string {
  return state.text.slice(firstOf(state, line), lineEnd(state, line))
}

/** Returns the position behind spaces, which may be at the end of the text. */
export function skipSpaces(state: State, from: number): number {
  let at = from
  while (isSpace(state.text[at])) at += 1
  return at
}

/** Returns the lines of a range without so much of their indentation, each with its end. */
export function linesWithout(state: State, start: number, end: number, indent: number): string {
  const lines: string[] = []
  for (let line = start; line < end; line += 1) {
    let at = state.begins[line] ?? 0
    let width = 0
    for (const last = lineEnd(state, line); at < last && width < indent && isSpace(state.text[at]); at += 1) {
      width += state.text[at] === '\t' ? 4 - ((width + (state.offsets[line] ?? 0)) % 4) : 1
    }
    const rest = state.text.slice(at, lineEnd(state, line) + 1)
    lines.push(width > indent ? ' '.repeat(width - indent) + rest : rest)
  }
  return lines.join('')
}
