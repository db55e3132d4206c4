/** Compares a learner's copy with what it was made of and with the course's newer notebook, and merges them. */
import { cellKey, isChanged } from '../../../notebooks/changed.ts'
import { type CellChange, mergeNotebooks } from '../../../notebooks/merge/merge.ts'
import type { Cell, CellKind, Notebook } from '../../../notebooks/notebook.ts'
import { readNotebook } from '../../../notebooks/read.ts'
import { writeNotebook } from '../../../notebooks/write.ts'
import { shortener } from './cells.ts'

/** Bytes of one notebook three times: of what the copy was made, the learner's, and the course's now. */
export interface ThreeNotebooks {
  path: string
  base: Uint8Array
  mine: Uint8Array
  theirs: Uint8Array
}

/** A cell that is not as it was, as a page shows it. Null is a side on which it is not there. */
export interface ShownChange extends Pick<CellChange, 'what' | 'by'> {
  kind: CellKind | null
  before: string | null
  mine: string | null
  theirs: string | null
}

export interface Comparison {
  /** Whether a person has changed the copy. */
  changed: boolean
  conflicts: number
  /** Why they cannot be merged; null where they can. */
  problem: Unmergeable | null
  changes: ShownChange[]
  /** How many more changes there are than are shown. */
  left: number
}

/** Which of three notebooks cannot be read and why, or that the merged one cannot be written. */
export type Unmergeable = { unread: Side; why: string } | 'unwritten'

export type MergedBytes = { bytes: Uint8Array } | { problem: Unmergeable }

const most = { changes: 500, source: 10_000, bytes: 2 ** 20 }

export function compareNotebooks(three: ThreeNotebooks): Comparison {
  const { changed, problem, changes } = merging(three)
  const shorten = shortener(most)
  const shown = (cell: Cell | undefined) => (cell === undefined ? null : shorten(cell.source))
  return {
    changed,
    problem: problem ?? null,
    conflicts: changes.filter(({ what }) => what === 'conflict').length,
    changes: changes.slice(0, most.changes).map(({ what, by, before, mine, theirs }) => ({
      what,
      by,
      kind: (mine ?? theirs ?? before)?.kind ?? null,
      before: shown(before),
      mine: shown(mine),
      theirs: shown(theirs),
    })),
    left: Math.max(0, changes.length - most.changes),
  }
}

/** Returns the bytes of the copy with what the course has changed; or why that cannot be done. */
export function mergedNotebook(three: ThreeNotebooks): MergedBytes {
  const { problem, bytes } = merging(three)
  return bytes === undefined ? { problem: problem ?? 'unwritten' } : { bytes }
}

interface Merging {
  changed: boolean
  changes: readonly CellChange[]
  problem?: Unmergeable
  bytes?: Uint8Array
}

function merging({ path, ...bytes }: ThreeNotebooks): Merging {
  const isSame = Buffer.from(bytes.mine).equals(bytes.base)
  const read: Partial<Record<Side, Notebook>> = {}
  for (const side of sides) {
    const notebook = readNotebook(path, bytes[side])
    if ('problem' in notebook)
      return { changed: !isSame, changes: [], problem: { unread: side, why: notebook.problem } }
    read[side] = notebook
  }
  const { base, mine, theirs } = read
  if (base === undefined || mine === undefined || theirs === undefined) throw new Error('a side was not read')
  const changed = !isSame && isChanged(base, mine)
  const { notebook, changes: all } = mergeNotebooks(base, mine, theirs)
  // A cell with nothing in it, such as JupyterLab adds behind the last that is run, is nothing to read.
  const changes = all.filter((change) => sides.some((side) => hasText(change[side === 'base' ? 'before' : side])))
  const written = writeNotebook(notebook)
  const again = readNotebook(path, written)
  // A text format has no words for some cells.
  if ('problem' in again || isChanged(notebook, again)) return { changed, changes, problem: 'unwritten' }
  return { changed, changes, bytes: written }
}

function hasText(cell: Cell | undefined): boolean {
  return cell !== undefined && cellKey(cell) !== undefined
}

const sides = ['mine', 'theirs', 'base'] as const
type Side = (typeof sides)[number]
