/** Reads any command line, writes help, and names what a mistyped word may have meant: all that commander does. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, CommanderError, Option, type ParseOptionsResult } from 'commander'
import { type Definition, type Group, reportError, runWith } from './command.ts'
import { flagOf, type Options, UsageError } from './options.ts'

/** Builds the command that a definition describes. */
export function commandOf(definition: Definition<Options> | Group): Command {
  if ('commands' in definition) return groupOf(definition)
  const { name, args, summary, description = summary, examples = {}, options } = definition
  const command = new CarefulCommand(name).summary(summary).description(description)
  if (args !== undefined) command.arguments(args)
  for (const [option, { value, env, help }] of Object.entries(options)) {
    const flag = value === undefined ? flagOf(option) : `${flagOf(option)} <${value}>`
    command.addOption(new Option(flag, env === undefined ? help : `${help} [${env}]`))
  }
  addExamples(command, examples)
  // Excess arguments are refused here, since commander's own message has their number and not their text.
  command.allowExcessArguments().action(async () => {
    const isList = command.registeredArguments.at(-1)?.variadic === true
    const tooMuch = command.args[command.registeredArguments.length]
    if (!isList && tooMuch !== undefined) throw new UsageError(`${tooMuch} is one argument too many`)
    process.exitCode = await runWith(definition, command.opts(), command.args)
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

function groupOf({ name, summary, description = summary, commands }: Group): Command {
  const group = new Command(name).summary(summary).description(description)
  for (const command of commands) group.addCommand(commandOf(command))
  return group
}

const notes = `
carrel <command> --help tells more. Each option can be given as the environment variable beside it.
CARREL_DEBUG=1 shows where an error was thrown.`

/** Runs `carrel` with these arguments. Of commands that they do not name, the name and the summary are enough. */
export async function runProgram(
  commands: (Definition<Options> | Group | Pick<Group, 'name' | 'summary'>)[],
  args: string[],
  hint?: string,
): Promise<number> {
  const program = new Command('carrel')
    .description('A notebook hub for courses: a link, a click, a live notebook.')
    .usage('<command> [options]')
    .addHelpText('after', notes)
  for (const command of commands) {
    const isWhole = 'options' in command || 'commands' in command
    program.addCommand(isWhole ? commandOf(command) : new Command(command.name).summary(command.summary))
  }
  const text = await version()
  for (const command of [program, ...program.commands]) command.version(text, '-v, --version', 'Show the version.')
  return runParsed(program, args.length === 0 ? ['--help'] : args, hint)
}

async function version(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8')
  return JSON.parse(text).version
}

/** Runs a command and resolves with the exit code: 2 when the arguments cannot be understood. */
export function runCommand<T extends Options>(definition: Definition<T>, args: string[]): Promise<number> {
  return runParsed(commandOf(definition), args)
}

async function runParsed(command: Command, args: string[], hint = `${command.name()} --help`): Promise<number> {
  prepare(command)
  try {
    await command.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    // Commander throws after help and version too. The help of a group without a command is a mistake.
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) {
      return error.exitCode === 0 ? 0 : 2
    }
    const isMistake = error instanceof UsageError || error instanceof CommanderError
    return reportError(error, command.name().split(' ').at(-1) ?? '', hint, isMistake)
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
