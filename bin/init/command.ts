import { writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { starterConfig, starterSignIns, starterSpawners, starterTsconfig } from '../../config/starter.ts'
import { codeOf } from '../../net/error-code.ts'
import { makeFolder } from '../../net/machine/make-folder.ts'
import { defineCommand } from '../command.ts'
import { flag, type Options, text, UsageError } from '../options.ts'
import { completeAnswers } from './answers.ts'

export const options = {
  spawner: {
    value: 'NAME',
    help: 'Where servers run: process (this machine, one person), docker or kubernetes.',
    schema: z.enum(starterSpawners, `is ${starterSpawners.join(', ')}`).optional(),
  },
  signIn: {
    value: 'WAY',
    help: 'How people come in: temporary (no account), password (an account each), oidc, gate (oidc, then temporary users) or lms.',
    schema: z.enum(starterSignIns, `is ${starterSignIns.join(', ')}`).optional(),
  },
  hubUrl: { value: 'URL', help: "The public origin of the hub's pages. Default: this machine alone.", schema: text },
  serversUrl: {
    value: 'URL',
    help: "The public origin of learners' servers. Default: a host for each, below the hub's name.",
    schema: text,
  },
  course: { value: 'NAME', help: 'The first course. Default: demo.', schema: text },
  image: { value: 'IMAGE', help: 'Its image, or for the process spawner its folder.', schema: z.string().optional() },
  yes: { help: 'Ask nothing, and take the defaults for all that no option says.', schema: flag },
} satisfies Options

export const command = defineCommand({
  name: 'init',
  args: '[FILE]',
  summary: 'Writes a first config file',
  description:
    'Writes a config file with comments, and beside it a tsconfig.json, by which an editor knows all settings in any folder. ' +
    'Asks five questions at a terminal; options answer them. Replaces no file. Default: carrel.config.ts.',
  examples: {
    'carrel init': 'Asks, and writes carrel.config.ts',
    'carrel init --spawner docker --sign-in oidc --hub-url https://hub.example.org --yes': 'Asks nothing',
  },
  options,
  async run({ yes, ...given }, { args: [argument] }) {
    const file = resolve(argument ?? 'carrel.config.ts')
    const streams = !yes && process.stdin.isTTY ? { input: process.stdin, output: process.stdout } : undefined
    const answers = await completeAnswers(given, streams)
    await makeFolder(dirname(file))
    if (!(await writeNew(file, starterConfig(answers)))) {
      throw new UsageError(`${file} is there already, and nothing is replaced. Name another file, or remove this one`)
    }
    const tsconfig = join(dirname(file), 'tsconfig.json')
    const isNew = await writeNew(tsconfig, starterTsconfig())
    const types = isNew
      ? `Wrote ${tsconfig}, by which an editor knows its settings.`
      : `${tsconfig} was there and stays. For an editor's help it needs the paths of: carrel init in an empty folder.`
    const near = relative(process.cwd(), file)
    const name = near.startsWith('..') ? file : near
    // What npx has started is on no one's path.
    const carrel = process.env.npm_command === 'exec' ? 'npx carrel' : 'carrel'
    const next = [`  ${carrel} config check ${name} --try`, `  ${carrel} start --config ${name}`]
    if (answers.signIn === 'password')
      next.push(`  ${carrel} user add NAME   (while it runs: shows a link by which the person sets a password)`)
    process.stdout.write(`${[`Wrote ${file}.`, types, 'Next:', ...next].join('\n')}\n`)
    return 0
  },
})

/** Writes a file unless there is one. Returns whether it did. */
async function writeNew(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}
