#!/usr/bin/env node
/**
 * The command line, which `carrel.js` runs. Each command is a file of this folder, and is loaded only when it runs. The
 * file is a program as well: links that npx keeps from a checkout before `carrel.js` lead here.
 */
import { type Definition, type Group, plainOptions, reportError, runWith } from './command.ts'
import type { Options } from './options.ts'

/** The commands, in the order of the help. */
const commands: Record<string, { summary: string; load(): Promise<{ command: Definition<Options> | Group }> }> = {
  init: { summary: 'Writes a first config file', load: () => import('./init/command.ts') },
  start: { summary: 'Hub, proxy and culler together, on this machine', load: () => import('./start.ts') },
  hub: { summary: 'One hub', load: () => import('./hub.ts') },
  proxy: { summary: 'One proxy', load: () => import('./proxy.ts') },
  culler: { summary: 'One culler', load: () => import('./culler.ts') },
  config: { summary: 'Checks a config file, and shows the settings that hold', load: () => import('./config.ts') },
  keys: { summary: 'Lists and rotates the keys that hub and proxies share', load: () => import('./keys.ts') },
  servers: { summary: 'Lists and stops the servers of a running hub', load: () => import('./admin/servers.ts') },
  reload: { summary: 'Has a running carrel start take over a changed config', load: () => import('./admin/reload.ts') },
  user: { summary: 'Adds, lists and removes accounts with passwords', load: () => import('./admin/user.ts') },
  users: {
    summary: 'Lists, signs out, blocks and removes any users of a running hub',
    load: () => import('./admin/users.ts'),
  },
  maintenance: {
    summary: 'Begins and ends maintenance: learners open no notebooks',
    load: () => import('./admin/maintenance.ts'),
  },
  announcements: {
    summary: 'Tells people of the site or of a course something for a while',
    load: () => import('./admin/announcements/announcements.ts'),
  },
  homes: {
    summary: 'Lists, copies and removes files of learners that last',
    load: () => import('./admin/homes.ts'),
  },
  images: {
    summary: 'Shows the images of courses, and has them fetched before learners come',
    load: () => import('./admin/images.ts'),
  },
  course: {
    summary: 'Makes courses and changes them at a running hub',
    load: () => import('./admin/course.ts'),
  },
  support: {
    summary: 'Shows the server that a support code means',
    load: () => import('./admin/support/support.ts'),
  },
  sweep: {
    summary: 'Shows, and removes, what runs without belonging to a server',
    load: () => import('./admin/sweep.ts'),
  },
  doctor: {
    summary: 'Looks whether the installation is well, also from inside a server',
    load: () => import('./doctor.ts'),
  },
}

const code = await main(process.argv.slice(2))
await Promise.all([process.stdout, process.stderr].map(printed))
process.exit(code)

/** Resolves when all of a stream's text has gone. A pipe takes it in parts, and an exit would lose the rest. */
async function printed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()))
}

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
