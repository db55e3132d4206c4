/** The options that may differ from server to server, for spawners whose options are one schema of zod. */
import type { z } from 'zod'
import { didYouMean } from '../../net/settings/near.ts'
import { spellingHints, unknownWord } from '../../net/settings/read.ts'
import { type ServerOptions, SpawnError } from '../spawner.ts'

/** The schema of all options of a spawner, the options as the factory has read them, and names as `ServerOptions` has them. */
export interface SpawnerOptions<T extends z.ZodObject> {
  schema: T
  settings: z.output<T>
  names: readonly string[]
  beside?: readonly string[]
}

/** Returns what a plug-in with these options hands over as its `serverOptions`. */
export function serverOptionsOf<T extends z.ZodObject>(options: SpawnerOptions<T>): ServerOptions {
  const { names, beside = [] } = options
  return { names, beside, problems: (given) => problemsOf(options, given) }
}

/** Returns the options of one server: the factory's, with those that it was given in their place. */
export function optionsFor<T extends z.ZodObject>(
  options: SpawnerOptions<T>,
  given: Record<string, unknown> | undefined,
): z.output<T> {
  if (given === undefined || Object.keys(given).length === 0) return options.settings
  const problems = problemsOf(options, given)
  if (problems.length === 0) return options.schema.parse(merged(options, given))
  // The hub has asked before. So another config has changed the options of the spawner since then.
  throw new SpawnError('The settings of this course do not fit any more.', {
    detail: problems.map(({ path, message }) => `options.${path.join('.')}: ${message}`).join('; '),
    lasts: true,
  })
}

type Problem = ReturnType<ServerOptions['problems']>[number]

function problemsOf<T extends z.ZodObject>(options: SpawnerOptions<T>, given: Record<string, unknown>): Problem[] {
  const { names, schema } = options
  const foreign = Object.keys(given).filter((name) => !names.includes(name))
  if (foreign.length > 0) return foreign.map((name) => ({ path: [name], message: whyForeign(name, names, schema) }))
  const { error } = schema.safeParse(merged(options, given), { error: spellingHints })
  return error?.issues.flatMap(plainProblems) ?? []
}

function merged<T extends z.ZodObject>({ settings }: SpawnerOptions<T>, given: Record<string, unknown>): object {
  return { ...(settings as object), ...given }
}

function whyForeign(name: string, names: readonly string[], { shape }: z.ZodObject): string {
  if (Object.hasOwn(shape, name)) return 'is an option of the whole spawner, and the same for all servers'
  return unknownWord + (didYouMean(name, names) || '; correct its spelling or remove it')
}

/** Returns an issue of zod as problems, one for each unknown key. */
function plainProblems(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code === 'unrecognized_keys') {
    const hints = issue.message.split('\n')
    return issue.keys.map((key, at) => ({ path: [...path, key], message: hints[at] ?? issue.message }))
  }
  if (issue.code === 'invalid_key') return [{ path, message: issue.issues.map(({ message }) => message).join('; ') }]
  return [{ path, message: issue.message }]
}
