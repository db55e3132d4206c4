import { isChanged } from '../../notebooks/changed.ts'
import { readNotebook } from '../../notebooks/read.ts'

/** Bytes of a notebook twice: of what a copy was made, and the learner's. */
export interface TwoNotebooks {
  path: string
  base: Uint8Array
  mine: Uint8Array
}

/** Tells whether a learner has changed a copy. One that cannot be read counts as changed, so that no one replaces it unasked. */
export function isChangedCopy({ path, base, mine }: TwoNotebooks): boolean {
  const [before, after] = [readNotebook(path, base), readNotebook(path, mine)]
  if ('problem' in before || 'problem' in after) return !Buffer.from(mine).equals(base)
  return isChanged(before, after)
}
