/** What was changed of courses that people have made, by whom. */
import { type Database, now, type Transaction } from '../dialect.ts'

export type EditKind = 'made' | 'changed' | 'renamed' | 'archived' | 'unarchived' | 'deleted' | 'restored'

export interface Edit {
  kind: EditKind
  /** The version that the course has by it. */
  version: number
  /** Id of the user, or `operator`. */
  by: string
  /** The name of that user by then. */
  name: string
  at: number
  /** JSON of the definition, or the names of a course that was renamed; undefined where nothing of it has changed. */
  before: string | undefined
  after: string | undefined
}

/** As many changes of one course are kept. */
const mostEdits = 50

export async function addEdit(trx: Transaction, course: string, edit: Omit<Edit, 'at'>): Promise<void> {
  const { before = null, after = null, ...others } = edit
  await trx('edits').insert({ ...others, course, before, after, at: now(trx) })
  const kept = trx('edits').where({ course }).orderBy('number', 'desc').limit(mostEdits).select('number')
  await trx('edits').where({ course }).whereNotIn('number', kept).delete()
}

/** Returns the changes that are kept of a course, the last one first. */
export async function listEdits(db: Database, course: string): Promise<Edit[]> {
  const rows = await db('edits').where({ course }).orderBy('number', 'desc').limit(mostEdits)
  return rows.map(({ kind, version, by, name, at, before, after }) => ({
    ...{ kind, version, by, name, at: Number(at) },
    before: before ?? undefined,
    after: after ?? undefined,
  }))
}

export async function removeEditsOf(trx: Transaction, course: string): Promise<void> {
  await trx('edits').where({ course }).delete()
}
