/** The command line, which `carrel.js` runs. Each command is a file of this folder, and is loaded only when it runs. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { runCommand } from './command.ts'

/** The commands, in the order of the help. */
const commands: Record<string, { summary: string; load(): Promise<{ command: Command }> }> = {
  start: { summary: 'Hub, proxy and culler together, on this machine', load: () => import('./start.ts') },
  hub: { summary: 'One hub', load: () => import('./hub.ts') },
  proxy: { summary: 'One proxy', load: () => import('./proxy.ts') },
  culler: { summary: 'One culler', load: () => import('./culler.ts') },
  config: { summary: 'Names every problem of a config file', load: () => import('./config.ts') },
  keys: { summary: 'Lists and rotates the keys that hub and proxies share', load: () => import('./keys.ts') },
  sweep: { summary: 'Shows, and removes, what runs without belonging to a server', load: () => import('./sweep.ts') },
  doctor: {
    summary: 'Looks whether the installation is well, also from inside a server',
    load: () => import('./doctor.ts'),
  },
}

const notes = `
carrel <command> --help tells more. Each option can be given as the environment variable beside it.
CARREL_DEBUG=1 shows where an error was thrown.`

process.exit(await main(process.argv.slice(2)))

async function main(args: string[]): Promise<number> {
  const asked = args[0] === 'help' ? args[1] : args[0]
  const known = asked !== undefined && Object.hasOwn(commands, asked) ? asked : undefined
  const program = new Command('carrel')
    .description('A notebook hub for courses: a link, a click, a live notebook.')
    .usage('<command> [options]')
    .addHelpText('after', notes)
  for (const [name, { summary, load }] of Object.entries(commands)) {
    program.addCommand(name === known ? (await load()).command : new Command(name).summary(summary))
  }
  const text = await version()
  for (const command of [program, ...program.commands]) command.version(text, '-v, --version', 'Show the version.')
  return runCommand(program, args.length === 0 ? ['--help'] : args, known && `carrel ${known} --help`)
}

async function version(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8')
  return JSON.parse(text).version
}
