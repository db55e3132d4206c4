/** The cells of md:myst: fences `{code-cell}` and `{raw-cell}` at the top, and texts between them and lines `+++`. */
import { readBlocks } from '../commonmark/blocks.ts'
import type { Cell } from '../notebook.ts'
import { splitLines, withoutBlankEnds } from './lines.ts'

const directives = { '{code-cell}': 'code', '{raw-cell}': 'raw' } as const

export function readMyst(lines: readonly string[], start: number, limit: number): Cell[] {
  const cells: Cell[] = []
  let textStart = start
  let textOptions: string | undefined
  const endText = (end: number) => {
    const source = withoutBlankEnds(lines.slice(textStart, end).join('\n'))
    if (source !== '') add({ kind: 'markdown', source, options: textOptions })
    textOptions = undefined
  }
  // What is beyond the limit is not kept; one more cell than allowed says so.
  const add = (cell: Cell) => cells.length <= limit && cells.push(cell)
  readBlocks(`${lines.join('\n')}\n`, start, {
    onFence(begin, end, info, content) {
      for (const [directive, kind] of Object.entries(directives)) {
        if (!info.startsWith(directive)) continue
        endText(begin)
        add({ kind, ...directiveOf(info.slice(directive.length), content) })
        textStart = end
      }
    },
    onBreak(line, content) {
      endText(line)
      textOptions = content === '' ? undefined : content
      textStart = line + 1
    },
  })
  endText(lines.length)
  return cells
}

/** Takes the options of a cell from the top of its fence: lines that begin with `:`, or a block between lines `---`. */
function directiveOf(info: string, content: string): { source: string; options: string } {
  const lines = splitLines(content.replaceAll('\0', '\ufffd'))
  const count = optionLines(lines, content)
  const body = lines.slice(count)
  // Behind options, Jupytext drops one blank line at the end.
  const hasOptions = content.startsWith('---') || content.trimStart().startsWith(':')
  if (hasOptions && body.at(-1) === '') body.pop()
  if (body[0]?.trim() === '') body.shift()
  return { source: body.join('\n'), options: [info, ...lines.slice(0, count)].join('\n') }
}

function optionLines(lines: readonly string[], content: string): number {
  if (content.startsWith('---')) {
    const end = lines.findIndex((line, at) => at > 0 && line.startsWith('---'))
    return end < 0 ? lines.length : end + 1
  }
  const count = lines.findIndex((line) => !line.trimStart().startsWith(':'))
  return count < 0 ? lines.length : count
}
