import { isObject } from './ipynb/parse.ts'
import { withoutBlankEnds } from './jupytext/lines.ts'
import type { Cell, Notebook } from './notebook.ts'

/**
 * Tells whether a person has changed a notebook that began as another: whether cells' sources, kinds, order or attachments
 * differ. Outputs, ids, metadata and the header are not looked at, since programs write them anew at each save; nor are
 * blank ends of cells and cells with nothing in them, such as the one that JupyterLab adds behind the last that was run.
 */
export function isChanged(base: Notebook, mine: Notebook): boolean {
  const before = keysOf(base)
  const after = keysOf(mine)
  return before.length !== after.length || before.some((key, at) => key !== after[at])
}

/** Returns a text that is equal for cells that are equal to a person; undefined if nothing is in the cell. */
export function cellKey(cell: Cell): string | undefined {
  const source = withoutBlankEnds(cell.source.replaceAll(/\r\n?/g, '\n'))
  if (source === '' && cell.attachments === undefined) return undefined
  return JSON.stringify([cell.kind, source, sorted(cell.attachments ?? null)])
}

function keysOf({ cells }: Notebook): string[] {
  return cells.flatMap((cell) => cellKey(cell) ?? [])
}

/** Returns a value of JSON with the keys of its objects in order; how deep it is was looked at when it was read. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)])
}
