/** Reads settings by a strict schema, with hints at what a misspelt word may have meant. */
import { z } from 'zod'
import { didYouMean } from './near.ts'

/** The settings, or the error that says what is wrong with them, whose stack begins where the settings were given. */
export type ReadSettings<T extends z.ZodType> =
  | { settings: z.output<T>; refusal: undefined }
  | { settings: undefined; refusal: Error }

/** Reads the options of a plug-in. Throws nothing, so that a config file is evaluated to its end. */
export function readSettings<T extends z.ZodType>(schema: T, input: unknown): ReadSettings<T> {
  const { data, error } = schema.safeParse(input, { error: spellingHints })
  if (error === undefined) return { settings: data, refusal: undefined }
  Error.captureStackTrace(error, readSettings)
  return { settings: undefined, refusal: error }
}

/** The beginning of each line about a word that the schema does not know. */
export const unknownWord = 'is not a setting here'

/** Messages of zod that name what a misspelt word may have meant. For unknown keys there is a line for each of them. */
export const spellingHints: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'unrecognized_keys') {
    const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : []
    return issue.keys
      .map((key) => unknownWord + (didYouMean(key, known) || '; correct its spelling or remove it'))
      .join('\n')
  }
  if (issue.code === 'invalid_value' && typeof issue.input === 'string' && issue.values.length > 1) {
    const words = issue.values.map(String)
    return `must be one of ${words.map((word) => `"${word}"`).join('|')}${didYouMean(issue.input, words)}`
  }
  return undefined
}
