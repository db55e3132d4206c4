import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { defineCommand, type Group } from '../command.ts'
import { flag, type Options, UsageError } from '../options.ts'
import { isMeant } from './course-patterns.ts'
import { type AdminClient, hubOptions, withHub } from './hub-client.ts'
import { print, printFields, shown, understood } from './lines.ts'

const course = z.object({
  ...{ name: z.string(), id: z.string(), from: z.enum(['config', 'database']), title: z.string() },
  ...{ image: z.string().nullable(), state: z.enum(['active', 'archived', 'deleted']), version: z.number() },
  ...{ staff: z.array(z.string()), made: z.string().nullable(), made_by: z.string().nullable() },
  ...{ changed: z.string().nullable(), changed_by: z.string().nullable(), goes: z.string().nullable() },
  problems: z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })),
})
const whole = course.extend({ definition: z.record(z.string(), z.unknown()) })
type Whole = z.output<typeof whole>

const dryRun = { dryRun: { help: 'Only look whether it could be done.', schema: flag } } satisfies Options
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

const list = defineCommand({
  name: 'list',
  args: '[NAME...]',
  summary: 'Shows the courses of the hub, those of the config included',
  description:
    'Shows each course with its image, state, origin and staff. NAME is a part of a name, "=name" for just that one, or a pattern with "*".',
  examples: { "carrel course list 'stat*'": 'Shows the courses whose names begin so' },
  options: hubOptions,
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const all = (await listed(hub)).filter(({ name }) => isMeant(name, args))
      if (values.json) return print(JSON.stringify(all, null, 2))
      for (const one of all) {
        print([one.name, one.image ?? '-', one.state, one.from, one.staff.join(',') || '-'].map(shown).join('\t'))
        for (const { path, message } of one.problems)
          print(`  ${shown(path.join('.') || 'the course')}: ${shown(message)}`)
      }
      if (all.length === 0) print('There is no such course.')
    }),
})

const show = defineCommand({
  name: 'show',
  args: '<NAME>',
  summary: 'Shows a course that people have made, and who has changed it',
  options: hubOptions,
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const path = pathOf(nameIn(args))
      const one = await ask(hub, { method: 'GET', path })
      const { data } = await hub.call({ method: 'GET', path: `${path}/edits` })
      const { edits } = understood(z.object({ edits: z.array(edit) }), data)
      if (values.json) return print(JSON.stringify({ ...one, edits }, null, 2))
      const { definition, problems, ...others } = one
      printFields(others)
      for (const { path: place, message } of problems) print(`problem: ${shown(place.join('.'))}: ${shown(message)}`)
      print(JSON.stringify(definition, null, 2).replace(/[^\P{C}\n]/gu, '?'))
      for (const { at, by, kind, version } of edits) print(`${at}\t${shown(by)}\t${kind}\tversion ${version}`)
    }),
})

const edit = z.object({
  ...{ kind: z.string(), version: z.number(), by: z.string(), at: z.string(), before: z.unknown(), after: z.unknown() },
})

const create = defineCommand({
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
      const one = await ask(hub, { method: 'POST', path: '/hub/api/courses', body })
      done(values, one, values.dryRun ? `${name} could be made.` : `${name} is made.`)
    }),
})

const change = defineCommand({
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
      const name = nameIn(args)
      const path = pathOf(name)
      if (values.set !== undefined && values.file !== undefined) throw new UsageError('say --set or --file, not both')
      const order = { dry_run: values.dryRun }
      if (values.set !== undefined) {
        const body = { set: settingsIn(values.set), ...order }
        return done(values, await ask(hub, { method: 'PATCH', path, body }), `${name} is as you say.`)
      }
      const before = await ask(hub, { method: 'GET', path })
      const definition = values.file === undefined ? await edited(before, env) : await definitionIn(values.file)
      if (definition === undefined) return print('Nothing is changed.')
      const body = { definition, version: before.version, ...order }
      done(values, await ask(hub, { method: 'PUT', path, body }), `${name} is as you say.`)
    }),
})

const rename = defineCommand({
  name: 'rename',
  args: '<NAME> <TO>',
  summary: 'Gives a course another name; links with the old one go on',
  options: { ...hubOptions, ...dryRun },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const [name, to, ...others] = args
      if (!name || !to || others.length > 0) throw new UsageError('name the course, and its new name')
      const body = { to, dry_run: values.dryRun }
      const one = await ask(hub, { method: 'POST', path: `${pathOf(name)}/rename`, body })
      done(values, one, values.dryRun ? `${name} could be named ${to}.` : `${name} is ${to} now.`)
    }),
})

const archive = defineCommand({
  name: 'archive',
  args: '<NAME...>',
  summary: 'Archives courses: they open no more, and files stay',
  description:
    'Archives the courses. They leave all lists, and a launch says so; servers that run go on, and files of learners stay. NAME is the name of a course. Where no course has it, it is a part of names, or a pattern with "*".',
  options: { ...hubOptions, ...dryRun, undo: { help: 'Take them out of the archive.', schema: flag } },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const [from, way] = values.undo ? (['archived', 'unarchive'] as const) : (['active', 'archive'] as const)
      const meant = await named(hub, args, from)
      for (const { name } of meant) {
        const body = { dry_run: values.dryRun }
        const one = await ask(hub, { method: 'POST', path: `${pathOf(name)}/${way}`, body })
        done(values, one, values.dryRun ? `${name} would be ${way}d.` : `${name} is ${way}d.`)
      }
    }),
})

const remove = defineCommand({
  name: 'delete',
  args: '<NAME>',
  summary: 'Deletes a course and all files of its learners, a week from now',
  description:
    'Deletes a course: its servers stop at once, and seven days later it goes with the files that learners have in it. Until then --undo takes that back, and the course is archived. Without --yes it only says what would go.',
  options: {
    ...hubOptions,
    yes: { help: 'Delete it.', schema: flag },
    undo: { help: 'Take the deletion back.', schema: flag },
  },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const name = nameIn(args)
      if (values.undo) {
        const one = await ask(hub, { method: 'POST', path: `${pathOf(name)}/restore`, body: {} })
        return done(values, one, `${name} is archived. "carrel course archive --undo" opens it again.`)
      }
      const body = { dry_run: !values.yes }
      const one = await ask(hub, { method: 'DELETE', path: pathOf(name), body })
      const goes = `${name} goes on ${one.goes} with the files of its learners. "carrel course delete ${name} --undo" takes that back.`
      const would = `${name} would stop at once, and go in seven days with the files of its learners ("carrel homes list --course ${one.id}"). Nothing was deleted. Repeat it with --yes if you mean that.`
      done(values, one, values.yes ? goes : would)
    }),
})

const link = defineCommand({
  name: 'link',
  args: '<NAME> [FILE]',
  summary: 'Prints the links that open a course, or a file of it',
  options: { ...hubOptions, lms: { help: 'Only those for the pages of an LMS.', schema: flag } },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const [name, file, ...others] = args
      if (!name || others.length > 0) throw new UsageError('name the course, and a file if you like')
      const query = file === undefined ? '' : `?${new URLSearchParams({ file })}`
      const { data } = await hub.call({ method: 'GET', path: `${pathOf(name)}/links${query}` })
      const found = understood(z.object({ links: z.array(z.object({ kind: z.string(), url: z.string() })) }), data)
      const links = found.links.filter(({ kind }) => !values.lms || kind === 'lms')
      if (values.json) return print(JSON.stringify(links, null, 2))
      for (const { kind, url } of links) print(values.lms ? url : `${kind}\t${url}`)
    }),
})

export const command: Group = {
  name: 'course',
  summary: 'Makes courses and changes them at a running hub, without a restart',
  commands: [list, show, create, change, rename, archive, remove, link],
}

async function listed(hub: AdminClient) {
  const { data } = await hub.call({ method: 'GET', path: '/hub/api/courses' })
  return understood(z.object({ courses: z.array(course) }), data).courses
}

/** Returns the courses of the database that the patterns mean and that are in this state. */
async function named(hub: AdminClient, patterns: string[], state: string) {
  if (patterns.length === 0)
    throw new UsageError('name the courses, as "carrel course list" shows them, or by a pattern such as "2025-*"')
  const all = await listed(hub)
  const names = new Set(all.map(({ name }) => name.toLowerCase()))
  const exact = patterns.map((pattern) => (names.has(pattern.toLowerCase()) ? `=${pattern}` : pattern))
  const meant = all.filter((one) => one.from === 'database' && one.state === state && isMeant(one.name, exact))
  if (meant.length === 0) throw new Error(`no course of that name is ${state}: see "carrel course list"`)
  return meant
}

async function ask(hub: AdminClient, call: Parameters<AdminClient['call']>[0]): Promise<Whole> {
  return understood(whole, (await hub.call(call)).data)
}

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
async function edited({ name, definition }: Whole, env: NodeJS.ProcessEnv) {
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

function done({ json }: { json: boolean }, one: Whole, text: string): void {
  print(json ? JSON.stringify(one, null, 2) : text)
}

function nameIn(args: string[]): string {
  const [name, ...others] = args
  if (name && others.length === 0) return name
  throw new UsageError('name one course, as "carrel course list" shows it')
}

function pathOf(name: string): string {
  return `/hub/api/courses/${encodeURIComponent(name)}`
}
