/** The courses of a hub at the moment: those of its config, and those that people have made. */
import type { Config } from '../../config/config.ts'
import { type ReadMade, readMadeCourse } from '../../config/making/made-course.ts'
import type { Brought } from '../../courses/content/brought.ts'
import { withBrought } from '../../courses/content/opens.ts'
import type { Course } from '../../courses/course.ts'
import { withVariants } from '../../courses/variants.ts'
import { kept } from '../../words/kept.ts'
import { type Content, contentOfCourses, contentRevisions } from '../db/content/brought.ts'
import { type Alias, listAliases } from '../db/courses/aliases.ts'
import { type CatalogueCourse, catalogueCourses, catalogueRevisions } from '../db/courses/catalogue.ts'
import type { Database } from '../db/dialect.ts'
import { catalogueRevision } from '../db/installation.ts'
import { messageOf } from '../errors.ts'

export interface Courses {
  /** All courses with their variants, by slug. Replaced as a whole when a course changes, so one look at it fits together. */
  all: Record<string, Course>
  /** The courses of the config. */
  readonly ofConfig: Readonly<Record<string, Course>>
  /** Images that courses of the config use. */
  readonly images: ReadonlySet<string>
  /** The courses that people have made by their slug, also those that are archived, are being deleted, or do not open. */
  readonly made: ReadonlyMap<string, MadeCourse>
  /** Looks whether a hub has changed a course since, and takes that over. Costs one small query where none has. */
  refresh(): Promise<void>
}

/** A course that people have made. */
export interface MadeCourse extends ReadMade {
  row: CatalogueCourse
}

/**
 * Returns the course that people have made under this name, as its learners have it. Undefined where it does not open, such as
 * where the config has a course of the same name.
 */
export function madeCourseOf({ all, made }: Courses, slug: string): Course | undefined {
  return made.get(slug)?.course === undefined ? undefined : all[slug]
}

export interface CoursesOptions {
  config: Config
  db: Database
  /** Is told the courses that were changed, once the hub has taken them over. Tried again when it fails. */
  learned?(courses: Course[]): Promise<void>
}

/** Opens the courses of a config, and those of the database. */
export async function openCourses({ config, db, learned = async () => undefined }: CoursesOptions): Promise<Courses> {
  const ofConfig = config.courses
  const images = new Set(Object.values(ofConfig).map(({ image }) => image))
  let known = -1
  let read = new Map<string, MadeCourse>()
  let brought = new Map<string, Brought & { revision: number }>()
  let told: Record<string, Course> = ofConfig
  let loading: Promise<void> | undefined

  async function load(isFirst: boolean): Promise<void> {
    // Read first: rows that are read afterwards hold all changes up to it.
    const revision = await catalogueRevision(db)
    const revisions = await catalogueRevisions(db)
    const stale = [...revisions].filter(([id, its]) => read.get(id)?.row.revision !== its).map(([id]) => id)
    const rows = await catalogueCourses(db, stale)
    const next = new Map([...read].filter(([id]) => revisions.has(id)))
    for (const row of rows) next.set(row.id, withoutClash(readRow(row, config, images), ofConfig))
    const contents = await broughtSince(brought)
    const { all, made } = together({ ofConfig, read: next, aliases: await listAliases(db), brought: contents })
    Object.assign(courses, { all, made })
    read = next
    brought = contents
    if (!isFirst) await learned(Object.values(all).filter((course) => told[course.slug] !== course))
    told = all
    known = revision
  }

  /** Returns the content of all courses, of which that is read that has changed. */
  async function broughtSince(before: typeof brought): Promise<typeof brought> {
    const revisions = await contentRevisions(db)
    const stale = [...revisions].filter(([id, its]) => before.get(id)?.revision !== its).map(([id]) => id)
    const after = new Map([...before].filter(([id]) => revisions.has(id)))
    for (const content of await contentOfCourses(db, stale)) after.set(content.course, broughtOf(content))
    return after
  }

  const courses: Courses = {
    all: ofConfig,
    ofConfig,
    images,
    made: new Map(),
    async refresh() {
      while ((await catalogueRevision(db)) !== known) {
        loading ??= load(known === -1).finally(() => {
          loading = undefined
        })
        await loading
      }
    },
  }
  if ((await catalogueRevision(db)) > 0) await courses.refresh()
  else known = 0
  return courses
}

function readRow(row: CatalogueCourse, config: Config, images: ReadonlySet<string>): MadeCourse {
  const { name, id, granted, maker } = row
  try {
    const definition = JSON.parse(row.definition)
    return { row, ...readMadeCourse({ name, id, granted, maker, definition }, config, images) }
  } catch (error) {
    // One course that cannot be read keeps no other from opening.
    return { row, course: undefined, problems: [[[], kept`cannot be read: ${messageOf(error)}`]] }
  }
}

/** A course of the config counts before one that people have made, by its name and for its homes. */
function withoutClash(made: MadeCourse, ofConfig: Readonly<Record<string, Course>>): MadeCourse {
  const { slug, id } = made.row
  const same = Object.values(ofConfig).find((course) =>
    [course.slug, course.id].some((its) => its === slug || its === id),
  )
  if (same === undefined) return made
  const message = kept`the config has the course ${same.name}, which counts: rename this one, or take that out of the config`
  return { ...made, course: undefined, problems: [...made.problems, [[], message]] }
}

interface Known {
  ofConfig: Readonly<Record<string, Course>>
  read: ReadonlyMap<string, MadeCourse>
  aliases: Alias[]
  /** The content of courses, by their ids. */
  brought: ReadonlyMap<string, Brought>
}

/** Returns the courses of the config with those that people have made after them. The first that has a name keeps it. */
function together({ ofConfig, read, aliases, brought }: Known) {
  const own = Object.entries(ofConfig).map(([slug, course]) => [slug, withContentOf(course, brought)] as const)
  const all: Record<string, Course> = Object.fromEntries(own)
  const add = (course: Course) => {
    if (!Object.hasOwn(all, course.slug)) all[course.slug] = withContentOf(course, brought)
  }
  const living = [...read.values()].filter(({ row, course }) => course !== undefined && row.state !== 'deleted')
  const whole = new Map(living.map((made) => [made.row.id, settledOf(made)]))
  for (const [course] of whole.values()) if (course !== undefined) add(course)
  for (const [, ...variants] of whole.values()) for (const variant of variants) add(variant)
  for (const alias of aliases) {
    const [course, ...variants] = whole.get(alias.course) ?? []
    if (course === undefined) continue
    add(underAlias(course, alias))
    for (const variant of variants)
      add({ ...underAlias(variant, aliasOf(variant, course, alias)), variantOf: alias.slug })
  }
  return { all, made: new Map([...read.values()].map((made) => [made.row.slug, made])) }
}

function broughtOf({ commit, at, subject, settings, tracks, bundles, revision }: Content) {
  return { commit, at, subject, ...settings, tracks, bundles, revision }
}

const withContent = new WeakMap<Course, Course & { brought: Brought }>()

/** Returns the course with its content; the same one as long as both are the same. */
function withContentOf(course: Course, all: ReadonlyMap<string, Brought>): Course {
  const brought = course.content && all.get(course.id)
  if (brought === undefined) return course
  const before = withContent.get(course)
  if (before?.brought === brought) return before
  const whole = withBrought(course, brought)
  withContent.set(course, whole)
  return whole
}

const settled = new WeakMap<MadeCourse, Course[]>()

/** Returns the course with its variants; the same ones each time, so that it is seen what has changed. */
function settledOf(made: MadeCourse): Course[] {
  const found = settled.get(made)
  if (found !== undefined || made.course === undefined) return found ?? []
  const { row, course, problems } = made
  const halted = problems.length > 0 ? 'withheld' : row.state === 'archived' ? 'archived' : undefined
  const all = withVariants({ ...course, ...(halted && { halted }) })
  settled.set(made, all)
  return all
}

/** Returns what a course is under a name that it had before: on its way out, with the same homes. */
function underAlias(course: Course, { name, slug }: Pick<Alias, 'name' | 'slug'>): Course {
  const none = { tags: {}, apps: {}, gpuOnRequest: undefined }
  return { ...course, ...none, name, slug, title: name, hidden: true, deprecated: { instead: course.name } }
}

/** Returns the name that a variant had under an earlier name of its course. Servers that learners have of it go on by that. */
function aliasOf(variant: Course, course: Course, { name, slug }: Alias): Pick<Alias, 'name' | 'slug'> {
  const word = variant.slug.slice(course.slug.length)
  return { name: `${name}${word}`, slug: `${slug}${word}` }
}
