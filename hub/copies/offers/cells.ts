/** The cells of a notebook as a page shows them: as text, and no more of it than a page can take. */
import type { CellKind } from '../../../notebooks/notebook.ts'
import { readNotebook } from '../../../notebooks/read.ts'

export interface ShownCell {
  kind: CellKind
  source: string
}

/** What is shown of a notebook, or why it cannot be shown, in words that follow on “because”. */
export type ShownCells = { cells: ShownCell[] } | { problem: string }

/** The most cells, the most characters of one, and the most bytes of all as JSON. */
const most = { cells: 2000, source: 20_000, bytes: 2 ** 20 }

export function cellsShown(path: string, bytes: Uint8Array): ShownCells {
  const notebook = readNotebook(path, bytes)
  if ('problem' in notebook) return notebook
  const shorten = shortener(most)
  return { cells: notebook.cells.slice(0, most.cells).map(({ kind, source }) => ({ kind, source: shorten(source) })) }
}

/** Returns a function that cuts texts, each and all together. What it has cut ends with an ellipsis. */
export function shortener({ source, bytes }: { source: number; bytes: number }): (text: string) => string {
  let left = bytes
  return (text) => {
    const shown = text.slice(0, Math.min(source, left))
    left = Math.max(0, left - Buffer.byteLength(JSON.stringify(shown)))
    return shown.length < text.length ? `${shown}…` : shown
  }
}
