/** Merges a learner's notebook with the course's new one: both began as the same older notebook. */
import { cellKey } from '../changed.ts'
import type { Cell, Notebook } from '../notebook.ts'
import { type Match, matchCells } from './match.ts'
import { type Node, orderedNodes } from './order.ts'

/** What became of a cell, for a page that shows it. Cells that are as they were are not told. */
export interface CellChange {
  readonly what: 'added' | 'removed' | 'changed' | 'moved' | 'conflict'
  /** Who did it: the person whose copy it is, the course, or both. */
  readonly by: 'mine' | 'theirs' | 'both'
  readonly before?: Cell | undefined
  readonly mine?: Cell | undefined
  readonly theirs?: Cell | undefined
}

export interface Merged {
  readonly notebook: Notebook
  readonly changes: readonly CellChange[]
}

/** The words in front of a cell that was kept although the other side wants it otherwise. */
export const conflictWords = {
  both: '**You and the course have both changed this cell.** Yours comes first, and the one of the course below it. Keep what you need, and delete the rest.',
  removedByCourse: '**The course has removed this cell, which you have changed.** Yours is kept.',
  removedByYou: '**The course has changed this cell, which you have removed.** The one of the course is below.',
} as const

/**
 * Returns `mine` with what `theirs` has changed since `base`. Where both have changed one cell, both are kept, with words in
 * a cell above. Unchanged cells keep their outputs of `mine`. The header is the course's if the course has changed it and the
 * person has not.
 */
export function mergeNotebooks(base: Notebook, mine: Notebook, theirs: Notebook): Merged {
  const [old, my, their] = [cellsIn(base), cellsIn(mine), cellsIn(theirs)]
  const [toMine, toTheirs] = [matchCells(old, my), matchCells(old, their)]
  const around = isHeaderOf(theirs, base) || !isFrontMatterOf(mine, base) ? mine : theirs
  const cells: Cell[] = around.cells.filter(({ isFrontMatter }) => isFrontMatter === true)
  const changes: CellChange[] = []
  for (const node of orderedNodes(toMine, toTheirs, (one, other) => isSame(my[one], their[other]))) {
    const sides = { before: at(old, node.old), mine: at(my, node.mine), theirs: at(their, node.theirs) }
    const own = (cell: Cell, from: Notebook): Cell =>
      from.format === around.format ? cell : { ...cell, options: undefined }
    const of = { mine: (cell: Cell) => own(cell, mine), theirs: (cell: Cell) => own(cell, theirs) }
    const { kept, change } = decided(sides, of)
    cells.push(...kept)
    if (change !== undefined) changes.push({ ...change, ...sides })
    else {
      const by = movedBy(node, toMine, toTheirs)
      if (by !== undefined && kept.length > 0) changes.push({ what: 'moved', by, ...sides })
    }
  }
  return { notebook: { ...around, cells }, changes }
}

interface Sides {
  before: Cell | undefined
  mine: Cell | undefined
  theirs: Cell | undefined
}

interface Decision {
  kept: Cell[]
  change?: Pick<CellChange, 'what' | 'by'>
}

type OfSide = Record<'mine' | 'theirs', (cell: Cell) => Cell>

function decided({ before, mine, theirs }: Sides, of: OfSide): Decision {
  if (before === undefined) {
    if (mine !== undefined) return { kept: [of.mine(mine)], change: { what: 'added', by: theirs ? 'both' : 'mine' } }
    return { kept: theirs ? [of.theirs(theirs)] : [], change: { what: 'added', by: 'theirs' } }
  }
  if (mine === undefined && theirs === undefined) return { kept: [], change: { what: 'removed', by: 'both' } }
  if (mine === undefined) {
    if (theirs === undefined || isSame(theirs, before)) return { kept: [], change: { what: 'removed', by: 'mine' } }
    return { kept: [words('removedByYou'), of.theirs(theirs)], change: { what: 'conflict', by: 'both' } }
  }
  if (theirs === undefined) {
    if (isSame(mine, before)) return { kept: [], change: { what: 'removed', by: 'theirs' } }
    return { kept: [words('removedByCourse'), of.mine(mine)], change: { what: 'conflict', by: 'both' } }
  }
  if (isSame(theirs, before)) {
    const isMine = !isSame(mine, before)
    return { kept: [of.mine(mine)], ...(isMine ? { change: { what: 'changed', by: 'mine' } } : {}) }
  }
  if (isSame(mine, before)) return { kept: [of.theirs(theirs)], change: { what: 'changed', by: 'theirs' } }
  if (isSame(mine, theirs)) return { kept: [of.mine(mine)], change: { what: 'changed', by: 'both' } }
  return { kept: [words('both'), of.mine(mine), of.theirs(theirs)], change: { what: 'conflict', by: 'both' } }
}

function isSame(one: Cell | undefined, other: Cell | undefined): boolean {
  return one !== undefined && other !== undefined && cellKey(one) === cellKey(other)
}

function words(what: keyof typeof conflictWords): Cell {
  return { kind: 'markdown', source: conflictWords[what] }
}

function at(cells: readonly Cell[], index: number | undefined): Cell | undefined {
  return index === undefined ? undefined : cells[index]
}

function cellsIn({ cells }: Notebook): Cell[] {
  return cells.filter(({ isFrontMatter }) => isFrontMatter !== true)
}

function movedBy({ old }: Node, toMine: Match, toTheirs: Match): CellChange['by'] | undefined {
  if (old === undefined) return undefined
  const [isMine, isTheirs] = [toMine.moved.has(old), toTheirs.moved.has(old)]
  if (isMine && isTheirs) return 'both'
  return isMine ? 'mine' : isTheirs ? 'theirs' : undefined
}

/** Tells whether the course's notebook says around its cells what an older one said. */
function isHeaderOf(one: Notebook, other: Notebook): boolean {
  const around = ({ format, header, json }: Notebook) => JSON.stringify([format, header, json])
  return around(one) === around(other)
}

/** Tells whether a person has changed the cell that is the header's own text. Programs write the rest of it anew. */
function isFrontMatterOf(one: Notebook, other: Notebook): boolean {
  const own = ({ cells }: Notebook) => JSON.stringify(cells.filter(({ isFrontMatter }) => isFrontMatter).map(cellKey))
  return own(one) === own(other)
}
