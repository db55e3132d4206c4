import { type Database, now, nowPlus } from './dialect.ts'

/** A hub counts as dead when it was not seen for this long. */
const hubLifeMilliseconds = 30_000

export async function renewHub(db: Database, id: string): Promise<void> {
  await db('hubs')
    .insert({ id, seen: now(db), begun: now(db) })
    .onConflict('id')
    .merge(['seen'])
  await db('hubs')
    .where('seen', '<', nowPlus(db, -10 * hubLifeMilliseconds))
    .delete()
}

export async function forgetHub(db: Database, id: string): Promise<void> {
  await db('hubs').where({ id }).delete()
}

/** Deletes all other hubs, whose work may then be taken at once. For a database that only one hub can hold. */
export async function forgetOtherHubs(db: Database, id: string): Promise<void> {
  await db('hubs').whereNot({ id }).delete()
}

export function liveHubs(db: Database) {
  return db('hubs').where('seen', '>', nowPlus(db, -hubLifeMilliseconds)).select('id')
}

export async function countLiveHubs(db: Database): Promise<number> {
  return (await liveHubs(db)).length
}

/** Returns since when some hub is at work that is not dead. Undefined when none is. */
export async function hubsSince(db: Database): Promise<number | undefined> {
  const rows: { begun: number | string }[] = await liveHubs(db).clearSelect().select('begun')
  return rows.length === 0 ? undefined : Math.min(...rows.map(({ begun }) => Number(begun)))
}
