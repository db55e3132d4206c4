/** The command that has the content of courses fetched from git. */
import { lineOf } from '../../../net/error-code.ts'
import { defineCommand } from '../../command.ts'
import { flag, type Options, UsageError, type Values } from '../../options.ts'
import { followLog } from '../follow.ts'
import { hubOptions, withHub } from '../hub-client.ts'
import { print, shown, understood } from '../lines.ts'
import { contentAt, dryRun, listedCourses, pathOfCourse, pullAnswer } from './answers.ts'
import { meantCourses } from './meant.ts'

const options = {
  ...hubOptions,
  ...dryRun,
  detach: { help: 'Only ask for it, and do not follow it.', schema: flag },
  cancel: { help: 'End what is under way instead.', schema: flag },
} satisfies Options

type Given = Values<typeof options>

export const pullCommand = defineCommand({
  name: 'pull',
  args: '[NAME...]',
  summary: 'Has the content of courses fetched from git, and shows how that goes',
  description: `Has the hub ask the repositories of courses what is new, and prints what it does. NAME means courses as in "carrel course list"; none at all means all that have content. Servers have the content of before until all of the new one is there. Exit code 1: the content of a course could not be fetched.

Ctrl-C ends only this command: the hub goes on.`,
  examples: {
    'carrel course pull Statistics': 'After a push',
    'carrel course pull --dry-run': 'Which courses have content, and which commit of it',
    'carrel course pull Statistics --cancel': 'Ends what is under way',
  },
  options,
  async run(values, { args, env }) {
    if (values.cancel && (values.detach || values.dryRun)) throw new UsageError('--cancel goes with no other wish')
    const stop = new AbortController()
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
    const courses = await withContent(values, env, args)
    if (values.dryRun) return tellAll(values, courses)
    let isWell = true
    const asked: string[] = []
    for (const { name } of courses) {
      if (await ask(values, env, name)) asked.push(name)
      else isWell = false
    }
    if (values.detach || values.cancel) return isWell ? 0 : 1
    for (const name of asked) {
      const end = await followPull(values, env, name, stop.signal)
      if (end === undefined) return leave(values, asked)
      if (end !== 'pulled') isWell = false
    }
    return isWell ? 0 : 1
  },
})

type Found = Awaited<ReturnType<typeof contentAt>> & { name: string }

/** Returns the courses that are meant and have content. */
async function withContent(values: Given, env: NodeJS.ProcessEnv, patterns: string[]): Promise<Found[]> {
  const found: Found[] = []
  await withHub(values, env, async (hub) => {
    const { courses } = meantCourses(await listedCourses(hub), patterns)
    for (const { name, state, content } of courses)
      if (state === 'active' && content !== null) found.push({ name, ...(await contentAt(hub, name)) })
  })
  if (found.length > 0) return found
  throw new Error('no such course has content from git: say content in its definition. "carrel course list" shows all')
}

function tellAll({ json }: Given, courses: Found[]): number {
  if (json) print(JSON.stringify(courses, null, 2))
  else
    for (const { name, git, counts, problem } of courses) {
      print([shown(name), shown(git), counts?.commit ?? '-'].join('\t'))
      if (problem !== null) print(`  ${shown(problem)}`)
    }
  return 0
}

/** Asks for a pull, or its end. Returns whether the hub has agreed. */
async function ask(values: Given, env: NodeJS.ProcessEnv, name: string): Promise<boolean> {
  try {
    await withHub(values, env, async (hub) => {
      const method = values.cancel ? 'DELETE' : 'POST'
      const { status } = understood(pullAnswer, (await hub.call({ method, path: `${pathOfCourse(name)}/pull` })).data)
      if (values.cancel || values.detach)
        print(values.json ? JSON.stringify({ name, status }) : `${shown(name)}: ${status}`)
    })
    return true
  } catch (error) {
    process.stderr.write(`carrel: ${shown(lineOf(error))}\n`)
    return false
  }
}

/** Prints what the pull of a course prints until no other follows, and returns the last state. Undefined when the person has stopped the command. */
export async function followPull(
  values: Values<typeof hubOptions>,
  env: NodeJS.ProcessEnv,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (;;) {
    const end = await followLog({ values, env, name: shown(name), path: `${pathOfCourse(name)}/pull/log`, signal })
    if (end === undefined || end === 'failed') return end
    let isNext = false
    await withHub(values, env, async (hub) => {
      const { pull: last } = await contentAt(hub, name)
      // What was pushed meanwhile is fetched after it.
      isNext = last !== null && !['pulled', 'failed'].includes(last.state)
    })
    if (!isNext) return end
  }
}

function leave(values: Given, names: string[]): number {
  if (!values.json)
    process.stderr.write(`The hub goes on. To end it: carrel course pull ${names.map(shown).join(' ')} --cancel\n`)
  return 130
}
