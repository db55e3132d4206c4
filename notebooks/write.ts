import { writeIpynb } from './ipynb/write.ts'
import { writeText } from './jupytext/write.ts'
import type { Notebook } from './notebook.ts'

/**
 * Returns the bytes of a notebook in its format, such that Jupyter and Jupytext read the same cells. What a text format has
 * no words for, such as a line `# %%` in a cell of py:percent, it has none for here either: then other cells are read.
 */
export function writeNotebook(notebook: Notebook): Uint8Array {
  return Buffer.from(notebook.format === 'ipynb' ? writeIpynb(notebook) : writeText(notebook))
}
