import { type Database, now, nowPlus } from './dialect.ts'
import { newId } from './ids.ts'

/** The random id of this database, made at the first start. */
export async function installationId(db: Database): Promise<string> {
  await db('installation').insert({ only: 1, id: newId(), route_revision: 0 }).onConflict('only').ignore()
  const row: { id: string } = await db('installation').first('id')
  return row.id
}

/** The next revision for a route write. Call it in the transaction that causes the write. */
export async function nextRevision(db: Database): Promise<number> {
  const [row]: { route_revision: number }[] = await db('installation')
    .increment('route_revision', 1)
    .returning('route_revision')
  if (row === undefined) throw new Error('The database has lost its installation row.')
  return row.route_revision
}

/** The last one that was given. Whoever reads rows afterwards sees all that was written up to it. */
export async function lastRevision(db: Database): Promise<number> {
  const row: { route_revision: number } = await db('installation').first('route_revision')
  return row.route_revision
}

/** No later revision will be at or below `revision`: for a database that has lost writes. */
export async function raiseRevision(db: Database, revision: number): Promise<void> {
  await db('installation').where('route_revision', '<', revision).update({ route_revision: revision })
}

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

/** True when this hub does the chores of all for the moment. */
export async function becomeHousekeeper(db: Database, id: string): Promise<boolean> {
  const changed = await db('installation')
    .where((free) =>
      free.where({ housekeeper: id }).orWhereNull('housekeeper').orWhereNotIn('housekeeper', liveHubs(db)),
    )
    .update({ housekeeper: id })
  return changed > 0
}

export async function resignHousekeeper(db: Database, id: string): Promise<void> {
  await db('installation').where({ housekeeper: id }).update({ housekeeper: null })
}
