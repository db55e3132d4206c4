/** The common part of all commands: options from a table, help, and the report of mistakes. */
import { Command, CommanderError, Option, type ParseOptionsResult } from 'commander'
import { flagOf, type Options, readOptions, UsageError, type Values } from './options.ts'

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

export function defineCommand<T extends Options>(definition: Definition<T>): Command {
  const { name, args, summary, description = summary, examples = {}, options, run } = definition
  const command = new CarefulCommand(name).summary(summary).description(description)
  if (args !== undefined) command.arguments(args)
  for (const [option, { value, env, help }] of Object.entries(options)) {
    const flag = value === undefined ? flagOf(option) : `${flagOf(option)} <${value}>`
    command.addOption(new Option(flag, env === undefined ? help : `${help} [${env}]`))
  }
  addExamples(command, examples)
  // Excess arguments are refused here, since commander's own message has their number and not their text.
  command.allowExcessArguments().action(async () => {
    const tooMuch = command.args[command.registeredArguments.length]
    if (tooMuch !== undefined) throw new UsageError(`${tooMuch} is one argument too many`)
    const given = command.opts()
    const values = readOptions(options, given, process.env)
    const isFlag = (option: string) => given[option] !== undefined
    process.exitCode = await run(values, { args: command.args, isFlag, env: process.env })
  })
  return command
}

/**
 * A command that refuses an option whose value was forgotten. Commander would take the next option for the value, so
 * that `--config --yes` would read a file called `--yes`.
 */
class CarefulCommand extends Command {
  override parseOptions(args: string[]): ParseOptionsResult {
    for (let at = 0; at < args.length && args[at] !== '--'; at += 1) {
      const flag = args[at]
      const takesValue = this.options.some((option) => option.required && option.long === flag)
      if (!takesValue) continue
      at += 1
      const value = args[at]
      if (value !== undefined && value.length > 1 && value.startsWith('-')) {
        throw new UsageError(`${flag} has no value. If ${value} is meant as its value, write ${flag}=${value}`)
      }
    }
    return super.parseOptions(args)
  }
}

/** A command of commands, like `carrel keys`. */
export function defineGroup(
  { name, summary, description = summary }: { name: string; summary: string; description?: string },
  commands: Command[],
): Command {
  const group = new Command(name).summary(summary).description(description)
  for (const command of commands) group.addCommand(command)
  return group
}

/** Runs the command that the arguments name and resolves with the exit code: 2 when they cannot be understood. */
export async function runCommand(command: Command, args: string[], hint = `${command.name()} --help`): Promise<number> {
  prepare(command)
  try {
    await command.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    // Commander throws after help and version too. The help of a group without a command is a mistake.
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) {
      return error.exitCode === 0 ? 0 : 2
    }
    const message = error instanceof Error ? error.message.replace(/^error: /, '') : String(error)
    const isMistake = error instanceof UsageError || error instanceof CommanderError
    const stack = process.env.CARREL_DEBUG && !isMistake && error instanceof Error ? `\n${error.stack}` : ''
    process.stderr.write(`${command.name().split(' ').at(-1)}: ${message}${isMistake ? `\nSee ${hint}` : stack}\n`)
    return isMistake ? 2 : 1
  }
}

/** Sets output and help of a command and all below it. Commander hands them on only to commands of its own making. */
function prepare(command: Command): void {
  command.exitOverride().configureOutput({
    writeErr: (text) => void process.stderr.write(text),
    outputError: () => undefined,
    // Where the text goes to a file or a pipe, each option has one line.
    getOutHelpWidth: () => process.stdout.columns ?? 400,
    getErrHelpWidth: () => process.stderr.columns ?? 400,
  })
  command.helpOption('-h, --help', 'Show this text.')
  if (command.commands.length > 0) command.helpCommand('help [command]', 'Show the help of a command.')
  for (const child of command.commands) prepare(child)
}

function addExamples(command: Command, examples: Record<string, string>): void {
  const lines = Object.entries(examples)
  if (lines.length === 0) return
  const width = Math.max(...lines.map(([line]) => line.length)) + 2
  command.addHelpText(
    'after',
    ['', 'Examples:', ...lines.map(([line, text]) => `  ${line.padEnd(width)}${text}`)].join('\n'),
  )
}
