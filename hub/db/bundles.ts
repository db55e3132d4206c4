import { type Database, isOneOf, now, nowPlus } from './dialect.ts'

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

/** Writes a bundle with its archive, or renews the one that is there. */
export async function putBundle(db: Database, { digest, bytes, files, hasLinks }: Bundle, archive: Buffer) {
  await db('bundles')
    .insert({ digest, bytes, files, has_links: hasLinks, content: archive, created: now(db), used: now(db) })
    .onConflict('digest')
    .merge(['used'])
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

export async function findBundle(db: Database, digest: string): Promise<Bundle | undefined> {
  const row: BundleRow | undefined = await db('bundles')
    .where({ digest })
    .first('digest', 'bytes', 'files', 'has_links')
  return row && { digest, bytes: row.bytes, files: row.files, hasLinks: Boolean(row.has_links) }
}

/** Returns the archive of a bundle. */
export async function contentOf(db: Database, digest: string): Promise<Buffer | undefined> {
  const row: { content: Uint8Array } | undefined = await db('bundles').where({ digest }).first('content')
  return row && Buffer.from(row.content)
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
  return (await idle(db, milliseconds).where({ digest }).delete()) > 0
}

/** Selects bundles that no hub has renewed for so long, and that no stored run names. */
function idle(db: Database, milliseconds: number) {
  const named = db('definitions').whereRaw("definitions.content like '%' || bundles.digest || '%'")
  return db('bundles').where('used', '<', nowPlus(db, -milliseconds)).whereNotExists(named.select('definitions.digest'))
}

interface BundleRow {
  digest: string
  bytes: number
  files: number
  has_links: boolean | number
}

function digestsOf(rows: { digest: string }[]): string[] {
  return rows.map(({ digest }) => digest)
}
