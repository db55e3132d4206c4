import { type Database, now } from './dialect.ts'

/** Writes down that a code was used; false when it was before. Kept until nobody would take the code any more. */
export async function markUsed(db: Database, hash: string, expires: number): Promise<boolean> {
  const made = await db('codes').insert({ hash, expires }).onConflict('hash').ignore().returning('hash')
  return made.length > 0
}

export async function expireCodes(db: Database): Promise<void> {
  await db('codes').where('expires', '<', now(db)).delete()
}
