import type { Cell, CellKind, Notebook, UnreadableNotebook } from '../notebook.ts'
import { ipynbOf, isObject, type JsonObject } from './parse.ts'

const kinds: readonly string[] = ['code', 'markdown', 'raw'] satisfies CellKind[]

/** Reads the text of an ipynb 4. */
export function readIpynb(text: string, limit: number): Notebook | UnreadableNotebook {
  const read = ipynbOf(text)
  if ('problem' in read) return read
  const { cells: list, ...json } = read.file
  if (json.nbformat !== 4) {
    return { problem: 'it is in an old or unknown version of the format; open it in Jupyter and save it' }
  }
  if (!Array.isArray(list)) return { problem: 'it has no list of cells' }
  const cells: Cell[] = []
  for (const value of list.slice(0, limit + 1)) {
    const cell = cellOf(value)
    if (cell === undefined) return { problem: `its cell ${cells.length + 1} is none that Jupyter knows` }
    cells.push(cell)
  }
  return { format: 'ipynb', cells, json }
}

function cellOf(value: unknown): Cell | undefined {
  if (!isObject(value) || typeof value.cell_type !== 'string' || !kinds.includes(value.cell_type)) return undefined
  const source = sourceOf(value.source)
  if (source === undefined) return undefined
  const { attachments } = value
  const has = isObject(attachments) && Object.keys(attachments).length > 0
  return { kind: value.cell_type as CellKind, source, attachments: has ? attachments : undefined, json: value }
}

/** Returns a text that may be written as a list of its lines. */
function sourceOf(value: JsonObject[string]): string | undefined {
  if (typeof value === 'string') return value
  if (value === undefined) return ''
  return Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('') : undefined
}
