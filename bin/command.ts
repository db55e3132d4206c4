/** The common part of all commands: options from a table, and the report of mistakes. `command-line.ts` adds help. */
import { flagOf, type Given, type Options, readOptions, UsageError, type Values } from './options.ts'

export interface Definition<T extends Options> {
  name: string
  /** The argument in the help: `<ID>`, or `[FILE]`, which may be left out. */
  args?: string
  /** A line for the list of commands. */
  summary: string
  /** What the command does, in paragraphs. Default: the summary. */
  description?: string
  /** Command lines, each with a few words on what it does. */
  examples?: Record<string, string>
  options: T
  /** Resolves with the exit code. */
  run(values: Values<T>, invocation: Invocation): Promise<number>
}

export interface Invocation {
  args: string[]
  /** Whether an option stands on the command line itself. */
  isFlag(name: string): boolean
  env: NodeJS.ProcessEnv
}

/** A command of commands, like `carrel keys`. */
export interface Group {
  name: string
  summary: string
  description?: string
  commands: Definition<Options>[]
}

export function defineCommand<T extends Options>(definition: Definition<T>): Definition<T> {
  return definition
}

/** Runs a command with the options of its command line, and resolves with the exit code. */
export async function runWith<T extends Options>(
  { options, run }: Definition<T>,
  given: Given,
  args: string[],
): Promise<number> {
  const isFlag = (option: string) => given[option] !== undefined
  return run(readOptions(options, given, process.env), { args, isFlag, env: process.env })
}

/**
 * Returns the options when all arguments are options of this command, each as `--name=value` or as a switch. So does
 * `carrel start` run its parts, which then need no commander. Undefined for all other command lines.
 */
export function plainOptions({ options }: Definition<Options>, args: string[]): Given | undefined {
  const names = new Map(Object.entries(options).map(([name, { value }]) => [flagOf(name), { name, value }]))
  const given: Given = {}
  for (const arg of args) {
    const [, flag = '', value] = /^(--[a-z-]+)(?:=(.*))?$/s.exec(arg) ?? []
    const option = names.get(flag)
    if (option === undefined || (option.value === undefined) !== (value === undefined)) return undefined
    given[option.name] = value ?? true
  }
  return given
}

/** Prints what went wrong, and returns the exit code: 2 when the command line is the mistake. */
export function reportError(
  error: unknown,
  name: string,
  hint: string,
  isMistake = error instanceof UsageError,
): number {
  const message = error instanceof Error ? error.message.replace(/^error: /, '') : String(error)
  const stack = process.env.CARREL_DEBUG && !isMistake && error instanceof Error ? `\n${error.stack}` : ''
  process.stderr.write(`${name}: ${message}${isMistake ? `\nSee ${hint}` : stack}\n`)
  return isMistake ? 2 : 1
}
