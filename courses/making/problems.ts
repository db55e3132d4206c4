/** What the operator's terms refuse of a course that people make. Pure. */
import type { z } from 'zod'
import type { courseSchema } from '../course.ts'
import { mostSpares } from '../spares.ts'
import { allowsImage, type Terms } from './terms.ts'

/** A course as its definition says it, with all defaults. */
export type GivenCourse = z.output<typeof courseSchema>

/** A problem with its place in the definition. */
export type PlacedProblem = [path: (string | number)[], message: string]

export interface MakingCircumstances {
  terms: Terms
  /** Images that courses of the config use. */
  images: ReadonlySet<string>
  /** Returns whether the terms let courses name this person or group as staff. */
  mayBeStaff(name: string): boolean
}

const unlimited = Number.POSITIVE_INFINITY

/** Returns what in the course is not for those to decide who make it, each with its place and what to do. */
export function termProblems(course: GivenCourse, circumstances: MakingCircumstances): PlacedProblem[] {
  return [
    ...imageProblems(course, circumstances),
    ...settingsIn(course).flatMap(([path, said]) => settingProblems(path, said, circumstances.terms)),
    ...homeProblem(course, circumstances.terms),
    ...course.staff.flatMap((name, index): PlacedProblem[] =>
      circumstances.mayBeStaff(name)
        ? []
        : [[['staff', index], `${name} is not among those whom the operator lets courses name as staff`]],
    ),
    ...(course.gpuOnRequest !== undefined && !circumstances.terms.gpu
      ? [
          [
            ['gpuOnRequest'],
            'is not for courses that people make here: ask the operator for a GPU',
          ] satisfies PlacedProblem,
        ]
      : []),
    ...spareProblem(course, circumstances.terms),
    ...ofOperator(course),
  ]
}

function spareProblem({ spares }: GivenCourse, { spares: most }: Terms): PlacedProblem[] {
  if (mostSpares(spares) <= most) return []
  const message =
    most === 0
      ? 'are not for courses that people make here: say none, or ask the operator'
      : `are more than courses may have here, which is ${most}: say fewer, or ask the operator`
  return [[['spares'], message]]
}

function imageProblems(course: GivenCourse, { terms, images }: MakingCircumstances): PlacedProblem[] {
  const all: [PlacedProblem[0], string][] = [
    [['image'], course.image],
    ...Object.entries(course.tags).map(([tag, { image }]): [PlacedProblem[0], string] => [
      ['tags', tag, 'image'],
      image,
    ]),
    ...Object.entries(course.apps).flatMap(([app, { image }]): [PlacedProblem[0], string][] =>
      image === undefined ? [] : [[['apps', app, 'image'], image]],
    ),
  ]
  return all.flatMap(([path, image]): PlacedProblem[] =>
    images.has(image) || allowsImage(terms, image)
      ? []
      : [
          [
            path,
            `"${image.slice(0, 200)}" is none of the images from which courses are made here: choose one of the list, or ask the operator to add it`,
          ],
        ],
  )
}

type Said = Pick<GivenCourse, 'gpu' | 'limits' | 'options' | 'cull'> | GivenCourse['choices'][string][number]

/** Returns each place of the course that says settings of servers. */
function settingsIn(course: GivenCourse): [PlacedProblem[0], Said][] {
  return [
    [[], course],
    ...Object.entries(course.choices).flatMap(([choice, all]) =>
      all.map((one, index): [PlacedProblem[0], Said] => [['choices', choice, index], one]),
    ),
  ]
}

function settingProblems(path: PlacedProblem[0], said: Said, { limits: most, gpu }: Terms): PlacedProblem[] {
  const { cpu, cpuGuarantee, memory, memoryGuarantee } = said.limits ?? {}
  const above = (name: string, value: number | undefined, limit: number | undefined): PlacedProblem[] =>
    value === undefined || limit === undefined || value <= limit
      ? []
      : [
          [
            [...path, 'limits', name],
            `is more than courses may give here, which is ${amount(name, limit)}: say less, or ask the operator`,
          ],
        ]
  return [
    ...above('cpu', cpu, most.cpu),
    ...above('cpuGuarantee', cpuGuarantee, most.cpu),
    ...above('memory', memory, most.memory),
    ...above('memoryGuarantee', memoryGuarantee, most.memory),
    ...(said.gpu && !gpu
      ? [
          [
            [...path, 'gpu'],
            'is not for courses that people make here: ask the operator for a GPU',
          ] satisfies PlacedProblem,
        ]
      : []),
    ...cullProblems([...path, 'cull'], said.cull, most.idleSeconds),
    ...Object.keys(said.options ?? {}).map(
      (name): PlacedProblem => [
        [...path, 'options', name],
        'is for the operator to decide: take it out, or ask for it',
      ],
    ),
  ]
}

function cullProblems(path: PlacedProblem[0], cull: Said['cull'], most: number | undefined): PlacedProblem[] {
  if (cull === undefined) return []
  if (most === undefined || cull === 'never' || cull.maxAgeSeconds !== undefined)
    return [[path, 'when servers are stopped is for the operator to decide: take it out, or ask for it']]
  if (cull.idleSeconds === undefined || cull.idleSeconds <= most) return []
  return [[[...path, 'idleSeconds'], `is more than courses may say here, which is ${most}`]]
}

function amount(name: string, limit: number): string {
  if (name.startsWith('cpu')) return String(limit)
  return `${Number((limit / 2 ** 30).toFixed(2))}G`
}

function homeProblem({ home }: GivenCourse, { limits }: Terms): PlacedProblem[] {
  if (home === undefined) return []
  const tooLarge = home.size !== undefined && limits.homeSize !== undefined && home.size > limits.homeSize
  return [
    ...(tooLarge
      ? [
          [
            ['home', 'size'],
            `is more than courses may give here, which is ${amount('home', limits.homeSize ?? unlimited)}`,
          ] satisfies PlacedProblem,
        ]
      : []),
    ...(home.per === 'user'
      ? [
          [
            ['home', 'per'],
            "would open files of other courses to this one: say 'course', or ask the operator",
          ] satisfies PlacedProblem,
        ]
      : []),
  ]
}

/** Each makes a course of its own of it. */
const mostVariants = 20

/** Settings with which a course would reach beyond its own servers. */
function ofOperator(course: GivenCourse): PlacedProblem[] {
  const tooMany = (['tags', 'apps'] as const).filter((name) => Object.keys(course[name]).length > mostVariants)
  const mostSeconds = { startTimeoutSeconds: 300, pullTimeoutSeconds: 1800 } as const
  return [
    ...tooMany.map((name): PlacedProblem => [[name], `are more than courses may have here, which is ${mostVariants}`]),
    ...(['cors', 'rules'] as const).flatMap((name): PlacedProblem[] =>
      course[name].length === 0 ? [] : [[[name], 'is for the operator to decide: take it out, or ask for it']],
    ),
    ...Object.entries(mostSeconds).flatMap(([name, most]): PlacedProblem[] =>
      (course[name as keyof typeof mostSeconds] ?? 0) <= most
        ? []
        : [[[name], `is more than courses may say here, which is ${most}`]],
    ),
  ]
}

/** Returns the course with the most that the terms allow in the place of limits that it does not say. Pure. */
export function withinTerms(course: GivenCourse, { limits }: Terms): GivenCourse {
  const { cpu = limits.cpu, memory, memoryGuarantee, ...others } = course.limits
  // What a course gets that says no memory is `withMemory` of the config; less is allowed here.
  const most = memory ?? (memoryGuarantee === undefined && limits.memory < usualMemory ? limits.memory : undefined)
  const guarantee =
    memoryGuarantee ?? (most !== undefined && memory === undefined ? Math.min(most, usualGuarantee) : undefined)
  const own = { ...others, cpu, memory: most, memoryGuarantee: guarantee }
  const said = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  const home = course.home && {
    ...course.home,
    ...(course.home.size === undefined && limits.homeSize !== undefined && { size: limits.homeSize }),
  }
  return { ...course, limits: said, ...(home && { home }) }
}

const usualMemory = 2 * 2 ** 30
const usualGuarantee = 256 * 2 ** 20
