import type { Cell, Notebook } from './notebook.ts'
import { readNotebook } from './read.ts'
import { writeNotebook } from './write.ts'

/** Returns an ipynb whose text cells cannot be edited in Jupyter; a text notebook as it is, since it has no words for it. */
export function withReadOnlyText(notebook: Notebook): Notebook {
  if (notebook.format !== 'ipynb') return notebook
  return { ...notebook, cells: notebook.cells.map((cell) => (cell.kind === 'markdown' ? readOnly(cell) : cell)) }
}

function readOnly(cell: Cell): Cell {
  const json = cell.json ?? { cell_type: cell.kind, source: cell.source }
  const metadata = typeof json.metadata === 'object' && json.metadata !== null ? json.metadata : {}
  return { ...cell, json: { ...json, metadata: { ...metadata, editable: false } } }
}

/** Returns the bytes of such a notebook; those that were given of any other file, and of one that cannot be read. */
export function withReadOnlyTextIn(path: string, bytes: Uint8Array): Uint8Array {
  if (!path.endsWith('.ipynb')) return bytes
  const notebook = readNotebook(path, bytes)
  return 'problem' in notebook ? bytes : writeNotebook(withReadOnlyText(notebook))
}
