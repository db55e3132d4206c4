import type { Knex } from 'knex'
import { type Database, isOneOf, lockHandedIn, now, nowPlus, type Transaction } from '../dialect.ts'
import { finishArchive, leaveArchive, writeArchive } from './archives.ts'
import { partBytes, partsOf } from './parts.ts'

/** What is known of a bundle without its files. */
export interface Bundle {
  digest: string
  /** Bytes of its files. */
  bytes: number
  files: number
  hasLinks: boolean
}

/** A row that was renewed so lately needs no other renewal, so that starts at the same time do not wait for each other. */
const renewedMilliseconds = 60_000

/**
 * Writes a bundle with its archive, or renews the one that is there. `by` is the user who has handed it in. The row comes last,
 * so a bundle that is there is whole. Each part of the archive is written by itself, unless `db` is a transaction.
 */
export async function putBundle(
  db: Database,
  { digest, bytes, files, hasLinks }: Bundle,
  content: Buffer | AsyncIterable<Uint8Array>,
  by?: string,
): Promise<void> {
  if (
    (await db('bundles')
      .where({ digest })
      .update({ used: now(db) })) > 0
  )
    return
  const archive = await writeArchive(db, Buffer.isBuffer(content) ? inParts(content) : content)
  await db.transaction(async (trx) => {
    if (!(await finishArchive(trx, archive)))
      throw new Error(`the archive of ${digest} was removed before it was whole`)
    const [created, used] = [now(db), now(db)]
    const row = { digest, bytes, files, has_links: hasLinks, archive, created, used, brought_by: by ?? null }
    await trx('bundles').insert(row).onConflict('digest').merge(['used'])
    const kept: { archive: string } | undefined = await trx('bundles').where({ digest }).first('archive')
    // Another hub has written the same bundle meanwhile.
    if (kept?.archive !== archive) await leaveArchive(trx, archive)
  })
}

async function* inParts(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += partBytes) yield content.subarray(at, at + partBytes)
}

/** Renews bundles, and returns the digests of those that are there. None of them is idle for a while then. */
export async function renewBundles(db: Database, digests: readonly string[]): Promise<string[]> {
  const list = JSON.stringify([...digests].sort())
  await db('bundles')
    .where(isOneOf(db, 'digest', list))
    .where('used', '<', nowPlus(db, -renewedMilliseconds))
    .update({ used: now(db) })
  return digestsOf(
    await db('bundles')
      .where(isOneOf(db, 'digest', list))
      .select('digest'),
  )
}

/** Returns the archive of a bundle in parts; none for a bundle that is not there. */
export async function* contentOf(db: Database, digest: string): AsyncGenerator<Buffer> {
  const row: { archive: string } | undefined = await db('bundles').where({ digest }).first('archive')
  if (row !== undefined) yield* partsOf(db, row.archive)
}

export async function allBundles(db: Database): Promise<string[]> {
  return digestsOf(await db('bundles').select('digest'))
}

/** Returns the bundles that have not been renewed for so long. */
export async function idleBundles(db: Database, milliseconds: number): Promise<string[]> {
  return digestsOf(await idle(db, milliseconds).select('digest'))
}

/** Removes a bundle if it is still idle. Returns whether it was. */
export async function removeIdleBundle(db: Database, digest: string, milliseconds: number): Promise<boolean> {
  return db.transaction(async (trx) => remove(trx, digest, idle(trx, milliseconds)))
}

/**
 * Returns the bytes of the files that users have handed in, all of them or one, and that are still there: also of those that
 * were replaced, and that a sweep will remove.
 */
export async function handedInBytes(db: Database, by?: string): Promise<number> {
  const all = db('bundles').whereNotNull('brought_by')
  const [row] = await (by === undefined ? all : all.where({ brought_by: by })).sum({ bytes: 'bytes' })
  return Number(row?.bytes ?? 0)
}

/**
 * Removes a bundle that a user has handed in, unless something names it. The user's row must be held. Another user's form may
 * be naming it just now: the statement must begin after that one has ended. An earlier one would not see the new name, and the
 * database would refuse it.
 */
export async function removeUnnamed(trx: Transaction, digest: string): Promise<void> {
  await lockHandedIn(trx)
  await remove(trx, digest, unnamed(trx).whereNotNull('brought_by'))
}

/** Removes a bundle if it is among those selected, and gives up its archive. */
async function remove(trx: Transaction, digest: string, among: Knex.QueryBuilder): Promise<boolean> {
  const row: { archive: string } | undefined = await trx('bundles').where({ digest }).first('archive')
  if (row === undefined || (await among.where({ digest }).delete()) === 0) return false
  await leaveArchive(trx, row.archive)
  return true
}

function idle(db: Database, milliseconds: number) {
  return unnamed(db).where('used', '<', nowPlus(db, -milliseconds))
}

/** Selects bundles that no stored run, no user's answer, no course's commit and no image's static files name. */
function unnamed(db: Database) {
  const named = db('definitions').whereRaw("definitions.content like '%' || bundles.digest || '%'")
  const answered = db('answers').whereRaw('answers.digest = bundles.digest').select('answers.digest')
  // Answers first: most bundles that no hub renews are named by one, and a look through the definitions reads all of these.
  const brought = db('brought').whereRaw("brought.bundles like '%' || bundles.digest || '%'").select('brought.course')
  const copied = db('static_files').whereRaw('static_files.digest = bundles.digest').select('static_files.image')
  return db('bundles')
    .whereNotExists(answered)
    .whereNotExists(copied)
    .whereNotExists(brought)
    .whereNotExists(named.select('definitions.digest'))
}

function digestsOf(rows: { digest: string }[]): string[] {
  return rows.map(({ digest }) => digest)
}
