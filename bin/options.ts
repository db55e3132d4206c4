/** Options of a command as a table by their names in the code, which gives flags, environment variables and help. */
import { isIP } from 'node:net'
import { z } from 'zod'

export interface Option {
  /** The environment variable of the option. The flag wins. */
  env?: string
  /** The word for the value in the help. Absent for a switch. */
  value?: string
  help: string
  schema: z.ZodType
}

export type Options = Record<string, Option>

export type Values<T extends Options> = { [Name in keyof T]: z.output<T[Name]['schema']> }

/** Thrown when the command line cannot be understood, which ends with exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const text = z.string().min(1, 'is empty').optional()
export const flag = z.boolean().default(false)
export const port = wholeNumber(0, 65_535)
export const seconds = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'is a number of seconds')
  .transform(Number)
/** Addresses to listen on, the first of which must be this machine's. */
export const addresses = z
  .string()
  .default('127.0.0.1,::1')
  .transform((value) => value.split(',').map((part) => part.trim()))
  .pipe(z.tuple([ipAddress()], ipAddress()))
/** Texts separated by commas. */
export const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

/** The options on the command line before they are read: texts, and `true` for switches. */
export type Given = Record<string, unknown>

/**
 * Reads all settings, from the command line first and the environment second. Throws a `UsageError` that names every
 * problem at once.
 */
export function readOptions<T extends Options>(table: T, given: Given, env: NodeJS.ProcessEnv): Values<T> {
  const problems: string[] = []
  const read = Object.entries(table).map(([name, option]): [string, unknown] => {
    const variable = option.env === undefined ? undefined : env[option.env] || undefined
    const raw = given[name] ?? (option.value === undefined && variable !== undefined ? isOn(variable) : variable)
    const result = option.schema.safeParse(raw)
    if (result.success) return [name, result.data]
    const source = given[name] === undefined && variable !== undefined ? option.env : flagOf(name)
    problems.push(...result.error.issues.map((issue) => `${source} ${issue.message}`))
    return [name, undefined]
  })
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  return Object.fromEntries(read) as Values<T>
}

type Argument = string | number | boolean | readonly string[] | undefined

/** Returns the arguments that give these values to a command. Leaves out false, undefined and empty lists. */
export function argsOf<T extends Options>(table: T, values: { [Name in keyof T]?: Argument }): string[] {
  return Object.keys(table).flatMap((name) => {
    const value = values[name]
    if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) return []
    return value === true ? flagOf(name) : `${flagOf(name)}=${value}`
  })
}

/** Returns the values that belong to this table. */
export function valuesOf<T extends Options>(table: T, values: Values<T>): Values<T> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, values[name]])) as Values<T>
}

/** Returns the flag of an option, such as `--hub-url` for `hubUrl`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function isOn(text: string): boolean {
  return /^(1|true|yes|on)$/i.test(text)
}

function ipAddress() {
  return z.string().refine((text) => isIP(text) !== 0, 'is an address like 127.0.0.1 or ::1')
}

function wholeNumber(least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, `is a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `is a whole number from ${least} to ${most}`)
}
