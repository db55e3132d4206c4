/** Reads the definition of a course that people have made, as strictly as a config's, and within the operator's terms. Pure. */
import { type Course, courseSchema } from '../../courses/course.ts'
import { isWithin } from '../../courses/files.ts'
import { type PlacedProblem, termProblems, withinTerms } from '../../courses/making/problems.ts'
import { questionProblems } from '../../courses/questions/problems.ts'
import { spellingHints } from '../../net/settings/read.ts'
import { coversServers } from '../../seats/host.ts'
import type { Config } from '../config.ts'
import { courseWithNames } from '../course-with-names.ts'
import { withFiles } from '../lay-out.ts'
import { problemsByPlace } from '../problems.ts'
import { groupProblems, rolesNamed } from '../roles-named.ts'
import { settingsProblems, wrongOptions } from '../said-settings.ts'
import { buildProblems } from '../sections/builds.ts'

/** What of a config a course that people make depends on. */
export type SiteOfMade = Pick<
  Config,
  | 'spawner'
  | 'builds'
  | 'rules'
  | 'files'
  | 'jupyter'
  | 'courseMaking'
  | 'groups'
  | 'authenticators'
  | 'servers'
  | 'admins'
>

export interface MadeDefinition {
  name: string
  /** The name under which its homes are kept. */
  id: string
  /** JSON, in the form of a course of the config. */
  definition: unknown
  /** Settings that an admin or the operator has decided, so that the terms do not bind them. */
  granted: readonly string[]
  /** The person who has made the course; '' for the operator. */
  maker: string
}

export interface ReadMade {
  /** The course without its variants; undefined where the definition says none. */
  course: Course | undefined
  problems: PlacedProblem[]
}

/** Returns the course and all that is wrong with its definition. `images` are those of the config's courses. */
export function readMadeCourse(made: MadeDefinition, site: SiteOfMade, images: ReadonlySet<string>): ReadMade {
  const read = courseSchema.safeParse(made.definition, { error: spellingHints })
  if (!read.success) return { course: undefined, problems: problemsByPlace(read.error.issues) }
  const terms = site.courseMaking
  const mayBeStaff = (name: string) => name === made.maker || mayBeNamed(name, site)
  const beyond = termProblems(read.data, { terms, images, mayBeStaff }).filter(
    ([[key]]) => !made.granted.includes(String(key)),
  )
  const within = withinTerms(read.data, terms)
  const given = {
    ...read.data,
    ...(!made.granted.includes('limits') && { limits: within.limits }),
    ...(!made.granted.includes('home') && within.home && { home: within.home }),
  }
  const named = { ...courseWithNames(given, made.name, site), id: made.id }
  const [course = named] = Object.values(withFiles({ [named.slug]: named }, site))
  const problems = [
    ...beyond,
    ...ofConfigOnly(given),
    // What the terms would not allow may take long to be looked at.
    ...(beyond.length === 0 ? atThisSite(made, given, site) : []),
    ...homeMeets(course),
    ...questionProblems({ [course.slug]: course }).map(([path, message]): PlacedProblem => [path.slice(2), message]),
  ]
  return { course, problems }
}

function mayBeNamed(name: string, { courseMaking, groups }: SiteOfMade): boolean {
  const listed = [...courseMaking.by, ...courseMaking.staff]
  if (listed.includes(name)) return true
  return listed.some((one) => one.startsWith('group:') && groups[one.slice('group:'.length)]?.includes(name))
}

type Given = ReturnType<typeof courseSchema.parse>

function ofConfigOnly({ files, jupyter, id }: Given): PlacedProblem[] {
  const isLaid = Object.values(jupyter).some((one) => one !== undefined)
  return [
    ...(Object.keys(files).length === 0 ? [] : [[['files'], onlyInConfig] satisfies PlacedProblem]),
    ...(isLaid ? [[['jupyter'], onlyInConfig] satisfies PlacedProblem] : []),
    ...(id === undefined
      ? []
      : [[['id'], 'is given by Carrel when the course is made: take it out'] satisfies PlacedProblem]),
  ]
}

const onlyInConfig = 'is laid into servers by the config file only: take it out, or ask the operator'

/** What fits together with the other settings of the config only, in the words that the config file gets. */
function atThisSite({ name }: MadeDefinition, given: Given, site: SiteOfMade): PlacedProblem[] {
  const { spawner, servers, rules } = site
  const courses = { [name]: given }
  const own = [
    ...wrongOptions(spawner, { courses, rules: [] }),
    ...settingsProblems({ spawner, courses, rules }),
    ...groupProblems(site, rolesNamed({ courses, admins: [], rules: [] })),
    ...buildProblems({ ...site, courses }),
  ].flatMap(([path, message]): PlacedProblem[] => (path[0] === 'courses' ? [[path.slice(2), message]] : []))
  const covering = (origins: readonly string[], path: string[]) =>
    origins.flatMap((origin, index): PlacedProblem[] =>
      servers.url !== undefined && coversServers(servers.url, origin)
        ? [[[...path, index], "is or covers a name of learners' servers, whose pages are whatever a learner likes"]]
        : [],
    )
  const homeless = given.home !== undefined && spawner.homes === undefined && spawner.refusal === undefined
  return [
    ...own,
    ...covering(given.embed.ancestors, ['embed', 'ancestors']),
    ...covering(given.cors, ['cors']),
    ...(homeless
      ? [[['home'], `the ${spawner.name} spawner keeps no homes: take this out`] satisfies PlacedProblem]
      : []),
  ]
}

function homeMeets({ home, files }: Course): PlacedProblem[] {
  if (home === undefined) return []
  const met = Object.keys(files).find((path) => isWithin(home.path, path) || isWithin(path, home.path))
  return met === undefined ? [] : [[['home', 'path'], `meets ${met}, where the site lays files: take another folder`]]
}
