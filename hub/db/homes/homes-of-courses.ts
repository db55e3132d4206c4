/** Queries for the homes of a course as a whole, by the course's id. */
import type { Database } from '../dialect.ts'
import { type Home, type HomeRow, toHome } from './homes.ts'

/** Returns how many homes are kept for this course, by its id. */
export async function countHomesOfCourse(db: Database, course: string): Promise<number> {
  const [row] = await db('homes').where({ course }).count({ count: '*' })
  return Number(row?.count)
}

/** Returns homes of a course that nothing has and that stay so far: 100 at most. */
export async function stayingHomes(db: Database, course: string): Promise<Home[]> {
  const rows: HomeRow[] = await db('homes').where({ course, holder: null, remove_at: null }).limit(100)
  return rows.map(toHome)
}

/** What stands in the row of a home that is removed with its course. */
export function removedWith(course: string): string {
  return `course:${course}`
}

/** Returns homes that are on their way out with a course whose deletion was taken back: 100 at most. */
export async function homesOfRestored(db: Database): Promise<Home[]> {
  const deleted = db('catalogue').where({ state: 'deleted' }).select('id')
  const rows: HomeRow[] = await db('homes')
    .whereNotNull('remove_at')
    .whereLike('removed_by', removedWith('%'))
    .whereNot({ state: 'deleting' })
    .whereNotIn('course', deleted)
    .limit(100)
  return rows.map(toHome)
}
