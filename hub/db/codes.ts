import { type Database, now } from './dialect.ts'

/** Notes that a code is used. Returns false when it was used before. After `expires` no hub accepts the code. */
export async function markUsed(db: Database, hash: string, expires: number): Promise<boolean> {
  const made = await db('codes').insert({ hash, expires }).onConflict('hash').ignore().returning('hash')
  return made.length > 0
}

export async function expireCodes(db: Database): Promise<void> {
  await db('codes').where('expires', '<', now(db)).delete()
}
