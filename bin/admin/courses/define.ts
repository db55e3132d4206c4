/** The commands that say what a course is. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { defineCommand } from '../../command.ts'
import { type Options, UsageError } from '../../options.ts'
import { hubOptions, withHub } from '../hub-client.ts'
import { print } from '../lines.ts'
import { askCourse, type CourseAnswer, dryRun, oneName, pathOfCourse, printDone } from './answers.ts'

const definitionOptions = {
  set: {
    value: 'PLACE=VALUE...',
    help: 'Settings by their places, with JSON or a text as value: limits.memory=4G title=Statistics. An empty value takes a setting out.',
    schema: z
      .union([z.string(), z.array(z.string())])
      .transform((given) => [given].flat())
      .optional(),
  },
  file: {
    value: 'FILE',
    help: 'A file with the whole definition as JSON; - for the input.',
    schema: z.string().optional(),
  },
} satisfies Options

export const createCommand = defineCommand({
  name: 'create',
  args: '<NAME> [IMAGE]',
  summary: 'Makes a course',
  description:
    'Makes a course with an image, or with what --set or --file say, in the form of a course of the config. It opens at once, without a restart. What is wrong with it is told all at once.',
  examples: { 'carrel course create Statistics registry.example.org/stats:3 --set limits.memory=4G': 'Makes a course' },
  options: { ...hubOptions, ...dryRun, ...definitionOptions },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const [name, image, ...others] = args
      if (!name || others.length > 0) throw new UsageError('name the course, and its image')
      const base = values.file === undefined ? {} : await definitionIn(values.file)
      const definition = { ...base, ...(image !== undefined && { image }) }
      const body = { name, definition, set: settingsIn(values.set), dry_run: values.dryRun }
      const one = await askCourse(hub, { method: 'POST', path: '/hub/api/courses', body })
      printDone(values, one, values.dryRun ? `${name} could be made.` : `${name} is made.`)
    }),
})

export const editCommand = defineCommand({
  name: 'edit',
  args: '<NAME>',
  summary: 'Changes a course that people have made',
  description:
    'Changes single settings with --set, or the whole definition with --file. With neither it opens the definition in $EDITOR. A course that was changed by others meanwhile stays as it is.',
  examples: {
    'carrel course edit Statistics --set limits.memory=8G contact=': 'Changes one setting, and takes one out',
  },
  options: { ...hubOptions, ...dryRun, ...definitionOptions },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const name = oneName(args)
      const path = pathOfCourse(name)
      if (values.set !== undefined && values.file !== undefined) throw new UsageError('say --set or --file, not both')
      const order = { dry_run: values.dryRun }
      if (values.set !== undefined) {
        const body = { set: settingsIn(values.set), ...order }
        return printDone(values, await askCourse(hub, { method: 'PATCH', path, body }), `${name} is as you say.`)
      }
      const before = await askCourse(hub, { method: 'GET', path })
      const definition = values.file === undefined ? await edited(before, env) : await definitionIn(values.file)
      if (definition === undefined) return print('Nothing is changed.')
      const body = { definition, version: before.version, ...order }
      printDone(values, await askCourse(hub, { method: 'PUT', path, body }), `${name} is as you say.`)
    }),
})

async function definitionIn(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8')
  return parsed(text, file === '-' ? 'the input' : file)
}

function parsed(text: string, where: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch (error) {
    const why = error instanceof SyntaxError ? `: ${error.message}` : ', which is an object in braces'
    throw new UsageError(`${where} is no JSON of a course${why}`)
  }
}

/** Has a person edit the definition. Undefined when nothing was changed. */
async function edited({ name, definition }: CourseAnswer, env: NodeJS.ProcessEnv) {
  const editor = env.VISUAL || env.EDITOR
  if (!editor) throw new UsageError('say --set or --file, or name an editor in EDITOR')
  const folder = await mkdtemp(join(tmpdir(), 'carrel-course-'))
  try {
    const file = join(folder, `${name}.json`)
    const before = `${JSON.stringify(definition, null, 2)}\n`
    await writeFile(file, before, { mode: 0o600 })
    const { status } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
    if (status !== 0) throw new Error('the editor ended with an error, so nothing is changed')
    const after = await readFile(file, 'utf8')
    return after === before ? undefined : parsed(after, 'the definition')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Places of settings that are texts, also where they are digits: `title=2027`. */
const textPlaces = /(?:^|\.)(?:title|contact|image|start|message|instead)$|(?:^|\.)env\.[^.]+$/

/** Returns the settings of `--set`, by their places. A value that is no JSON is a text, and an empty one takes the setting out. */
function settingsIn(given: string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    given.map((one): [string, unknown] => {
      const [, place = '', value = ''] = /^([\w.-]+)=(.*)$/s.exec(one) ?? []
      if (place === '') throw new UsageError(`"${one}" is not PLACE=VALUE, such as limits.memory=4G`)
      return [place, value === '' ? null : readValue(place, value)]
    }),
  )
}

function readValue(place: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return textPlaces.test(place) && typeof value !== 'string' ? text : value
  } catch {
    return text
  }
}
