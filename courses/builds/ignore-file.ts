/** Reads `.dockerignore`, and says which files of a repository it leaves out of a build: as Docker documents it. Pure. */
import { posix } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { RecipeError } from './problem.ts'

/** One line: what it means, and whether it takes files back in. */
interface Pattern {
  takesIn: boolean
  steps: Step[]
}

/** A step from one place of a pattern to the next, by a character that fits. */
interface Step {
  fits(char: string): boolean
  /** The step leads back to where it began. */
  loop?: boolean
  /** How many steps further it leads without a character. */
  skips?: number[]
}

const mostPatterns = 1000

/** Returns those of the paths that are left out, and the folders of which nothing is left. Rejects for lines that cannot be read. */
export async function leftOutBy(name: string, text: string, paths: readonly string[]): Promise<Set<string>> {
  const patterns = readPatterns(name, text)
  const folders = new Set<string>()
  const kept = new Set<string>()
  const left = new Set<string>()
  let busySince = performance.now()
  /** Lets other work of the hub go on: a repository may have many files, and its file many lines. */
  const judge = async (path: string) => {
    if (performance.now() - busySince > 20) {
      await setImmediate()
      busySince = performance.now()
    }
    return isLeftOut(patterns, path)
  }
  for (const path of paths) {
    const isOut = await judge(path)
    if (isOut) left.add(path)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at)
      if (isOut ? folders.has(folder) : kept.has(folder)) break
      ;(isOut ? folders : kept).add(folder)
    }
  }
  for (const folder of folders) if (!kept.has(folder) && (await judge(folder))) left.add(folder)
  return left
}

function readPatterns(name: string, text: string): Pattern[] {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  const problems: string[] = []
  const patterns = lines.flatMap((raw, index): Pattern[] => {
    const line = raw.trim()
    if (raw.startsWith('#') || line === '') return []
    const takesIn = line.startsWith('!')
    const written = (takesIn ? line.slice(1) : line).trim()
    const path = posix
      .normalize(written)
      .replace(/(?<=.)\/$/, '')
      .replace(/^\/(?=.)/, '')
    const steps = written === '' || path.length > 1000 ? undefined : stepsOf(path)
    if (steps !== undefined) return [{ takesIn, steps }]
    problems.push(`${name}, line ${index + 1}: Docker cannot read this pattern. Correct it, or remove the line.`)
    return []
  })
  if (patterns.length > mostPatterns)
    problems.push(`${name} has more than ${mostPatterns} lines: make it shorter, with patterns such as data/*.csv.`)
  if (problems.length > 0) throw new RecipeError(problems)
  return patterns
}

const inName = (char: string) => char !== '/'
const anything: Step = { fits: () => true, loop: true, skips: [1] }
/** Nothing, or anything with a slash at its end. */
const folders: Step[] = [{ fits: () => false, skips: [1, 3] }, anything, one('/')]

/** Returns the steps of a pattern; undefined for one that Docker refuses. */
function stepsOf(pattern: string): Step[] | undefined {
  const chars = [...pattern]
  // Docker takes such a pattern for the end of a path, wherever in a name that begins.
  if (/^\*\*[^/*?[\\][^*?[\\]*$/.test(pattern)) return [anything, ...chars.slice(2).map((char) => one(char))]
  const steps: Step[] = []
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? ''
    if (char === '*' && chars[at + 1] === '*') {
      at += chars[at + 2] === '/' ? 2 : 1
      // At the end it stands for all that follows, elsewhere for any number of folders.
      steps.push(...(at + 1 >= chars.length ? [anything] : folders))
    } else if (char === '*') steps.push({ fits: inName, loop: true, skips: [1] })
    else if (char === '?') steps.push({ fits: inName })
    else if (char === '[') {
      const end = classEnd(chars, at)
      const fits = end === undefined ? undefined : classOf(chars.slice(at + 1, end))
      if (end === undefined || fits === undefined) return undefined
      steps.push({ fits })
      at = end
    } else if (char === '\\') {
      at += 1
      if (at >= chars.length) return undefined
      steps.push(one(chars[at] ?? ''))
    } else steps.push(one(char))
  }
  return steps
}

function one(char: string): Step {
  return { fits: (other) => other === char }
}

/** Returns where the bracket that begins a class is closed. */
function classEnd(chars: string[], start: number): number | undefined {
  for (let at = start + 1; at < chars.length; at += 1) {
    if (chars[at] === '\\') at += 1
    else if (chars[at] === ']') return at
  }
  return undefined
}

function classOf(chars: string[]): Step['fits'] | undefined {
  const isNot = chars[0] === '^'
  const ranges: [string, string][] = []
  const rest = isNot ? chars.slice(1) : [...chars]
  const next = () => {
    const char = rest.shift()
    if (char === '\\') return rest.shift()
    return char === '-' ? undefined : char
  }
  while (rest.length > 0) {
    const from = next()
    const isRange = rest[0] === '-'
    if (isRange) rest.shift()
    const to = isRange ? next() : from
    if (from === undefined || to === undefined) return undefined
    ranges.push([from, to])
  }
  if (ranges.length === 0) return undefined
  return (char) => char !== '/' && ranges.some(([from, to]) => char >= from && char <= to) !== isNot
}

/** The last pattern that means a path, or a folder above it, decides. */
function isLeftOut(patterns: readonly Pattern[], path: string): boolean {
  const chars = [...path]
  return patterns.findLast(({ steps }) => means(steps, chars))?.takesIn === false
}

/**
 * Says whether the steps lead from the beginning of a path to its end, or to that of a folder above. Follows all ways at once, so that
 * the time grows with the length of both and not with the number of ways.
 */
function means(steps: readonly Step[], chars: readonly string[]): boolean {
  let places = new Set<number>()
  reach(steps, places, 0)
  for (const char of chars) {
    if (char === '/' && places.has(steps.length)) return true
    const next = new Set<number>()
    for (const place of places) {
      const step = steps[place]
      if (step?.fits(char)) reach(steps, next, step.loop ? place : place + 1)
    }
    if (next.size === 0) return false
    places = next
  }
  return places.has(steps.length)
}

/** Adds a place, and those to which an empty text leads from there. */
function reach(steps: readonly Step[], places: Set<number>, place: number): void {
  if (places.has(place)) return
  places.add(place)
  for (const skip of steps[place]?.skips ?? []) reach(steps, places, place + skip)
}
