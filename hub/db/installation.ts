import type { Database, Transaction } from './dialect.ts'
import { liveHubs } from './hubs.ts'
import { newId } from './ids.ts'
import { prepared } from './prepared.ts'

/** Returns the random id of this database, which the first start makes. */
export async function installationId(db: Database): Promise<string> {
  await db('installation').insert({ only: 1, id: newId(), route_revision: 0 }).onConflict('only').ignore()
  const id = await findInstallationId(db)
  if (id === undefined) throw new Error('The database has lost its installation row.')
  return id
}

/** Returns the id that a hub gave this database. Undefined when no hub has ever used it. */
export async function findInstallationId(db: Database): Promise<string | undefined> {
  const row: { id: string } | undefined = await db('installation').first('id')
  return row?.id
}

const raisedRevision = prepared<[by: number], { route_revision: number }[]>((db, by) =>
  db('installation')
    .update({ route_revision: db.raw('route_revision + ?', [by]) })
    .returning('route_revision'),
)

/** Returns the next revision for a route write. Call it in the transaction that causes the write. */
export async function nextRevision(db: Database): Promise<number> {
  const [revision] = await nextRevisions(db, 1)
  return revision as number
}

/** Returns as many revisions, each higher than the one before. Call it in the transaction that causes the writes. */
export async function nextRevisions(db: Database, count: number): Promise<number[]> {
  const [row] = await raisedRevision(db, count)
  if (row === undefined) throw new Error('The database has lost its installation row.')
  return Array.from({ length: count }, (_, index) => row.route_revision - count + 1 + index)
}

/** Returns the last revision that was given. Rows that are read afterwards hold all writes up to it. */
export async function lastRevision(db: Database): Promise<number> {
  const row: { route_revision: number } = await db('installation').first('route_revision')
  return row.route_revision
}

/** Makes every later revision higher than `revision`, for a database that has lost writes. */
export async function raiseRevision(db: Database, revision: number): Promise<void> {
  await db('installation').where('route_revision', '<', revision).update({ route_revision: revision })
}

/** Makes this hub the housekeeper, which does the chores of all hubs, unless another living hub is. Returns whether. */
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

/** Writes a row as it is, in a transaction of the caller's. Rejects when this database account may not write. */
export async function writeNothingNew(trx: Transaction): Promise<void> {
  await trx('installation').update({ route_revision: trx.ref('route_revision') })
}
