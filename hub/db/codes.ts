import { type Database, now } from './dialect.ts'
import { deleteInParts } from './in-parts.ts'

/** Notes that a code is used. Returns false when it was used before. After `expires` no hub accepts the code. */
export async function markUsed(db: Database, hash: string, expires: number): Promise<boolean> {
  const made = await db('codes').insert({ hash, expires }).onConflict('hash').ignore().returning('hash')
  return made.length > 0
}

export async function expireCodes(db: Database): Promise<void> {
  await deleteInParts(db, 'codes', 'hash', (rows) => rows.where('expires', '<', now(db)))
}
