/** Which notebooks a bundle with all files of a commit has. The index tells it of the commit that counts, and servers start with earlier ones too. */
import type { Transaction } from '../dialect.ts'

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
