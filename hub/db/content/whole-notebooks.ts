/** Which notebooks a bundle with all files of a commit has. The index tells it of the commit that counts, and servers start with earlier ones too. */
import type { Database, Transaction } from '../dialect.ts'

const batch = 200

/** Writes the notebooks of a bundle, which is there. They go with it, and their contents stay as long as they do. */
export async function putWholeNotebooks(
  trx: Transaction,
  bundle: string,
  notebooks: readonly { path: string; digest: string }[],
): Promise<void> {
  for (let i = 0; i < notebooks.length; i += batch) {
    const rows = notebooks.slice(i, i + batch).map(({ path, digest }) => ({ bundle, path, digest }))
    await trx('whole_notebooks').insert(rows).onConflict(['bundle', 'path']).ignore()
  }
}

/** Returns the digest of the notebook that a bundle has at a path. */
export async function wholeNotebookAt(db: Database, bundle: string, path: string): Promise<string | undefined> {
  const row: { digest: string } | undefined = await db('whole_notebooks').where({ bundle, path }).first('digest')
  return row?.digest
}
