/** Looks whether a definition that is given may become a course's. */
import { readMadeCourse } from '../../config/making/made-course.ts'
import type { Course } from '../../courses/course.ts'
import type { PlacedProblem } from '../../courses/making/problems.ts'
import { deprecationProblems } from '../../courses/successor.ts'
import { withVariants } from '../../courses/variants.ts'
import { kept } from '../../words/kept.ts'
import { SettingProblems } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { missingImage } from './offered-images.ts'

/** Returns the error about a definition with problems. */
export function courseProblems(problems: PlacedProblem[]): SettingProblems {
  const lines = problems.map(([path, message]) => `${path.join('.') || 'the course'}: ${message}`)
  return new SettingProblems(
    'bad_course',
    lines.join('\n'),
    problems.map(([path, message]) => ({ path, message })),
  )
}

export const mostDefinitionBytes = 12_000
const mostLevels = 20

export type GivenDefinition = Record<string, unknown>

/** Returns what is given as a definition, if it is an object of a bearable size at all. */
export function requireDefinition(given: unknown): GivenDefinition {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw courseProblems([[[], kept`is an object of settings, like { title: 'Statistics', image: '…' }`]])
  if (isDeep(given, mostLevels)) throw courseProblems([[[], kept`has more than ${mostLevels} levels`]])
  if (Buffer.byteLength(JSON.stringify(given)) > mostDefinitionBytes)
    throw courseProblems([
      [[], kept`is longer than ${mostDefinitionBytes} bytes as JSON: put files and texts into the image`],
    ])
  return given as GivenDefinition
}

function isDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((one) => isDeep(one, levels - 1))
}

/** Returns the settings that differ between two definitions. */
export function changedSettings(before: GivenDefinition, after: GivenDefinition): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.filter((name) => canonical(before[name]) !== canonical(after[name]))
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, one: unknown) =>
      typeof one === 'object' && one !== null && !Array.isArray(one)
        ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
        : one,
    ) ?? ''
  )
}

interface Named {
  name: string
  id: string
  granted: readonly string[]
  maker: string
}

/** Returns the course that a definition makes. Throws `SettingProblems` with all that is wrong with it. */
export function requireSound(hub: Hub, named: Named, definition: GivenDefinition): Course {
  const { course, problems } = readMadeCourse({ ...named, definition }, hub.config, hub.courses.images)
  const all = [...problems, ...(course === undefined ? [] : amongOthers(hub, course))]
  if (course !== undefined && all.length === 0) return course
  const lacksImage = !Object.hasOwn(definition, 'image')
  throw courseProblems(
    all.map(([path, message]) => [path, lacksImage && path.join() === 'image' ? missingImage(hub) : message]),
  )
}

/** What is wrong with the course among the others: with names of its variants, and of the course that replaces it. */
function amongOthers({ courses }: Hub, course: Course): PlacedProblem[] {
  const words = Object.keys(course.apps).filter((word) => Object.hasOwn(course.tags, word))
  const variants = withVariants(course).slice(1)
  const taken = variants.filter(({ slug }) => {
    const other = courses.all[slug]
    return other !== undefined && !(other.variantOf === course.slug || other.id === course.id)
  })
  const path = ({ app }: Course) => [app === undefined ? 'tags' : 'apps']
  const others = Object.values(courses.all).filter(
    ({ variantOf, slug }) => variantOf === undefined && slug !== course.slug,
  )
  const byName = Object.fromEntries([...others, course].map((one) => [one.slug, one]))
  return [
    ...words.map((word): PlacedProblem => [['apps', word], kept`is the name of a tag too: rename one of them`]),
    ...variants
      .filter(({ slug }) => slug.length > 63)
      .map(
        (one): PlacedProblem => [
          path(one),
          kept`makes the course name "${one.name}", which is too long: use a shorter word`,
        ],
      ),
    ...taken.map(
      (one): PlacedProblem => [
        path(one),
        kept`makes the course name "${one.name}", which another course has: use another word`,
      ],
    ),
    ...deprecationProblems(byName).flatMap(([[, name, ...place], message]): PlacedProblem[] =>
      name === course.name ? [[place, message]] : [],
    ),
  ]
}
