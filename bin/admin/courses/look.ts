/** The commands that show courses, and change nothing. */
import { z } from 'zod'
import { defineCommand } from '../../command.ts'
import { flag, UsageError } from '../../options.ts'
import { type AdminClient, hubOptions, withHub } from '../hub-client.ts'
import { print, printFields, shown, understood } from '../lines.ts'
import { askCourse, contentAt, listedCourses, pathOfCourse, type ToldCourse } from './answers.ts'
import { isMeant, meantCourses } from './meant.ts'

export const listCommand = defineCommand({
  name: 'list',
  args: '[NAME...]',
  summary: 'Shows the courses of the hub, those of the config included',
  description:
    'Shows each course with its image, state, origin and staff. NAME is a part of a name, "=name" for just that one, or a pattern with "*".',
  examples: { "carrel course list 'stat*'": 'Shows the courses whose names begin so' },
  options: hubOptions,
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const all = (await listedCourses(hub)).filter(({ name }) => isMeant(name, args))
      if (values.json) return print(JSON.stringify(all, null, 2))
      for (const one of all) {
        print([one.name, one.image ?? '-', one.state, one.from, one.staff.join(',') || '-'].map(shown).join('\t'))
        for (const { path, message } of one.problems)
          print(`  ${shown(path.join('.') || 'the course')}: ${shown(message)}`)
      }
      if (all.length === 0) print('There is no such course.')
    }),
})

export const showCommand = defineCommand({
  name: 'show',
  args: '[NAME...]',
  summary: 'Shows courses that people have made, who has changed them, and the content of courses',
  description:
    'Shows the definition of each course and its last changes, and of one with content from git which commit counts, since when, and what failed; of a course of the config only that. NAME is the name of a course. Where no course has it, it is a part of names, or a pattern with "*"; "=name" is just that one, and none at all means all. With --json a list, but for one course that is named as a whole.',
  options: hubOptions,
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const { courses, isExact } = meantCourses(await listedCourses(hub), args)
      const isOne = isExact && args.length === 1
      // Of one that is named, the hub says itself why it has no definition here.
      const named = isOne ? courses : courses.filter(({ from, content }) => from === 'database' || content !== null)
      const all: Shown[] = []
      for (const one of named) all.push(await shownCourse(hub, one))
      if (all.length === 0 && args.length > 0)
        throw new Error('no course that people have made, or with content, has that name: see "carrel course list"')
      if (values.json) return print(JSON.stringify(isOne ? all[0] : all, null, 2))
      for (const [index, one] of all.entries()) {
        if (index > 0) print('')
        printCourse(one)
      }
    }),
})

const edit = z.object({
  ...{ kind: z.string(), version: z.number(), by: z.string(), at: z.string(), before: z.unknown(), after: z.unknown() },
})

type Content = Awaited<ReturnType<typeof contentAt>>

interface Shown extends ToldCourse {
  /** Undefined of a course of the config. */
  definition?: Record<string, unknown>
  edits?: z.output<typeof edit>[]
  brought?: Content
}

async function shownCourse(hub: AdminClient, listed: ToldCourse): Promise<Shown> {
  const { name, from, content } = listed
  if (from === 'config' && content !== null) return { ...listed, brought: await contentAt(hub, name) }
  const path = pathOfCourse(name)
  const one = await askCourse(hub, { method: 'GET', path })
  const { data } = await hub.call({ method: 'GET', path: `${path}/edits` })
  const { edits } = understood(z.object({ edits: z.array(edit) }), data)
  // What is archived has none.
  const brought =
    one.content !== null && one.state === 'active' && one.problems.length === 0 ? await contentAt(hub, name) : undefined
  return { ...one, edits, ...(brought && { brought }) }
}

function printCourse({ definition, problems, edits = [], brought, ...others }: Shown): void {
  printFields(others)
  if (brought !== undefined) printContent(brought)
  for (const { path: place, message } of problems)
    print(`problem: ${shown(place.join('.') || 'the course')}: ${shown(message)}`)
  if (definition !== undefined) print(JSON.stringify(definition, null, 2).replace(/[^\P{C}\n]/gu, '?'))
  for (const { at, by, kind, version } of edits) print(`${at}\t${shown(by)}\t${kind}\tversion ${version}`)
}

function printContent({ counts, notebooks, problem, pull, checked, next }: Content): void {
  if (counts === null) print(`commit: none yet${pull === null ? '' : `; it ${pull.status}`}`)
  else print(`commit: ${counts.commit} since ${counts.since}, ${notebooks.length} notebooks: ${shown(counts.subject)}`)
  printFields({ checked, next })
  if (problem !== null) print(`problem: content: ${shown(problem)}`)
  for (const { file, line, message } of counts?.problems ?? [])
    print(`problem: ${shown(file)}${line === undefined ? '' : `, line ${line}`}: ${shown(message)}`)
}

export const linkCommand = defineCommand({
  name: 'link',
  args: '<NAME> [FILE]',
  summary: 'Prints the links that open a course, or a file of it',
  options: { ...hubOptions, lms: { help: 'Only those for the pages of an LMS.', schema: flag } },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const [name, file, ...others] = args
      if (!name || others.length > 0) throw new UsageError('name the course, and a file if you like')
      const query = file === undefined ? '' : `?${new URLSearchParams({ file })}`
      const { data } = await hub.call({ method: 'GET', path: `${pathOfCourse(name)}/links${query}` })
      const found = understood(z.object({ links: z.array(z.object({ kind: z.string(), url: z.string() })) }), data)
      const links = found.links.filter(({ kind }) => !values.lms || kind === 'lms')
      if (values.json) return print(JSON.stringify(links, null, 2))
      for (const { kind, url } of links) print(values.lms ? url : `${kind}\t${url}`)
    }),
})
