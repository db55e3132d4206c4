/** Names that courses had before they were renamed. Links with them go on. */
import type { Database, Transaction } from '../dialect.ts'

export interface Alias {
  slug: string
  name: string
  /** Id of the course in the catalogue. */
  course: string
}

export async function listAliases(db: Database): Promise<Alias[]> {
  return db('aliases').select('slug', 'name', 'course')
}

export async function findAlias(db: Database, slug: string): Promise<Alias | undefined> {
  return db('aliases').where({ slug }).first('slug', 'name', 'course')
}

/** Keeps an old name of a course, and frees its new one. */
export async function moveAlias(trx: Transaction, old: Alias, slug: string): Promise<void> {
  await trx('aliases').where({ slug, course: old.course }).delete()
  await trx('aliases').insert(old).onConflict('slug').merge()
}

export async function removeAliasesOf(trx: Transaction, course: string): Promise<void> {
  await trx('aliases').where({ course }).delete()
}
