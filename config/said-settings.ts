/** What is wrong with the settings of courses, rules and choices when the spawner and all of these are seen together. Pure. */
import { type Choices, everyChosen, settingsOf } from '../courses/choices.ts'
import { type Settings, type SettingsRule, type Settled, withSettings } from '../courses/settings.ts'
import { didYouMean } from '../net/settings/near.ts'
import type { SpawnerPlugin } from '../spawners/spawner.ts'
import { withMemory } from './memory.ts'
import { isRecord } from './sound.ts'

type Path = (string | number)[]
type Problem = [path: Path, message: string]

interface Given {
  courses: Record<string, Settled & { rules: SettingsRule[]; choices: Choices }>
  rules: SettingsRule[]
}

/** A place that says settings, and the courses by their names whose settings these come over. */
interface Said {
  path: Path
  settings: Settings
  over: [name: string, course: Settled][]
}

/** Returns what is wrong with options where they stand, in a config with other mistakes too, each problem with its place. */
export function wrongOptions(spawner: SpawnerPlugin, config: { courses: unknown; rules: unknown }): Problem[] {
  if (spawner.refusal !== undefined) return []
  return optionsIn(config).flatMap(([path, options]) =>
    optionProblems(spawner, options).map((problem): Problem => [[...path, ...problem.path], problem.message]),
  )
}

type OptionsAt = [path: Path, options: Record<string, unknown>]

function optionsIn({ courses, rules }: { courses: unknown; rules: unknown }): OptionsAt[] {
  const ofCourses = membersOf(courses).flatMap(([name, course]) => {
    const [path, { rules: own, choices }] = [['courses', name], isRecord(course) ? course : {}]
    const alternatives = membersOf(choices).flatMap(([choice, all]) => optionsOfEach([...path, 'choices', choice], all))
    return [...optionsAt(path, course), ...optionsOfEach([...path, 'rules'], own), ...alternatives]
  })
  return [...ofCourses, ...optionsOfEach(['rules'], rules)]
}

function optionsOfEach(path: Path, list: unknown): OptionsAt[] {
  return (Array.isArray(list) ? list : []).flatMap((one: unknown, index) => optionsAt([...path, index], one))
}

function optionsAt(path: Path, said: unknown): OptionsAt[] {
  const options = isRecord(said) ? said.options : undefined
  return isRecord(options) && !Array.isArray(options) ? [[[...path, 'options'], options]] : []
}

function membersOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : []
}

/** Returns what does not fit together in settings that are each right, each problem with its place in the config. */
export function settingsProblems({ spawner, ...given }: Given & { spawner: SpawnerPlugin }): Problem[] {
  return saidIn(given).flatMap((said) => [
    ...(spawner.refusal === undefined ? problemsOfOptions(spawner, said) : []),
    ...(spawner.enforcesLimits === false ? [] : guaranteeProblems(said)),
  ])
}

function saidIn({ courses, rules }: Given): Said[] {
  const all = Object.entries(courses).map(([name, course]): [string, typeof course] => [
    name,
    // As servers get it for whom no rule says a limit of memory.
    { ...course, limits: withMemory(course.limits) },
  ])
  return [
    ...all.flatMap(([name, course]) => [
      { path: ['courses', name], settings: courses[name] ?? course, over: [] },
      ...saidByRules(['courses', name, 'rules'], course.rules, [[name, course]]),
      ...saidByChoices(name, course, rules),
    ]),
    ...saidByRules(['rules'], rules, all),
  ]
}

function saidByRules(path: Path, rules: SettingsRule[], over: Said['over']): Said[] {
  return rules.map((settings, index) => ({ path: [...path, index], settings, over }))
}

/** The settings of a choice come over those of the course, also where a rule or an earlier choice has changed these. */
function saidByChoices(name: string, course: Given['courses'][string], ofSite: SettingsRule[]): Said[] {
  const ruled = [course, ...[...course.rules, ...ofSite].map((rule) => withSettings<Settled>(course, rule))]
  const each = Object.entries(course.choices)
  return each.flatMap(([choice, all], place) => {
    const earlier = { choices: Object.fromEntries(each.slice(0, place)) }
    const taken = everyChosen(earlier).map((chosen) => settingsOf(earlier, chosen))
    const bases = ruled.flatMap((base) => taken.map((settings) => settings.reduce<Settled>(withSettings, base)))
    const over = bases.map((base): Said['over'][number] => [name, base])
    return all.map((settings, index) => ({ path: ['courses', name, 'choices', choice, index], settings, over }))
  })
}

/** Options that are right by themselves may still be none beside those of a course. */
function problemsOfOptions(spawner: SpawnerPlugin, { path, settings: { options = {} }, over }: Said): Problem[] {
  const isRight = (given: Record<string, unknown>) => optionProblems(spawner, given).length === 0
  if (Object.keys(options).length === 0 || !isRight(options)) return []
  return over
    .filter(([, base]) => Object.keys(base.options).length > 0 && isRight(base.options))
    .flatMap(([course, base]) =>
      optionProblems(spawner, { ...base.options, ...options }).map((problem): Problem => {
        const message = `${problem.message} (with the options of the course ${course})`
        return [[...path, 'options', ...problem.path], message]
      }),
    )
}

/** Returns what is wrong with options for single servers of this spawner, each problem with its path in them. Pure. */
export function optionProblems(
  { name, serverOptions }: SpawnerPlugin,
  options: Record<string, unknown>,
): { path: Path; message: string }[] {
  const names = Object.keys(options)
  if (names.length === 0) return []
  if (serverOptions === undefined) {
    const message = `the ${name} spawner has the same options for all servers: say them where it is made, or take this out`
    return [{ path: [], message }]
  }
  const known = serverOptions.names
  const unknown = names.filter((option) => !known.includes(option))
  if (unknown.length === 0) return serverOptions.problems(options)
  const all = `; the ${name} spawner takes here: ${known.join(', ')}`
  return unknown.map((option) => {
    const message = `is no option for single servers${didYouMean(option, known) || all}`
    return { path: [option], message }
  })
}

const guarantees = [
  ['memoryGuarantee', 'memory'],
  ['cpuGuarantee', 'cpu'],
] as const

/** No engine or cluster starts a server of which more is reserved than it may use. */
function guaranteeProblems({ path, settings, over }: Said): Problem[] {
  const { limits = {} } = settings
  const bases = over.length === 0 ? [limits] : over.map(([, course]) => withSettings(course, settings).limits)
  return guarantees.flatMap(([guarantee, limit]): Problem[] => {
    const [most] = bases.flatMap((base) => base[limit] ?? []).sort((a, b) => a - b)
    const wanted = limits[guarantee]
    if (wanted === undefined || most === undefined || wanted <= most) return []
    return [
      [[...path, 'limits', guarantee], `is more than the ${limit} that the server may use: say a higher ${limit} too`],
    ]
  })
}
