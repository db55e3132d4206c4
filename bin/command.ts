/** What all commands have in common: options of a table, help, and how mistakes are reported. */
import { Command, CommanderError, Option } from 'commander'
import { flagOf, type Options, readOptions, UsageError, type Values } from './options.ts'

export interface Definition<T extends Options> {
  name: string
  /** What stands beside the name: `<ID>`, or `[FILE]`, which may be left out. */
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
  const command = new Command(name).summary(summary).description(description)
  if (args !== undefined) command.arguments(args)
  for (const [option, { value, env, help }] of Object.entries(options)) {
    const flag = value === undefined ? flagOf(option) : `${flagOf(option)} <${value}>`
    command.addOption(new Option(flag, env === undefined ? help : `${help} [${env}]`))
  }
  addExamples(command, examples)
  // Of what is too much, commander tells the number and not the text.
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

/** A command of commands, like `carrel keys`. */
export function defineGroup(
  { name, summary, description = summary }: { name: string; summary: string; description?: string },
  commands: Command[],
): Command {
  const group = new Command(name).summary(summary).description(description)
  for (const command of commands) group.addCommand(command)
  return group
}

/** Runs what the arguments ask for and resolves with the exit code: 2 where they cannot be understood. */
export async function runCommand(command: Command, args: string[], hint = `${command.name()} --help`): Promise<number> {
  prepare(command)
  try {
    await command.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    // Help and version are an end too, and the help of a group that was given no command is a mistake.
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

/** Commander hands these on only to commands that it makes itself. */
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
