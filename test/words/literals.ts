/** Reads the literals of a file of TypeScript or JavaScript, as far as Biome's format leaves no doubt about them. */

/** A text between quotes, or a template. */
export interface Literal {
  /** What stands before a template, such as `html`; empty for one without a tag. Undefined for a text between quotes. */
  tag: string | undefined
  start: number
  end: number
  /** What is said, around the expressions. */
  pieces: string[]
  /** Where each expression is. */
  expressions: { start: number; end: number }[]
  /** The template in one of whose expressions the literal stands. */
  parent: Literal | undefined
}

/** Returns all literals of a file, those within others too, each before those within it. Comments and patterns have none. */
export function literalsIn(source: string): Literal[] {
  const found: Literal[] = []
  read(0, undefined)
  return found.sort((a, b) => a.start - b.start)

  /** Reads from a place to the end, or to the brace that ends an expression, and returns where that is. */
  function read(from: number, parent: Literal | undefined): number {
    let depth = 0
    for (let at = from; at < source.length; at += 1) {
      const letter = source[at]
      const two = source.slice(at, at + 2)
      if (two === '//') at = endOf('\n', at)
      else if (two === '/*') at = endOf('*/', at) + 1
      else if (letter === "'" || letter === '"') at = readQuoted(at, letter, parent)
      else if (letter === '`') at = readTemplate(at, parent)
      else if (
        letter === '/' &&
        /(?:^|[(,=:[!&|?{};+>\n]|\breturn|=>)\s*$/.test(source.slice(Math.max(0, at - 20), at))
      )
        at = endOfPattern(at)
      else if (letter === '{') depth += 1
      else if (letter === '}') {
        if (depth === 0 && parent !== undefined) return at
        depth -= 1
      }
    }
    return source.length
  }

  function readQuoted(start: number, quote: string, parent: Literal | undefined): number {
    let at = start + 1
    while (source[at] !== quote && at < source.length) at += source[at] === '\\' ? 2 : 1
    found.push({ tag: undefined, start, end: at + 1, pieces: [said(start + 1, at)], expressions: [], parent })
    return at
  }

  function readTemplate(start: number, parent: Literal | undefined): number {
    const [tag = ''] = /[\w$]*$/.exec(source.slice(Math.max(0, start - 40), start)) ?? []
    const literal: Literal = { tag, start: start - tag.length, end: 0, pieces: [], expressions: [], parent }
    found.push(literal)
    let at = start + 1
    let from = at
    while (source[at] !== '`' && at < source.length) {
      if (source[at] === '\\') at += 2
      else if (source.startsWith('${', at)) {
        literal.pieces.push(said(from, at))
        const end = read(at + 2, literal)
        literal.expressions.push({ start: at + 2, end })
        at = end + 1
        from = at
      } else at += 1
    }
    literal.pieces.push(said(from, at))
    literal.end = at + 1
    return at
  }

  function said(from: number, to: number): string {
    return source.slice(from, to).replace(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter))
  }

  function endOf(mark: string, from: number): number {
    const end = source.indexOf(mark, from)
    return end === -1 ? source.length : end
  }

  function endOfPattern(from: number): number {
    let inClass = false
    for (let at = from + 1; at < source.length; at += 1) {
      if (source[at] === '\\') at += 1
      else if (source[at] === '[') inClass = true
      else if (source[at] === ']') inClass = false
      else if (source[at] === '/' && !inClass) return at
    }
    return source.length
  }
}
