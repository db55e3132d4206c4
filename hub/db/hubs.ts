import { type Database, now, nowPlus } from './dialect.ts'

/** A hub is dead when it was not seen for this long. */
const hubLifeMilliseconds = 30_000

export async function renewHub(db: Database, id: string): Promise<void> {
  await db('hubs')
    .insert({ id, seen: now(db) })
    .onConflict('id')
    .merge(['seen'])
  await db('hubs')
    .where('seen', '<', nowPlus(db, -10 * hubLifeMilliseconds))
    .delete()
}

export async function forgetHub(db: Database, id: string): Promise<void> {
  await db('hubs').where({ id }).delete()
}

/** For a database that only one hub can hold: whoever else is listed is dead, and its work may be taken at once. */
export async function forgetOtherHubs(db: Database, id: string): Promise<void> {
  await db('hubs').whereNot({ id }).delete()
}

export function liveHubs(db: Database) {
  return db('hubs').where('seen', '>', nowPlus(db, -hubLifeMilliseconds)).select('id')
}
