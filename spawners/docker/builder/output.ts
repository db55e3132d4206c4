/** What an engine prints of a build, as progress. Pure. */
import type { BuildProgress } from '../../builder.ts'

/** The longest line that is reported, and the most of one line that is kept until its end. */
const longest = 2000
const kept = 4 * longest

/** A message of the engine about a build or a push. */
export interface BuildEvent {
  stream?: string
  status?: string
  id?: string
  aux?: { ID?: string; Digest?: string }
  error?: string
}

/** Lines of the engine about its own containers and layers. */
const noise = /^( ---> (Running in )?|Removing intermediate container |Successfully built )[0-9a-f]{12}$/

/**
 * Returns a function that takes what the engine prints and returns the progress that is in it. A program of a build can print
 * what looks like a step; so only the step after the last one counts, of as many as there were at first. The last steps, which
 * give the image its labels, are not told, and `labels` is how many these are.
 */
export function buildProgress(labels: number): (text: string) => BuildProgress[] {
  const cut = lineCutter()
  let last = 0
  let all = 0
  return (text) =>
    cut(text).flatMap((line): BuildProgress[] => {
      if (noise.test(line)) return []
      const [, number, of, words] = /^Step (\d{1,4})\/(\d{1,4}) : (.*)$/.exec(line) ?? []
      if (number === undefined) return [{ line }]
      const step = Number(number)
      const steps = Number(of) - labels
      if (step > steps) return []
      if (step !== last + 1 || (all > 0 && steps !== all)) return [{ line }]
      last = step
      all = steps
      return [{ step, steps }, { line: `Step ${step}/${steps}: ${words}` }]
    })
}

/** Returns a function that takes pieces of a text and returns the lines that have ended, without those that show nothing. */
export function lineCutter(): (text: string) => string[] {
  let rest = ''
  return (text) => {
    const pieces = text.split(/\r\n|\n|\r/)
    const ended: string[] = []
    for (const [at, piece] of pieces.entries()) {
      if (at > 0) {
        const line = plainLine(rest)
        if (line !== '') ended.push(line)
        rest = ''
      }
      rest += piece.slice(0, Math.max(0, kept - rest.length))
    }
    return ended
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed.
const colours = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g

/** Returns a line without colours, control characters and what turns the direction of writing, and without a great length. */
export function plainLine(line: string): string {
  const plain = line
    .replace(colours, '')
    .replace(/\t/g, '    ')
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu, '')
    .toWellFormed()
    .trimEnd()
  return plain.length > longest ? `${plain.slice(0, longest - 1).toWellFormed()}…` : plain
}
