/** What a notebook is to us, whatever its format. Nothing here knows how a format is written. */

/** The formats that we read and write: those of Jupyter, and of Jupytext's the four that courses use. */
export type NotebookFormat = 'ipynb' | 'md:myst' | 'md:markdown' | 'py:percent' | 'py:light'

export type CellKind = 'code' | 'markdown' | 'raw'

export interface Cell {
  readonly kind: CellKind
  /** The text as Jupyter shows it, its lines ended by `\n`. */
  readonly source: string
  /** The pictures that were dropped into a text cell, by name; ipynb only. */
  readonly attachments?: Readonly<Record<string, unknown>> | undefined
  /** The cell of an ipynb as it stands in the file, with outputs, metadata and all that we do not understand. */
  readonly json?: Readonly<Record<string, unknown>> | undefined
  /** What a text format says of the cell, such as its tags, as it is written in the file. */
  readonly options?: string | undefined
  /** Whether the cell is what else stands in the header of a text: a raw cell, which the header has already. */
  readonly isFrontMatter?: boolean
}

export interface Notebook {
  readonly format: NotebookFormat
  readonly cells: readonly Cell[]
  /** Of an ipynb, the file without its cells. */
  readonly json?: Readonly<Record<string, unknown>> | undefined
  /** Of a text format, the lines in front of the first cell, with the marks around them. */
  readonly header?: readonly string[] | undefined
}

/** A file that cannot be read as a notebook: why, in words for the person who has it. */
export interface UnreadableNotebook {
  readonly problem: string
}

/** How large a notebook may be. Larger ones are said to be unreadable, before anything is done that could take long. */
export const notebookLimits = {
  bytes: 32 * 1024 * 1024,
  cells: 10_000,
  /** Objects and lists in one another. */
  nesting: 200,
  /** The longest line of a text format. The lines of an ipynb have no limit of their own. */
  lineLength: 1024 * 1024,
}
