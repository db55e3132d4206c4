/** Notebooks of learners as they were before another one took their place. */
import { type Database, now, nowPlus, type Transaction } from '../dialect.ts'
import { deleteInParts } from '../in-parts.ts'
import { prepared } from '../prepared.ts'
import { wantedVersions } from './wishes.ts'

/** Whose versions, in which course: the account's key and the course's id, so that they outlive the home. */
export interface OwnerOfVersions {
  account: string
  course: string
}

export interface Version extends OwnerOfVersions {
  number: number
  path: string
  /** The digest of the content in the table of blobs. */
  digest: string
  size: number
  at: number
}

/** Keeps a version, whose content is stored. The same content as in the last version of its path is no new one. */
export async function addVersion(trx: Transaction, version: Omit<Version, 'number' | 'at'>): Promise<void> {
  const { account, course, path, digest } = version
  const last = await trx('versions').where({ account, course, path }).orderBy('number', 'desc').first('digest')
  if (last?.digest === digest) return
  await trx('versions').insert({ ...version, at: now(trx) })
}

/** How many versions of a notebook came in this time, in milliseconds, and how many bytes all of the owner's have. */
export async function countVersions(
  db: Database,
  { account, course, path, within }: OwnerOfVersions & { path: string; within: number },
): Promise<{ lately: number; bytes: number }> {
  const [counted] = await db('versions').where({ account, course }).sum({ bytes: 'size' })
  const [recent] = await db('versions')
    .where({ account, course, path })
    .where('at', '>', nowPlus(db, -within))
    .count({ lately: '*' })
  return { lately: Number(recent?.lately), bytes: Number(counted?.bytes ?? 0) }
}

const [hour, day] = [3600_000, 86_400_000]
/** Of versions older than `older`, the first of each `span` stays. */
const thinning = [
  { older: day, span: hour },
  { older: 30 * day, span: day },
  { older: 180 * day, span: 7 * day },
]

/** Removes old versions that lie close together, so that a program that makes many cannot push out the ones that count. */
export async function thinVersions(db: Database): Promise<void> {
  for (const { older, span } of thinning) {
    const old = () => db('versions').where('at', '<', nowPlus(db, -older))
    const firsts = old()
      .min('number')
      .groupBy('account', 'course', 'path', db.raw('at / cast(? as bigint)', [span]))
    await deleteInParts(db, 'versions', 'number', (rows) =>
      rows
        .where('at', '<', nowPlus(db, -older))
        .whereNotIn('number', firsts.clone())
        .whereNotIn('number', wantedVersions(db)),
    )
  }
}

const countedAt = prepared<[account: string, course: string, path: string], [{ count: number | string }]>(
  (db, account, course, path) => db('versions').where({ account, course, path }).count({ count: '*' }),
)

/** Returns how many versions of a notebook an owner has. */
export async function countVersionsAt(
  db: Database,
  { account, course }: OwnerOfVersions,
  path: string,
): Promise<number> {
  const [{ count }] = await countedAt(db, account, course, path)
  return Number(count)
}

/** Returns an owner's versions, the newest first. */
export async function listVersions(db: Database, { account, course }: OwnerOfVersions): Promise<Version[]> {
  const rows: Row[] = await db('versions').where({ account, course }).orderBy('number', 'desc').limit(mostListed)
  return rows.map(toVersion)
}

/** Returns the version of this number, if it is the owner's. */
export async function findVersion(
  db: Database,
  { account, course }: OwnerOfVersions,
  number: number,
): Promise<Version | undefined> {
  const row: Row | undefined = await db('versions').where({ account, course, number }).first()
  return row && toVersion(row)
}

/** Removes a version, if it is the owner's. */
export async function removeVersion(db: Database, { account, course }: OwnerOfVersions, number: number): Promise<void> {
  await db('versions').where({ account, course, number }).delete()
}

/** Removes all versions of a notebook. */
export async function removeVersionsAt(
  db: Database,
  { account, course }: OwnerOfVersions,
  path: string,
): Promise<void> {
  await db('versions').where({ account, course, path }).delete()
}

/** Returns how many versions an account has, in all courses. */
export async function countVersionsOf(db: Database, account: string): Promise<number> {
  const [counted] = await db('versions').where({ account }).count({ count: '*' })
  return Number(counted?.count)
}

/** Removes all versions of an account. Returns how many there were. */
export async function removeVersions(trx: Transaction, account: string): Promise<number> {
  return trx('versions').where({ account }).delete()
}

/** Removes all versions of a course. */
export async function removeVersionsOf(trx: Transaction, course: string): Promise<void> {
  await trx('versions').where({ course }).delete()
}

const mostListed = 500

type Row = Omit<Version, 'at'> & { at: number | string }

function toVersion({ number, account, course, path, digest, size, at }: Row): Version {
  return { number, account, course, path, digest, size, at: Number(at) }
}
