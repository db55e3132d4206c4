/** Patterns with values, such as `The notebook did not answer within {0} seconds.`, and how they are found again in a text. */

/** A text with values in it is found by what stands around them. */
export interface Pattern {
  /** What stands before, between and behind the values. */
  pieces: readonly string[]
  /** The pattern in the other language. */
  other: string
  /** Whether so little stands around or between values that others' texts fit too. It counts only where its last value is one of ours. */
  isLoose: boolean
  isWhole: boolean
}

/** Returns the patterns with values, those first that leave least open. */
export function readPatterns(texts: Readonly<Record<string, string>>): Pattern[] {
  return Object.entries(texts)
    .filter(([pattern]) => pattern.includes('{0}'))
    .sort(([a], [b]) => b.length - a.length)
    .map(([pattern, other]) => {
      const pieces = pattern.split(/\{\d\}/)
      const around = pieces.join('')
      const isOpen = !around.includes('→') && around.replace(/\P{L}/gu, '').length < 4
      const isLoose = isOpen || pieces.slice(1, -1).includes(' ')
      return { pieces, other, isLoose, isWhole: isWhole(pattern) }
    })
}

/**
 * Returns the values of a pattern in a text, each as short as it can be; undefined where the text does not fit. Each piece is looked
 * for once, behind the one before it, so that a text takes no longer than its letters, whatever it says.
 */
export function valuesIn(text: string, { pieces }: Pattern): string[] | undefined {
  const begins = pieces[0] ?? ''
  const ends = pieces.at(-1) ?? ''
  if (!text.startsWith(begins) || !text.endsWith(ends)) return undefined
  const values: string[] = []
  const end = text.length - ends.length
  let from = begins.length
  for (const piece of pieces.slice(1, -1)) {
    const at = text.indexOf(piece, from)
    if (at === -1) return undefined
    values.push(text.slice(from, at))
    from = at + piece.length
  }
  return from > end ? undefined : [...values, text.slice(from, end)]
}

/**
 * Returns whether a pattern may be all that is said: a sentence, or a place and a problem. Clauses, as `must be {0}`, stand behind a
 * name or in another text: by themselves they would be found in others' words.
 */
export function isWhole(pattern: string): boolean {
  if (/^(?:Invalid|Too (?:big|small):|Unrecognized) /.test(pattern)) return false
  return /^(?:✖ | {2}→ |`\{0\}` \{1\}$|\{0\}: \{1\}$|[\p{Lu}“](?:\S* ){3}|(?! |[.;,] )\S.*[.?!]$)/su.test(pattern)
}
