import { createHash } from 'node:crypto'
import type { Cell, Notebook } from '../notebook.ts'
import type { JsonObject } from './parse.ts'

/** Returns the text of an ipynb as Jupyter lays it out, with all that the file had that we do not understand. */
export function writeIpynb({ cells, json = {} }: Notebook): string {
  const hasIds = json.nbformat_minor === undefined || Number(json.nbformat_minor) >= 5
  const used = new Set<unknown>()
  const list = cells.map((cell, at) => {
    const { id, ...rest } = jsonOf(cell)
    if (!hasIds) return rest
    const own = typeof id === 'string' && !used.has(id) ? id : newId(cell, at, used)
    used.add(own)
    return { id: own, ...rest }
  })
  return `${JSON.stringify({ cells: list, metadata: {}, nbformat: 4, nbformat_minor: 5, ...json }, undefined, 1)}\n`
}

function jsonOf(cell: Cell): JsonObject {
  const code = cell.kind === 'code' ? { execution_count: null, outputs: [] } : {}
  const attachments = cell.attachments === undefined ? {} : { attachments: cell.attachments }
  const known = cell.json ?? { cell_type: cell.kind, metadata: {}, ...code, ...attachments }
  return { ...known, source: cell.source }
}

/** Returns an id that no cell has, the same one each time that the same notebook is written. */
function newId(cell: Cell, at: number, used: ReadonlySet<unknown>): string {
  for (let more = 0; ; more += 1) {
    const id = createHash('sha256').update(`${at} ${more} ${cell.source}`).digest('hex').slice(0, 8)
    if (!used.has(id)) return id
  }
}
