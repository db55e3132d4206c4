import { type Database, now, type Transaction } from '../dialect.ts'
import { nextRevision } from '../installation.ts'
import { runningStates } from './server-states.ts'

/** A course as the hub that started last with it in its config has described it, for hubs whose config has it not. */
export interface StoredCourse {
  slug: string
  /** JSON. */
  definition: string
  /** Digest of the definition of the origins of other sites that may reach its servers. */
  origins: string
}

export async function readCourses(db: Database): Promise<Map<string, StoredCourse>> {
  const rows: StoredCourse[] = await db('courses').select('slug', 'definition', 'origins')
  return new Map(rows.map((row) => [row.slug, row]))
}

export async function findStoredCourse(db: Database, slug: string): Promise<StoredCourse | undefined> {
  return db('courses').where({ slug }).first('slug', 'definition', 'origins')
}

const batch = 100

export async function writeCourses(db: Database, courses: StoredCourse[]): Promise<void> {
  // In one order, so that two hubs that start at once do not wait for each other in turn.
  const sorted = courses.toSorted((a, b) => (a.slug < b.slug ? -1 : 1))
  for (let i = 0; i < sorted.length; i += batch) {
    await db('courses')
      .insert(sorted.slice(i, i + batch).map((course) => ({ ...course, changed: now(db) })))
      .onConflict('slug')
      .merge(['definition', 'origins', 'changed'])
  }
}

/** Returns SQL for the origins that a server's next run gets: those of its course. Null for a course that is not stored. */
export function originsOfCourse(db: Database) {
  return db('courses').whereRaw('courses.slug = servers.course').select('courses.origins')
}

/**
 * Gives running servers whose course's origins have changed the new ones, with a new revision for their routes. Which
 * origins count is what `writeCourses` wrote last, whatever the config of the hub that calls this.
 */
export async function moveOrigins(db: Database): Promise<void> {
  let moved = batch
  while (moved === batch) moved = await db.transaction((trx) => moveSome(trx, batch))
}

async function moveSome(trx: Transaction, most: number): Promise<number> {
  const which = trx('servers as moving')
    .join('courses', 'courses.slug', 'moving.course')
    .whereIn('moving.state', runningStates)
    .where((row) => row.whereNull('moving.origins').orWhereRaw('moving.origins <> courses.origins'))
  const [first] = await which.clone().limit(1).select('moving.id')
  if (first === undefined) return 0
  // Takes the revision first, as `beginStop` does, so that neither waits for what the other holds.
  const revision = await nextRevision(trx)
  return trx('servers')
    .whereIn('id', which.limit(most).select('moving.id'))
    .whereIn('state', runningStates)
    .update({ origins: originsOfCourse(trx), revision })
}
