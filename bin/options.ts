/** Options of a command as a table: flags, environment variables and help all come from it. */
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { z } from 'zod'

export interface Option {
  /** The same setting as an environment variable. The flag wins. */
  env?: string
  /** What stands for the value in the help. Absent: a switch. */
  value?: string
  help: string
  schema: z.ZodType
}

export type Options = Record<string, Option>

export type Values<T extends Options> = { [Name in keyof T]: z.output<T[Name]['schema']> }

/** The command line cannot be understood: exit code 2. */
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
/** Separated by commas. */
export const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

/** Throws a `UsageError` that names every problem at once. */
export function readOptions<T extends Options>(table: T, args: string[], env: NodeJS.ProcessEnv): Values<T> {
  const given = parse(table, args)
  const problems: string[] = []
  const read = Object.entries(table).map(([name, option]): [string, unknown] => {
    const variable = option.env === undefined ? undefined : env[option.env] || undefined
    const raw = given[name] ?? (option.value === undefined && variable !== undefined ? isOn(variable) : variable)
    const result = option.schema.safeParse(raw)
    if (result.success) return [name, result.data]
    const source = given[name] === undefined && variable !== undefined ? option.env : `--${name}`
    problems.push(...result.error.issues.map((issue) => `${source} ${issue.message}`))
    return [name, undefined]
  })
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  return Object.fromEntries(read) as Values<T>
}

/** The lines of a help text that describe the options. */
export function describeOptions(table: Options): string {
  const rows = Object.entries({ ...table, help: { help: 'Show this text.' } }).map(([name, option]) => ({
    left: `--${name}${'value' in option ? ` ${option.value}` : ''}`,
    right: option.help + ('env' in option ? ` [${option.env}]` : ''),
  }))
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2
  return rows.map(({ left, right }) => `  ${left.padEnd(width)}${right}`).join('\n')
}

function parse(table: Options, args: string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(error.message.replace(/\. To specify a positional argument.*$/s, '.'))
  }
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
