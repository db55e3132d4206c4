import { commentOf } from './languages.ts'

/**
 * Tells whether a line of code begins inside a text of several lines, as Jupytext tells it: marks of cells there are none.
 *
 * Its mistakes are kept, such as a quote after two backslashes: what counts is where Jupytext ends a cell.
 */
export class StringParser {
  private readonly comment: string | undefined
  private readonly isR: boolean
  private single: string | undefined
  private triple: string | undefined

  constructor(language = 'python') {
    this.comment = commentOf(language)
    this.isR = language === 'R'
  }

  get isQuoted(): boolean {
    return this.single !== undefined || this.triple !== undefined
  }

  read(line: string): void {
    if (!this.isQuoted && this.comment !== undefined && line.trimStart().startsWith(this.comment)) return
    let tripleStart = -1
    for (let at = 0; at < line.length; at += 1) {
      if (!this.isQuoted && this.comment !== undefined && line.startsWith(this.comment, at)) break
      const char = line[at]
      if ((char !== '"' && char !== "'") || (at > 0 && line[at - 1] === '\\')) continue
      if (this.single === char) this.single = undefined
      else if (this.single === undefined && !this.isR) tripleStart = this.quote(line, at, char, tripleStart)
    }
    this.single = undefined
  }

  /** Takes a quote that ends no text of one line; returns where the last three quotes ended. */
  private quote(line: string, at: number, char: string, tripleStart: number): number {
    const isThird = at >= 2 && line[at - 1] === char && line[at - 2] === char && at >= tripleStart + 3
    if (!isThird) {
      if (this.triple === undefined) this.single = char
      return tripleStart
    }
    if (this.triple !== undefined && this.triple !== char) return tripleStart
    this.triple = this.triple === char ? undefined : char
    return at
  }
}
