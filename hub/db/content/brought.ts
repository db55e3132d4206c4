/** The commit of each course that counts. */
import type { BroughtBundle, BroughtTrack, RepositoryCourse } from '../../../courses/content/brought.ts'
import { type Database, isOneOf, now, nowPlus, storable, type Transaction } from '../dialect.ts'

export interface Content {
  /** The id of the course. */
  course: string
  commit: string
  /** When it was committed, as its committer says. */
  at: number
  subject: string
  /** A digest of the settings by which it was read. */
  readBy: string
  settings: ContentSettingsOfRepository
  tracks: BroughtTrack[]
  bundles: BroughtBundle[]
  /** What is to be mended in the repository. */
  problems: ContentProblem[]
  notebooks: number
  bytes: number
  /** Among those of all courses. */
  revision: number
  /** Since when it counts. */
  counted: number
}

/** What the repository says of its course. */
export interface ContentSettingsOfRepository {
  notebookAt: string | undefined
  staticMappings: { link: string; to: string }[]
  folders: string[]
  course: RepositoryCourse
}

/** What is told of a file of a repository. */
export interface ContentProblem {
  file: string
  line?: number
  column?: number
  message: string
  kind: 'problem' | 'note'
}

interface Row {
  course: string
  commit: string
  at: number | string
  subject: string
  read_by: string
  settings: string
  tracks: string
  bundles: string
  problems: string
  notebooks: number
  bytes: number | string
  revision: number | string
  counted: number | string
  unknown_since: number | string | null
}

export async function findContent(db: Database, course: string): Promise<Content | undefined> {
  const row: Row | undefined = await db('brought').where({ course }).first()
  return row && toContent(row)
}

/** Returns the commit of a course that counts; '' where there is none. */
export async function countingCommit(db: Database, course: string): Promise<string> {
  const row: Pick<Row, 'commit'> | undefined = await db('brought').where({ course }).first('commit')
  return row?.commit ?? ''
}

/** Returns the last revision of the content of each course, by which a hub sees what it does not know yet. */
export async function contentRevisions(db: Database): Promise<Map<string, number>> {
  const rows: { course: string; revision: number | string }[] = await db('brought').select('course', 'revision')
  return new Map(rows.map(({ course, revision }) => [course, Number(revision)]))
}

const batch = 100

export async function contentOfCourses(db: Database, courses: readonly string[]): Promise<Content[]> {
  const found: Content[] = []
  for (let i = 0; i < courses.length; i += batch) {
    const rows: Row[] = await db('brought').whereIn('course', courses.slice(i, i + batch))
    found.push(...rows.map(toContent))
  }
  return found
}

/** Writes that this commit counts from now on. */
export async function putContent(trx: Transaction, content: Omit<Content, 'counted'>): Promise<void> {
  const { course, readBy, subject, settings, tracks, bundles, problems, ...others } = content
  const columns = {
    ...others,
    subject: storable(subject, 200),
    read_by: readBy,
    settings: jsonOf(settings),
    tracks: jsonOf(tracks),
    bundles: jsonOf(bundles),
    problems: jsonOf(problems),
    counted: now(trx),
    // The hub that writes this has the course.
    unknown_since: null,
  }
  await trx('brought')
    .insert({ course, ...columns })
    .onConflict('course')
    .merge(columns)
}

/** Notes which content some hub has a course for, by the ids that this hub has. */
export async function noteKnownContents(db: Database, known: readonly string[]): Promise<void> {
  await db('brought')
    .whereNotNull('unknown_since')
    .where(isOneOf(db, 'course', JSON.stringify(known)))
    .update({ unknown_since: null })
}

/** Notes which content this hub has no course for, but for what was noted before. */
export async function noteUnknownContents(db: Database, known: readonly string[]): Promise<void> {
  await db('brought')
    .whereNull('unknown_since')
    .whereNot(isOneOf(db, 'course', JSON.stringify(known)))
    .update({ unknown_since: now(db) })
}

/** Returns the courses that no hub has had for longer than this, and that have content. */
export async function orphanedContents(db: Database, milliseconds: number): Promise<string[]> {
  return db('brought').where('unknown_since', '<', nowPlus(db, -milliseconds)).pluck('course')
}

export async function removeContent(trx: Transaction, course: string): Promise<void> {
  await trx('brought').where({ course }).delete()
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value)
}

function toContent(row: Row): Content {
  const {
    read_by,
    settings,
    tracks,
    bundles,
    problems,
    at,
    bytes,
    revision,
    counted,
    unknown_since: _,
    ...others
  } = row
  return {
    ...others,
    at: Number(at),
    bytes: Number(bytes),
    revision: Number(revision),
    counted: Number(counted),
    readBy: read_by,
    settings: JSON.parse(settings),
    tracks: JSON.parse(tracks),
    bundles: JSON.parse(bundles),
    problems: JSON.parse(problems),
  }
}
