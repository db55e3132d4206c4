/**
 * Tells whether a line of Python begins inside a text of several lines, as Jupytext tells it: marks of cells there are none.
 *
 * Its mistakes are kept, such as a quote after two backslashes: what counts is where Jupytext ends a cell.
 */
export class StringParser {
  private triple: string | undefined

  get isQuoted(): boolean {
    return this.triple !== undefined
  }

  read(line: string): void {
    if (this.triple === undefined && line.trimStart().startsWith('#')) return
    let single: string | undefined
    let tripleStart = -1
    for (let at = 0; at < line.length; at += 1) {
      const char = line[at]
      if (char === '#' && single === undefined && this.triple === undefined) break
      if (char !== '"' && char !== "'") continue
      if (at > 0 && line[at - 1] === '\\') continue
      if (single === char) {
        single = undefined
        continue
      }
      if (single !== undefined) continue
      if (at >= 2 && line[at - 1] === char && line[at - 2] === char && at >= tripleStart + 3) {
        if (this.triple === char) {
          this.triple = undefined
          tripleStart = at
          continue
        }
        if (this.triple !== undefined) continue
        this.triple = char
        tripleStart = at
        continue
      }
      if (this.triple === undefined) single = char
    }
  }
}
