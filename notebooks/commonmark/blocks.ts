/** Reads where the blocks of a Markdown text are. */
import { listBlock, quote } from './containers.ts'
import { htmlBlock } from './html.ts'
import { blockBreak, code, comment, fence, heading, paragraph, ruler, target, underlined } from './leaves.ts'
import { reference } from './references.ts'
import {
  type BlockListener,
  type Interrupted,
  indentOf,
  isEmptyLine,
  lineTable,
  type Rule,
  type State,
} from './state.ts'
import { table } from './tables.ts'

/** In the order in which they are tried. */
const rules: Rule[] = [
  ...[table, code, fence, comment, quote, blockBreak, target, ruler],
  ...[listBlock, reference, htmlBlock, heading, underlined, paragraph],
]

const always: Rule[] = [fence, comment, quote, blockBreak, target, ruler]
const interrupting: Record<Interrupted, Rule[]> = {
  paragraph: [table, ...always, listBlock, htmlBlock, heading],
  reference: [table, ...always, listBlock, htmlBlock, heading],
  blockquote: [...always, listBlock, htmlBlock, heading],
  list: always,
}

/** How deep blocks are read; what is deeper is skipped to the end of its container. A list counts twice. */
const mostLevels = 20

/** Tells a listener the fences and breaks at the top of a text whose line ends are `\n`, from a line on. */
export function readBlocks(text: string, start: number, listener: BlockListener): void {
  const state: State = {
    text,
    listener,
    ...lineTable(text),
    blockIndent: 0,
    listIndent: -1,
    line: 0,
    level: 0,
    parent: 'root',
    tokenize: (from, to) => tokenize(state, from, to),
    isInterrupted: (what, line, end) => interrupting[what].some((rule) => rule(state, line, end, true)),
  }
  tokenize(state, start, state.lineMax)
}

function tokenize(state: State, start: number, end: number): void {
  let line = start
  while (line < end) {
    while (line < state.lineMax && isEmptyLine(state, line)) line += 1
    state.line = line
    if (line >= end || indentOf(state, line) < state.blockIndent) return
    if (state.level >= mostLevels) {
      state.line = end
      return
    }
    for (const rule of rules) if (rule(state, line, end, false)) break
    line = state.line
    if (line < end && isEmptyLine(state, line)) {
      line += 1
      state.line = line
    }
  }
}
