import { type Database, now, type Transaction } from './dialect.ts'
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

const raisedRevision = prepared<[], { route_revision: number }[]>((db) =>
  db('installation')
    .update({ route_revision: db.raw('route_revision + 1') })
    .returning('route_revision'),
)

/**
 * Returns the next revision for a route write. Call it in the transaction that causes the write. Writes of several routes
 * in one transaction may share it, since proxies compare revisions of one path only.
 */
export async function nextRevision(db: Database): Promise<number> {
  const [row] = await raisedRevision(db)
  if (row === undefined) throw new Error('The database has lost its installation row.')
  return row.route_revision
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

/**
 * Returns the next revision of the courses that people make. Call it first in the transaction of a change: until it ends,
 * no other transaction changes any of these courses, nor takes a name.
 */
export async function nextCatalogueRevision(trx: Transaction): Promise<number> {
  const [row]: { catalogue_revision: number | string }[] = await trx('installation')
    .update({ catalogue_revision: trx.raw('catalogue_revision + 1') })
    .returning('catalogue_revision')
  if (row === undefined) throw new Error('The database has lost its installation row.')
  return Number(row.catalogue_revision)
}

const catalogueRow = prepared<[], { catalogue_revision: number | string } | undefined>((db) =>
  db('installation').first('catalogue_revision'),
)

/** Returns the revision of the last change of a course that people have made; 0 before the first. */
export async function catalogueRevision(db: Database): Promise<number> {
  return Number((await catalogueRow(db))?.catalogue_revision ?? 0)
}

/** The time in which learners open nothing anew. */
export interface Maintenance {
  /** When it began, by the database's clock. */
  since: number
  /** What people are told of it; empty for nothing more. */
  message: string
}

const maintenanceRow = prepared<[], { maintenance: number | null; maintenance_message: string | null } | undefined>(
  (db) => db('installation').first('maintenance', 'maintenance_message'),
)

/** Returns the maintenance that is going on; undefined when there is none. */
export async function findMaintenance(db: Database): Promise<Maintenance | undefined> {
  const row = await maintenanceRow(db)
  if (row === undefined || row.maintenance === null) return undefined
  return { since: row.maintenance, message: row.maintenance_message ?? '' }
}

/** Begins maintenance, or changes what people are told of the one that is going on. */
export async function beginMaintenance(db: Database, message: string): Promise<void> {
  await db('installation').update({
    maintenance: db.raw('coalesce(maintenance, ?)', [now(db)]),
    maintenance_message: message,
  })
}

export async function endMaintenance(db: Database): Promise<void> {
  await db('installation').update({ maintenance: null, maintenance_message: null })
}

/** Returns the time of the last kill for want of memory of which the spawner has told, by its clock; 0 before the first. */
export async function lastMemoryKill(db: Database): Promise<number> {
  const row: { memory_told: number | null } | undefined = await db('installation').first('memory_told')
  return row?.memory_told ?? 0
}

/** Writes that the spawner has told of the kills up to this time. */
export async function noteMemoryKill(db: Database, at: number): Promise<void> {
  await db('installation')
    .where((row) => row.whereNull('memory_told').orWhere('memory_told', '<', at))
    .update({ memory_told: at })
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
