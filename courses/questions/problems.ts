/** What can be wrong with the questions of a course only when they are seen beside all else that it says. Pure. */
import type { Course } from '../course.ts'
import { isWithin } from '../files.ts'
import type { Settings } from '../settings.ts'
import { mostUploadBytes } from './questions.ts'

type Problem = [path: string[], message: string]

/** Returns each problem with its place in the config. */
export function questionProblems(courses: Record<string, Course>): Problem[] {
  return Object.values(courses)
    .filter(({ variantOf }) => variantOf === undefined)
    .flatMap((course) =>
      [...nameProblems(course), ...variableProblems(course), ...folderProblems(course), ...sizeProblems(course)].map(
        ([path, message]): Problem => [['courses', course.name, 'questions', ...path], message],
      ),
    )
}

function nameProblems({ questions, choices }: Course): Problem[] {
  const isTaken = (name: string) => Object.hasOwn(questions, name) || Object.hasOwn(choices, name)
  return Object.entries(questions).flatMap(([name, { kind }]): Problem[] => [
    ...(Object.hasOwn(choices, name)
      ? [[[name], 'is the name of a choice too, and links could mean either: rename one of them'] satisfies Problem]
      : []),
    ...(kind === 'file' && isTaken(`${name}_file`)
      ? [
          [
            [name],
            `is ${name}_file in forms of JupyterHub's, which is a name of this course too: rename one of them`,
          ] satisfies Problem,
        ]
      : []),
  ])
}

function variableProblems(course: Course): Problem[] {
  const asked = Object.entries(course.questions).flatMap(([name, { env }]) =>
    env === undefined ? [] : [[name, env] as const],
  )
  const said = variablesSaid(course)
  return asked.flatMap(([name, env], index): Problem[] => {
    const other = asked.slice(0, index).find(([, its]) => its === env)
    const message =
      other === undefined
        ? said.get(env) && `is said by ${said.get(env)} too: take one out, or say it as the default of the question`
        : `is the variable of ${other[0]} too: give one of them another`
    return message === undefined ? [] : [[[name, 'env'], message]]
  })
}

/** Returns the variables that the course says, with the place where each of them is said. */
function variablesSaid({ env, rules, choices, apps }: Course): Map<string, string> {
  const of = (place: string, settings: Pick<Settings, 'env'>) =>
    Object.keys(settings.env ?? {}).map((name) => [name, place] as const)
  return new Map([
    ...rules.flatMap((rule) => of('a rule', rule)),
    ...Object.entries(choices).flatMap(([choice, all]) => all.flatMap((one) => of(`the choice ${choice}`, one))),
    ...Object.entries(apps).flatMap(([app, its]) => of(`the app ${app}`, its)),
    ...of('the course', { env }),
  ])
}

function folderProblems({ questions, files, home }: Course): Problem[] {
  const asked = Object.entries(questions).flatMap(([name, question]) =>
    question.kind === 'file' && question.path !== undefined ? [[name, question.path] as const] : [],
  )
  return asked.flatMap(([name, path], index): Problem[] => {
    const taken: [what: string, folder: string][] = [
      ...asked.slice(0, index).map(([other, its]): [string, string] => [`the folder of ${other}`, its]),
      ...Object.keys(files).map((folder): [string, string] => ['a folder of files', folder]),
      ...(home === undefined ? [] : [['the home of the course', home.path] satisfies [string, string]]),
    ]
    const [met] = taken.filter(([, folder]) => isWithin(folder, path) || isWithin(path, folder))
    return met === undefined ? [] : [[[name, 'path'], `meets ${met[0]}, ${met[1]}: neither may be or lie in the other`]]
  })
}

function sizeProblems({ questions }: Course): Problem[] {
  const all = Object.values(questions).reduce((sum, one) => sum + (one.kind === 'file' ? one.maxBytes : 0), 0)
  const alone = Object.values(questions).every((one) => one.kind !== 'file' || one.maxBytes <= mostUploadBytes)
  if (all <= mostUploadBytes || !alone) return []
  return [[[], `takes files of more than ${mostUploadBytes / 2 ** 20}M together, the most of one form: lower maxBytes`]]
}
