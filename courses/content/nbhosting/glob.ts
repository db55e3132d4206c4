/**
 * The patterns by which a track names notebooks, as Python's `pathlib` reads them: `*`, `?`, `[a-z]` and `[!a-z]` within a
 * name, and `**` for any number of folders. Case counts, and a name that begins with a dot is one like others.
 *
 * Nothing becomes a regular expression, since the patterns and the names are a stranger's. The work is counted instead.
 */
import { type NotebookIndex, segmentsOf } from './notebook-index.ts'

/** What patterns may still cost, in characters that are read or compared. */
export interface Work {
  left: number
}

type Token = string | 'any one' | 'any number' | { ranges: [from: string, to: string][]; isNegated: boolean }

/** One name between slashes; undefined stands for any number of folders. */
type Segment = Token[] | undefined

/** Returns why a pattern cannot be one; undefined where it can. Pure. */
export function globProblem(pattern: string): string | undefined {
  if (pattern.startsWith('/'))
    return 'begins with a slash: name notebooks from the top of the repository, like week1/*.md'
  const names = pattern.split('/')
  if (names.includes('..')) return 'leads out of the repository by `..`: name notebooks from its top, like week1/*.md'
  if (/[\p{Cc}]/u.test(pattern) || !pattern.isWellFormed()) return 'has a character that no file has: take it out'
  if (segmentsOfGlob(pattern).length === 0) return 'names nothing: name notebooks, like week1/*.md'
  return undefined
}

/**
 * Returns the paths of the index that a pattern matches, sorted as the index is. One that matches nothing is tried again with
 * `.*` behind it, so that names without their endings count, too. Returns undefined when the work is done. Pure, but for the work.
 */
export function matchGlob(pattern: string, index: NotebookIndex, work: Work): readonly string[] | undefined {
  const found = matchOnce(pattern, index, work)
  return found?.length === 0 ? matchOnce(`${segmentsOfGlob(pattern).join('/')}.*`, index, work) : found
}

function matchOnce(pattern: string, index: NotebookIndex, work: Work): readonly string[] | undefined {
  const names = segmentsOfGlob(pattern)
  const isPlain = names.map((name) => name !== '**' && !/[*?[]/.test(name))
  if (isPlain.every(Boolean)) return index.has(names.join('/')) ? [names.join('/')] : []
  const segments = names.map((name): Segment => (name === '**' ? undefined : tokensOf(name)))
  const folder =
    isPlain.slice(0, -1).every(Boolean) && segments.at(-1) !== undefined ? names.slice(0, -1).join('/') : undefined
  const found: string[] = []
  for (const path of folder === undefined ? index.paths : index.inFolder(folder)) {
    work.left -= path.length
    if (matchesPath(segments, segmentsOf(path), work)) found.push(path)
    if (work.left < 0) return undefined
  }
  return found
}

function segmentsOfGlob(pattern: string): string[] {
  return pattern.split('/').filter((name) => name !== '' && name !== '.')
}

/** Goes back to the last `**` only, so that the work is a product of both lengths at most. */
function matchesPath(segments: readonly Segment[], names: readonly string[], work: Work): boolean {
  return matchesGreedily(
    segments,
    names,
    (segment) => segment === undefined,
    (segment, name) => segment !== undefined && matchesName(segment, [...name], work),
    work,
  )
}

function matchesName(tokens: readonly Token[], letters: readonly string[], work: Work): boolean {
  return matchesGreedily(
    tokens,
    letters,
    (token) => token === 'any number',
    (token, letter) => matchesLetter(token, letter, work),
    work,
  )
}

/** Matches a list with wildcards for any number against a list without. A wildcard takes as few as it can. */
function matchesGreedily<P, T>(
  pattern: readonly P[],
  list: readonly T[],
  isWild: (one: P) => boolean,
  matches: (one: P, item: T) => boolean,
  work: Work,
): boolean {
  let [at, from] = [0, 0]
  let wild: { after: number; from: number } | undefined
  while (from < list.length) {
    work.left -= 1
    if (work.left < 0) return false
    const one = pattern[at]
    if (at < pattern.length && isWild(one as P)) {
      at += 1
      wild = { after: at, from }
    } else if (at < pattern.length && matches(one as P, list[from] as T)) {
      at += 1
      from += 1
    } else if (wild !== undefined) {
      wild.from += 1
      at = wild.after
      from = wild.from
    } else return false
  }
  return pattern.slice(at).every(isWild)
}

function matchesLetter(token: Token, letter: string, work: Work): boolean {
  if (token === 'any one') return true
  if (typeof token === 'string') return token === letter
  work.left -= token.ranges.length
  return token.ranges.some(([from, to]) => from <= letter && letter <= to) !== token.isNegated
}

/** Reads a name as Python's `fnmatch` does: a bracket without an end is a letter, and `]` at the beginning of a set is in it. */
function tokensOf(name: string): Token[] {
  const letters = [...name]
  const tokens: Token[] = []
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at] as string
    if (letter === '*') {
      if (tokens.at(-1) !== 'any number') tokens.push('any number')
    } else if (letter === '?') tokens.push('any one')
    else if (letter === '[') {
      const first = letters[at + 1] === '!' ? at + 2 : at + 1
      const end = letters.indexOf(']', first + 1)
      if (end === -1) tokens.push(letter)
      else {
        tokens.push({ ranges: rangesOf(letters.slice(first, end)), isNegated: first === at + 2 })
        at = end
      }
    } else tokens.push(letter)
  }
  return tokens
}

function rangesOf(letters: readonly string[]): [string, string][] {
  const ranges: [string, string][] = []
  for (let at = 0; at < letters.length; at += 1) {
    const from = letters[at] as string
    const to = letters[at + 1] === '-' && at + 2 < letters.length ? (letters[at + 2] as string) : undefined
    ranges.push([from, to ?? from])
    if (to !== undefined) at += 2
  }
  return ranges
}
