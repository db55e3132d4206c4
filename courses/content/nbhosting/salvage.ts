/** Reads a file so that one mistake in it loses no more than it must. Pure. */
import type { z } from 'zod'
import { spellingHints } from '../../../net/settings/read.ts'
import type { YamlPlace } from '../../../net/settings/yaml.ts'
import type { FileProblem } from './file-problem.ts'

/** A file, and where in it the values stand that were read of it. */
export interface PlacedFile {
  file: string
  placeOf(path: readonly PropertyKey[]): YamlPlace
}

/** Problems that are told of one file; the others are counted. */
const mostProblems = 30

export interface Salvaged<T> {
  /** What counts of the file; undefined when nothing does. */
  said: T | undefined
  problems: FileProblem[]
}

/**
 * Reads a value by a strict schema, and takes out what is wrong with it so that the rest counts: the smallest entry of a
 * list, or the setting. Each is told with its place. `aboutKey` has other words for keys that the schema does not know.
 */
export function salvage<T extends z.ZodType>(
  schema: T,
  value: unknown,
  source: PlacedFile,
  aboutKey: (key: string, hint: string) => Pick<FileProblem, 'message' | 'kind'>,
): Salvaged<z.output<T>> {
  const problems: FileProblem[] = []
  let rest = value
  // What is taken out may bring out more, such as a list that is too short then.
  for (let round = 1; round <= 3; round += 1) {
    const read = schema.safeParse(rest, { error: spellingHints })
    if (read.success) return { said: read.data, problems: firstOf(problems, source.file) }
    const cuts: PropertyKey[][] = []
    for (const issue of read.error.issues) {
      // Entries have moved up after the first round.
      const place = source.placeOf(round === 1 ? issue.path : issue.path.slice(0, 1))
      if (issue.code === 'unrecognized_keys')
        for (const [index, key] of issue.keys.entries()) {
          const hint = issue.message.split('\n')[index] ?? issue.message
          const where = round === 1 ? source.placeOf([...issue.path, key]) : place
          problems.push({ file: source.file, ...where, ...aboutKey(key, hint) })
          cuts.push([...issue.path, key])
        }
      else {
        problems.push({
          file: source.file,
          ...place,
          message: `${inWords(issue.path)}${issue.message}`,
          kind: 'problem',
        })
        cuts.push(entryAround(issue.path))
      }
    }
    if (cuts.some((cut) => cut.length === 0)) break
    rest = without(rest, cuts)
  }
  return { said: undefined, problems: firstOf(problems, source.file) }
}

function firstOf(problems: FileProblem[], file: string): FileProblem[] {
  if (problems.length <= mostProblems) return problems
  const more = problems.length - mostProblems
  const message = `has ${more} more problems, which are told when these are mended`
  return [...problems.slice(0, mostProblems), { file, message, kind: 'problem' }]
}

function inWords(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : `\`${path.map(String).join('.').slice(0, 100)}\` `
}

/** Returns the path of the smallest entry of a list around a place, or of the setting. */
function entryAround(path: readonly PropertyKey[]): PropertyKey[] {
  const index = path.findLastIndex((step) => typeof step === 'number')
  return path.slice(0, Math.max(index, 0) + 1)
}

/** Returns a copy without what stands at these paths. */
function without(value: unknown, cuts: readonly PropertyKey[][]): unknown {
  if (cuts.length === 0) return value
  const below = Map.groupBy(cuts, ([step]) => step)
  const isCut = (step: PropertyKey) => below.get(step)?.some((cut) => cut.length === 1) === true
  const kept = (step: PropertyKey, one: unknown) => without(one, below.get(step)?.map((cut) => cut.slice(1)) ?? [])
  if (Array.isArray(value)) return value.flatMap((one, index) => (isCut(index) ? [] : [kept(index, one)]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, one]) => (isCut(key) ? [] : [[key, kept(key, one)]])))
}
