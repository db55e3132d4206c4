#!/usr/bin/env node
/** The command line. Each command is a file beside this one, loaded when it is asked for. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './options.ts'

interface Command {
  help: string
  /** Resolves with the exit code. */
  run(args: string[], env: NodeJS.ProcessEnv): Promise<number>
}

const commands: Record<string, () => Promise<Command>> = {
  start: () => import('./start.ts'),
  hub: () => import('./hub.ts'),
  proxy: () => import('./proxy.ts'),
  culler: () => import('./culler.ts'),
  config: () => import('./config.ts'),
  keys: () => import('./keys.ts'),
  sweep: () => import('./sweep.ts'),
  doctor: () => import('./doctor.ts'),
}

const help = `Usage: carrel <command> [options]

A notebook hub for courses: a link, a click, a live notebook.

  start         Hub, proxy and culler together, on this machine
  hub           One hub
  proxy         One proxy
  culler        One culler
  config check  Names every problem of a config file
  keys          Lists and rotates the keys that hub and proxies share
  sweep         Shows, and removes, what runs without belonging to a server
  doctor        Looks whether the installation is well, also from inside a server

carrel <command> --help tells more. Each option can be given as the environment variable beside it.
CARREL_DEBUG=1 shows where an error was thrown.
`

// What any command writes is nobody else's to read, whatever the folder's mode.
process.umask(0o077)
process.exit(await main(process.argv.slice(2)))

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return print(help)
  if (name === '--version' || name === '-v') return print(`${await version()}\n`)
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) return complain(`there is no command ${JSON.stringify(name)}`, 'carrel --help')
  const command = await load()
  if (args.includes('--help') || args.includes('-h')) return print(command.help)
  if (args.includes('--version')) return print(`${await version()}\n`)
  try {
    return await command.run(args, process.env)
  } catch (error) {
    if (error instanceof UsageError) return complain(error.message, `carrel ${name} --help`)
    return fail(error)
  }
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function complain(message: string, hint: string): number {
  process.stderr.write(`carrel: ${message}\nSee ${hint}\n`)
  return 2
}

/** What a person can mend says so in its message; where it was thrown helps only who looks for a bug. */
function fail(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error)
  const stack = process.env.CARREL_DEBUG && error instanceof Error ? `\n${error.stack}` : ''
  process.stderr.write(`carrel: ${message}${stack}\n`)
  return 1
}

async function version(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8')
  return JSON.parse(text).version
}
