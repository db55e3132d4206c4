import type { KnownCopy } from '../db/content/copies.ts'
import type { IndexedNotebook } from '../db/content/notebooks.ts'

/**
 * How a learner's copy stands to its course. `mine`: nothing newer is known. `behind`: the course has another notebook, which the copy
 * becomes at its next opening. `changed`: the course has another one, and the last comparison has found the learner's own work in the copy.
 */
export type CopyState = 'mine' | 'behind' | 'changed'

/** Tells how a copy stands, from what is known of it. Reads no file. Undefined where there is no copy. */
export function copyStateOf(
  copy: Pick<KnownCopy, 'digest' | 'changed'> | undefined,
  notebook: Pick<IndexedNotebook, 'digest'> | undefined,
): CopyState | undefined {
  if (copy === undefined) return undefined
  if (notebook === undefined || notebook.digest === copy.digest) return 'mine'
  return copy.changed === notebook.digest ? 'changed' : 'behind'
}
