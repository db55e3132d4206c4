/** Notebooks of courses as pages to read, each with what it was made of. */
import type { Knex } from 'knex'
import { type Database, now, nowPlus, type Transaction } from '../dialect.ts'
import { prepared } from '../prepared.ts'

export interface PreviewKey {
  /** The id of the course. */
  course: string
  path: string
}

/** What a page was made of. Another one is made where one of these is not what it is now. */
export interface PreviewSource {
  /** Of the notebook's content. */
  digest: string
  /** Of the renderer. */
  version: string
  /** The pictures of the repository that the notebook names, with the hash of each; null for one that was not there. */
  pictures: readonly (readonly [path: string, blob: string | null])[]
}

export interface Preview extends PreviewKey, PreviewSource {
  /** The document, packed by gzip. Undefined where none can be made of the notebook. */
  html: Buffer | undefined
}

interface Row extends PreviewKey {
  digest: string
  version: string
  pictures: string
  html: Uint8Array | null
}

/** For how long it counts that no page could be made of a notebook. The machine may just have been busy. */
const emptyMilliseconds = 24 * 3600_000

function countingAt(db: Database, course: string, path: string): Knex.QueryBuilder {
  const after = nowPlus(db, -emptyMilliseconds)
  return db('previews')
    .where({ course, path })
    .where((row) => row.where('size', '>', 0).orWhere('made', '>', after))
}

const previewAt = prepared<[course: string, path: string], Row | undefined>((db, course, path) =>
  countingAt(db, course, path).first('course', 'path', 'digest', 'version', 'pictures', 'html'),
)

export async function findPreview(db: Database, { course, path }: PreviewKey): Promise<Preview | undefined> {
  const row = await previewAt(db, course, path)
  return (
    row && { ...row, pictures: JSON.parse(row.pictures), html: row.html === null ? undefined : Buffer.from(row.html) }
  )
}

type SourceRow = Omit<Row, 'html'> & { size: number }

const sourceAt = prepared<[course: string, path: string], SourceRow | undefined>((db, course, path) =>
  countingAt(db, course, path).first('course', 'path', 'digest', 'version', 'pictures', 'size'),
)

/** Returns of what a page was made, and whether there is one, without the page. */
export async function findPreviewSource(
  db: Database,
  { course, path }: PreviewKey,
): Promise<(PreviewSource & { isThere: boolean }) | undefined> {
  const row = await sourceAt(db, course, path)
  if (row === undefined) return undefined
  return { digest: row.digest, version: row.version, pictures: JSON.parse(row.pictures), isThere: row.size > 0 }
}

/** The most bytes of all pages of a course. What is beyond is not kept. */
const mostBytes = 200 * 2 ** 20

/**
 * Keeps a page in the place of the one before it. Returns whether the course had room for it, which tests have less of; else it
 * counts as one that cannot be made, so that it is not made for each reader.
 */
export async function putPreview(
  db: Database,
  { pictures, html, ...preview }: Preview,
  most = mostBytes,
): Promise<boolean> {
  return db.transaction(async (trx) => {
    const { course, path } = preview
    await trx('previews').where({ course, path }).delete()
    const [sum] = await trx('previews').where({ course }).sum({ bytes: 'size' })
    const isKept = Number(sum?.bytes ?? 0) + (html?.length ?? 0) <= most
    const kept = isKept && html !== undefined ? { html, size: html.length } : { html: null, size: 0 }
    const row = { ...preview, ...kept, pictures: JSON.stringify(pictures), made: now(trx) }
    await trx('previews').insert(row).onConflict(['course', 'path']).merge()
    return isKept
  })
}

/** Removes pages of notebooks that no index has any more. */
export async function forgetPreviews(db: Database): Promise<void> {
  await db('previews')
    .whereNotExists(
      db('notebooks')
        .whereRaw('notebooks.course = previews.course and notebooks.path = previews.path')
        .select(db.raw('1')),
    )
    .delete()
}

export async function removePreviewsOf(trx: Transaction, course: string): Promise<void> {
  await trx('previews').where({ course }).delete()
}
