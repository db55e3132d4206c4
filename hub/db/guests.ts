import type { Database } from './dialect.ts'

/** Ids of those who may sit at a server beside its owner. */
export async function guestsOf(db: Database, server: string): Promise<string[]> {
  const rows: { user: string }[] = await db('guests').where({ server }).orderBy('user').select('user')
  return rows.map((row) => row.user)
}
