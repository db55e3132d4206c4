/** The commands that say what a course is. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { defineCommand } from '../../command.ts'
import { flag, type Options, text, UsageError, type Values } from '../../options.ts'
import { hubOptions, withHub } from '../hub-client.ts'
import { print, shown } from '../lines.ts'
import { askCourse, type CourseAnswer, dryRun, oneName, pathOfCourse, printDone } from './answers.ts'
import { followPull } from './pull.ts'

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

const createOptions = {
  ...hubOptions,
  ...dryRun,
  image: {
    value: 'IMAGE',
    help: 'The image of its servers. Default: the one of the list that is called as the course, else the only one.',
    schema: text,
  },
  ref: { value: 'REF', help: 'The branch, tag or commit of the repository. Default: its own default.', schema: text },
  pullMinutes: {
    value: 'N',
    help: 'How often the repository is asked what is new, in minutes; "never" for only when asked for. Default: 15.',
    schema: z
      .string()
      .regex(/^(?:\d+(?:\.\d+)?|never)$/, 'is a number of minutes, or "never"')
      .transform((given) => (given === 'never' ? false : Number(given)))
      .optional(),
  },
  copies: {
    value: 'WHAT',
    help: 'What learners get of the notebooks: lazy, a copy of each that they open; all, copies of all files at each start; none. Default: lazy.',
    schema: z.enum(['lazy', 'all', 'none'], 'is lazy, all or none').optional(),
  },
  detach: { help: 'Do not wait until its content is here.', schema: flag },
  ...definitionOptions,
} satisfies Options

export const createCommand = defineCommand({
  name: 'create',
  args: '<NAME> [GITURL]',
  summary: 'Makes a course, of a git repository if you name one',
  description:
    'Makes a course with an image, and with the notebooks of a repository, or with what --set or --file say, in the form of a course of the config. It opens at once, without a restart. What is wrong with it is told all at once. Of a repository it shows how that is fetched; exit code 1: it could not be, and the course is there without its notebooks.',
  examples: {
    'carrel course create Statistics https://git.example.org/stats --image registry.example.org/stats:3':
      'Makes a course of a repository',
    'carrel course create Algebra --image stats:3 --set limits.memory=4G': 'Makes one without',
  },
  options: createOptions,
  async run(values, { args, env }) {
    const [name, git, ...others] = args
    if (!name || others.length > 0) throw new UsageError('name the course, and its repository if it has one')
    if (git !== undefined && !/^(?:https?|ssh):\/\/|^[^/@:]+@[^/@:]+:(?!\/\/)/.test(git))
      throw new UsageError(
        `${git} is no address of a repository, such as https://git.example.org/stats. An image is said by --image`,
      )
    const content = contentOf(git, values)
    const base = values.file === undefined ? {} : await definitionIn(values.file)
    const { image } = values
    const definition = { ...base, ...(image !== undefined && { image }), ...(content && { content }) }
    const body = { name, definition, set: settingsIn(values.set), dry_run: values.dryRun }
    let made: CourseAnswer | undefined
    await withHub(values, env, async (hub) => {
      made = await askCourse(hub, { method: 'POST', path: '/hub/api/courses', body })
      printDone(values, made, values.dryRun ? `${name} could be made.` : `${name} is made.`)
    })
    if (made?.definition.content === undefined || values.dryRun || values.detach || values.json) return 0
    return followFirst(values, env, name)
  },
})

function contentOf(
  git: string | undefined,
  { ref, pullMinutes, copies }: Pick<Values<typeof createOptions>, 'ref' | 'pullMinutes' | 'copies'>,
) {
  const said = {
    ...(ref !== undefined && { ref }),
    ...(pullMinutes !== undefined && { pullMinutes }),
    ...(copies !== undefined && { copies }),
  }
  if (git !== undefined) return { git, ...said }
  if (Object.keys(said).length === 0) return undefined
  throw new UsageError('--ref, --pull-minutes and --copies are about a repository: name it after the course')
}

/** Shows how the content of a new course is fetched, and returns the exit code. */
async function followFirst(
  values: Values<typeof createOptions>,
  env: NodeJS.ProcessEnv,
  name: string,
): Promise<number> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  // A hub begins within seconds anyway. A request has it begin at once.
  await withHub(
    values,
    env,
    async (hub) => void (await hub.call({ method: 'POST', path: `${pathOfCourse(name)}/pull` })),
  )
  const end = await followPull(values, env, name, stop.signal)
  if (end === undefined) process.stderr.write(`The hub goes on. To see it: carrel course show ${shown(name)}\n`)
  if (end === 'failed')
    process.stderr.write(
      `The course is there, without its notebooks. When that is mended: carrel course pull ${shown(name)}\n`,
    )
  return end === undefined ? 130 : end === 'pulled' ? 0 : 1
}

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
