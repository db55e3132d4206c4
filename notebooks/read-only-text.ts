import type { Cell, Notebook } from './notebook.ts'

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
