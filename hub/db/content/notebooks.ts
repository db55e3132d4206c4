/** The index of the notebooks of each course, of the commit that counts. */
import { type Database, isOneOf, storable, type Transaction } from '../dialect.ts'
import { prepared } from '../prepared.ts'

export interface IndexedNotebook {
  /** In the repository. */
  path: string
  /** The hash of its content in git. */
  blob: string
  /** The digest of its content in the table of blobs. */
  digest: string
  bytes: number
  title: string
  version: string
  kernel: string | undefined
  format: string
}

interface Row extends Omit<IndexedNotebook, 'kernel'> {
  kernel: string | null
}

/** Returns the index of a course, in the order of paths. */
export async function listNotebooks(db: Database, course: string): Promise<IndexedNotebook[]> {
  const rows: Row[] = await db('notebooks')
    .where({ course })
    .select('path', 'blob', 'digest', 'bytes', 'title', 'version', 'kernel', 'format')
  return rows.map(toNotebook).sort((a, b) => (a.path < b.path ? -1 : 1))
}

const notebookAt = prepared<[course: string, path: string], Row | undefined>((db, course, path) =>
  db('notebooks').where({ course, path }).first(),
)

export async function findNotebook(db: Database, course: string, path: string): Promise<IndexedNotebook | undefined> {
  const row = await notebookAt(db, course, path)
  return row && toNotebook(row)
}

/** Returns which of these paths are of notebooks of a course. */
export async function notebooksAmong(db: Database, course: string, paths: readonly string[]): Promise<string[]> {
  const rows: Pick<Row, 'path'>[] = await db('notebooks')
    .where({ course })
    .where(isOneOf(db, 'path', JSON.stringify(paths)))
    .select('path')
  return rows.map(({ path }) => path)
}

const batch = 200

/** Makes this the index of a course. Rows that stay the same are not written. */
export async function putNotebooks(
  trx: Transaction,
  course: string,
  notebooks: readonly IndexedNotebook[],
): Promise<void> {
  const before = new Map((await listNotebooks(trx, course)).map((one) => [one.path, JSON.stringify(one)]))
  const changed = notebooks.filter((one) => before.get(one.path) !== JSON.stringify(inOrder(one)))
  const now = new Set(notebooks.map(({ path }) => path))
  const gone = [...before.keys()].filter((path) => !now.has(path))
  const leaving = [...gone, ...changed.flatMap(({ path }) => (before.has(path) ? [path] : []))]
  if (leaving.length > 0)
    await trx('notebooks')
      .where({ course })
      .where(isOneOf(trx, 'path', JSON.stringify(leaving)))
      .delete()
  for (let i = 0; i < changed.length; i += batch) {
    await trx('notebooks').insert(changed.slice(i, i + batch).map((one) => ({ course, ...storableOf(one) })))
  }
}

export async function removeNotebooksOf(trx: Transaction, course: string): Promise<void> {
  await trx('notebooks').where({ course }).delete()
}

function storableOf({ title, version, kernel, ...others }: IndexedNotebook): Row {
  return {
    ...others,
    title: storable(title, 300),
    version: storable(version, 300),
    kernel: kernel === undefined ? null : storable(kernel, 300),
  }
}

function toNotebook(row: Row): IndexedNotebook {
  const { path, blob, digest, bytes, title, version, kernel, format } = row
  return { path, blob, digest, bytes, title, version, kernel: kernel ?? undefined, format }
}

function inOrder({ path, blob, digest, bytes, title, version, kernel, format }: IndexedNotebook): IndexedNotebook {
  return { path, blob, digest, bytes, title, version, kernel, format }
}
