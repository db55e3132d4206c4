#!/usr/bin/env node
/**
 * The command line, which `carrel.js` runs. Each command is a file of this folder, and is loaded only when it runs. The
 * file is a program as well: links that npx keeps from a checkout before `carrel.js` lead here.
 */
import { type Definition, type Group, plainOptions, reportError, runWith } from './command.ts'
import type { Options } from './options.ts'

/** The commands, in the order of the help. */
const commands: Record<string, { summary: string; load(): Promise<{ command: Definition<Options> | Group }> }> = {
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

process.exit(await main(process.argv.slice(2)))

async function main(args: string[]): Promise<number> {
  const [first, ...others] = args
  const known = [first, first === 'help' ? args[1] : undefined].find((name) => name && Object.hasOwn(commands, name))
  const command = known === undefined ? undefined : (await commands[known]?.load())?.command
  const hint = known && `carrel ${known} --help`
  if (command !== undefined && hint !== undefined && first === known && !('commands' in command)) {
    const given = plainOptions(command, others)
    if (given !== undefined) {
      return runWith(command, given, []).catch((error: unknown) => reportError(error, 'carrel', hint))
    }
  }
  const { runProgram } = await import('./command-line.ts')
  const all = Object.entries(commands).map(([name, { summary }]) => (name === known && command) || { name, summary })
  return runProgram(all, args, hint)
}
