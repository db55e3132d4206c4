/** The commands that give a course another name or state. */
import { defineCommand } from '../../command.ts'
import { flag, UsageError } from '../../options.ts'
import { isConfirmed } from '../confirm.ts'
import { hubOptions, withHub } from '../hub-client.ts'
import { print, shown } from '../lines.ts'
import { askCourse, type CourseAnswer, dryRun, listedCourses, oneName, pathOfCourse, printDone } from './answers.ts'
import { meantCourses } from './meant.ts'

export const renameCommand = defineCommand({
  name: 'rename',
  args: '<NAME> <TO>',
  summary: 'Gives a course another name; links with the old one go on',
  options: { ...hubOptions, ...dryRun },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const [name, to, ...others] = args
      if (!name || !to || others.length > 0) throw new UsageError('name the course, and its new name')
      const body = { to, dry_run: values.dryRun }
      const one = await askCourse(hub, { method: 'POST', path: `${pathOfCourse(name)}/rename`, body })
      printDone(values, one, values.dryRun ? `${name} could be named ${to}.` : `${name} is ${to} now.`)
    }),
})

export const archiveCommand = defineCommand({
  name: 'archive',
  args: '[NAME...]',
  summary: 'Archives courses: they open no more, and files stay',
  description:
    'Archives the courses. They leave all lists, and a launch says so; servers that run go on, and files of learners stay. NAME is the name of a course. Where no course has it, it is a part of names, or a pattern with "*"; "=name" is just that one, and none at all means all. It asks before it archives several courses that are not named as a whole.',
  options: {
    ...hubOptions,
    ...dryRun,
    yes: { help: 'Do not ask.', schema: flag },
    undo: { help: 'Take them out of the archive.', schema: flag },
  },
  run: (values, { args, env }) =>
    withHub(values, env, async (hub) => {
      const [from, way] = values.undo ? (['archived', 'unarchive'] as const) : (['active', 'archive'] as const)
      const { courses, isExact } = meantCourses(await listedCourses(hub), args)
      const meant = courses.filter((one) => one.from === 'database' && one.state === from)
      if (meant.length === 0) throw new Error(`no course of that name is ${from}: see "carrel course list"`)
      const names = meant.map(({ name }) => shown(name)).join(', ')
      const isSure = values.yes || values.dryRun || isExact || meant.length === 1
      if (!isSure && !(await isConfirmed(`${meant.length} courses would be ${way}d: ${names}.`)))
        return print('Nothing was done.')
      const done: CourseAnswer[] = []
      for (const { name } of meant) {
        const body = { dry_run: values.dryRun }
        done.push(await askCourse(hub, { method: 'POST', path: `${pathOfCourse(name)}/${way}`, body }))
        if (!values.json) print(values.dryRun ? `${name} would be ${way}d.` : `${name} is ${way}d.`)
      }
      if (values.json) print(JSON.stringify(isExact && args.length === 1 ? done[0] : done, null, 2))
    }),
})

export const deleteCommand = defineCommand({
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
      const name = oneName(args)
      if (values.undo) {
        const one = await askCourse(hub, { method: 'POST', path: `${pathOfCourse(name)}/restore`, body: {} })
        return printDone(values, one, `${name} is archived. "carrel course archive --undo" opens it again.`)
      }
      const body = { dry_run: !values.yes }
      const one = await askCourse(hub, { method: 'DELETE', path: pathOfCourse(name), body })
      const goes = `${name} goes on ${one.goes} with the files of its learners. "carrel course delete ${name} --undo" takes that back.`
      const would = `${name} would stop at once, and go in seven days with the files of its learners ("carrel homes list --course ${one.id}"). Nothing was deleted. Repeat it with --yes if you mean that.`
      printDone(values, one, values.yes ? goes : would)
    }),
})
