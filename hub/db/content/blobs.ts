/** Contents of notebooks, each once, by a digest. */
import type { Knex } from 'knex'
import { type Database, isOneOf, now, nowPlus, type Transaction } from '../dialect.ts'

export interface StoredBlob {
  /** SHA-256 of the bytes, in hex. */
  digest: string
  bytes: Buffer
}

/** A blob that no row names stays for this time at least. */
const idleMilliseconds = 3600_000
/** As many blobs are removed at a time. */
const some = 100

/** Stores blobs; one that is there stays, for a while at least. */
export async function putBlobs(db: Database, blobs: readonly StoredBlob[]): Promise<void> {
  for (const { digest, bytes } of blobs) {
    await db('blobs').insert({ digest, bytes, size: bytes.length, idle: null }).onConflict('digest').merge(['idle'])
  }
}

export async function readBlob(db: Database, digest: string): Promise<Buffer | undefined> {
  const row: { bytes: Uint8Array } | undefined = await db('blobs').where({ digest }).first('bytes')
  return row && Buffer.from(row.bytes)
}

/**
 * Sees to it that these blobs stay until the transaction has ended, which names them. Returns how many of them are there.
 */
export async function holdBlobs(trx: Transaction, digests: readonly string[]): Promise<number> {
  const named = () => trx('blobs').where(isOneOf(trx, 'digest', JSON.stringify([...digests].sort())))
  await named().whereNotNull('idle').update({ idle: null })
  const [counted] = await named().count({ count: '*' })
  return Number(counted?.count ?? 0)
}

/**
 * Notes which blobs no row names, and removes those of which that was noted a while ago. Returns how many were removed.
 * A blob that a pull has stored and not yet named is renewed in the transaction that names it.
 */
export async function removeIdleBlobs(db: Database): Promise<number> {
  const isNamed = (rows: Knex.QueryBuilder) =>
    rows
      .whereExists(db('notebooks').whereRaw('notebooks.digest = blobs.digest').select(db.raw('1')))
      .orWhereExists(db('whole_notebooks').whereRaw('whole_notebooks.digest = blobs.digest').select(db.raw('1')))
      .orWhereExists(db('copies').whereRaw('copies.digest = blobs.digest').select(db.raw('1')))
      .orWhereExists(db('versions').whereRaw('versions.digest = blobs.digest').select(db.raw('1')))
      .orWhereExists(db('swaps').whereRaw('swaps.digest = blobs.digest').select(db.raw('1')))
  await db('blobs').whereNotNull('idle').where(isNamed).update({ idle: null })
  await db('blobs')
    .whereNull('idle')
    .whereNot(isNamed)
    .update({ idle: now(db) })
  let removed = 0
  for (;;) {
    const old = db('blobs')
      .where('idle', '<', nowPlus(db, -idleMilliseconds))
      .whereNot(isNamed)
      .limit(some)
      .select('digest')
    const count = await db('blobs').whereIn('digest', old).where('idle', '<', nowPlus(db, -idleMilliseconds)).delete()
    removed += count
    if (count < some) return removed
  }
}
