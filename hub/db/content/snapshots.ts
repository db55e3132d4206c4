/** Notebooks that users share as pages to read, each at an address that only those know to whom it was given. */
import { hash } from 'node:crypto'
import { type Database, now, nowPlus, storable, type Transaction } from '../dialect.ts'
import { newId } from '../ids.ts'
import { deleteInParts } from '../in-parts.ts'
import { prepared } from '../prepared.ts'

/** A notebook of a user in a course, which is named by its id. */
export interface SnapshotPlace {
  user: string
  course: string
  path: string
}

export interface Snapshot extends SnapshotPlace {
  /** The secret part of the address. */
  id: string
  title: string
  /** Bytes of the document, packed. */
  size: number
  /** Milliseconds since 1970, by the database's clock. */
  made: number
  expires: number
}

/** The document of a snapshot. */
export interface SnapshotDocument {
  /** Packed by gzip. */
  html: Buffer
  /** The hash of its styles, as its policy names it. */
  style: string
}

export interface NewSnapshot extends SnapshotPlace, SnapshotDocument {
  title: string
  milliseconds: number
}

/** How many snapshots one user may have, and what the documents of one user, and those of a course, may take. */
export interface SnapshotLimits {
  perUser: number
  bytesOfUser: number
  bytesOfCourse: number
}

/**
 * Keeps a snapshot in the place of an earlier one of the same notebook, whose address it gets. Returns why there is no room for it.
 * Callers hold the user's row, so that two of them do not count at once.
 */
export async function putSnapshot(
  trx: Transaction,
  { milliseconds, title, html, ...snapshot }: NewSnapshot,
  most: SnapshotLimits,
): Promise<Snapshot | 'too many' | 'too large' | 'course full'> {
  const { user, course, path, style } = snapshot
  const place = { user, course, place: hash('sha256', path, 'hex') }
  const others = () =>
    trx('snapshots')
      .whereNot((one) => one.where(place))
      .where('expires', '>', now(trx))
  const [own] = await others().where({ user }).count({ count: '*' }).sum({ bytes: 'size' })
  if (Number(own?.count) >= most.perUser) return 'too many'
  if (Number(own?.bytes ?? 0) + html.length > most.bytesOfUser) return 'too large'
  const [all] = await others().where({ course }).sum({ bytes: 'size' })
  if (Number(all?.bytes ?? 0) + html.length > most.bytesOfCourse) return 'course full'
  const digest = hash('sha256', html, 'hex')
  const row = { title: storable(title, 500), size: html.length, style, digest, html }
  const times = { made: now(trx), expires: nowPlus(trx, milliseconds) }
  await trx('snapshots')
    .insert({ ...place, id: newId(), path, ...row, ...times })
    .onConflict(['user', 'course', 'place'])
    .merge({ ...row, ...times })
  const kept: Row = await trx('snapshots').where(place).first(columns)
  return toSnapshot(kept)
}

const living = (db: Database) => db('snapshots').where('expires', '>', now(db))

/** Returns what is known of a snapshot that is still there. */
export async function findSnapshot(db: Database, id: string): Promise<Snapshot | undefined> {
  const row: Row | undefined = await living(db).where({ id }).first(columns)
  return row && toSnapshot(row)
}

type Readable = Pick<Snapshot, 'course'> & { style: string; digest: string }

const readableAt = prepared<[id: string], Readable | undefined>((db, id) =>
  living(db)
    .where({ 'snapshots.id': id, 'users.state': 'active' })
    .join('users', 'users.id', 'snapshots.user')
    .first('snapshots.course', 'snapshots.style', 'snapshots.digest'),
)

/** Returns of which course and of what a snapshot is that may be read: it is still there, and its owner is not blocked. */
export function findReadable(db: Database, id: string): Promise<Readable | undefined> {
  return readableAt(db, id)
}

/** Returns the document of a snapshot; undefined where it has changed or gone since its digest was read. */
export async function readSnapshot(db: Database, id: string, digest: string): Promise<Buffer | undefined> {
  const row: { html: Uint8Array } | undefined = await living(db).where({ id, digest }).first('html')
  return row && Buffer.from(row.html)
}

/** Returns the snapshots of a user, or of a course, the newest first. */
export async function listSnapshots(
  db: Database,
  whose: { user: string } | { course: string },
  { offset = 0, limit }: { offset?: number; limit: number },
): Promise<Snapshot[]> {
  const rows: Row[] = await living(db)
    .where(whose)
    .orderBy('made', 'desc')
    .orderBy('id')
    .offset(offset)
    .limit(limit)
    .select(columns)
  return rows.map(toSnapshot)
}

export async function countSnapshots(db: Database, whose: { user: string } | { course: string }): Promise<number> {
  const [counted] = await living(db).where(whose).count({ count: '*' })
  return Number(counted?.count)
}

/** Removes a snapshot. Returns false where it was gone already. */
export async function removeSnapshot(trx: Transaction, id: string): Promise<boolean> {
  return (await trx('snapshots').where({ id }).delete()) > 0
}

export async function removeSnapshotsOf(trx: Transaction, course: string): Promise<void> {
  await trx('snapshots').where({ course }).delete()
}

export async function expireSnapshots(db: Database): Promise<void> {
  await deleteInParts(db, 'snapshots', 'id', (rows) => rows.where('expires', '<=', now(db)))
}

const columns = ['id', 'user', 'course', 'path', 'title', 'size', 'made', 'expires'] as const

type Row = Omit<Snapshot, 'made' | 'expires'> & { made: number | string; expires: number | string }

function toSnapshot({ made, expires, ...row }: Row): Snapshot {
  return { ...row, made: Number(made), expires: Number(expires) }
}
