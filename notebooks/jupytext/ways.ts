/** How a cell may be written in each text format, the plainest way first. A way need not be read as the same cell. */
import type { Cell } from '../notebook.ts'
import { magicOf } from './found-cell.ts'
import { commented } from './lines.ts'
import { withoutCodeStarts, withoutMagics } from './magics.ts'
import { fencedOptions, isActive } from './options.ts'
import { type ScriptOptions, scriptOptions } from './script.ts'
import type { Writing } from './text-notebook.ts'

export interface Written {
  lines: string[]
  /** Whether nothing in the lines says that they are a cell: a text of Markdown. */
  isPlain: boolean
  /** The line that ends it, which the last cell of a file may go without. */
  end?: string
}

const scriptKinds = { code: '', markdown: ' [markdown]', raw: ' [raw]' } as const

export function percentWays(cell: Cell, writing: Writing): Written[] {
  return optionsOf(cell, scriptKinds[cell.kind]).flatMap((options) => {
    const mark = `# %%${options}`
    return bodiesOf(cell, scriptOptions(options), writing).map((body) => marked([mark, ...body]))
  })
}

export function lightWays(cell: Cell, writing: Writing): Written[] {
  const none = scriptOptions('')
  const plain: Written[] = []
  if (cell.options === undefined && cell.kind !== 'raw') {
    const lines = linesOfSource(cell)
    const body =
      cell.kind === 'code'
        ? bodiesOf(cell, none, writing)[0]
        : escaped(
            lines.map((line) => commented(line)),
            writing,
          )
    if (body?.every((line) => line !== '') === true && !/^\s/.test(body[0] ?? ' ')) plain.push(marked(body))
  }
  const explicit = optionsOf(cell, scriptKinds[cell.kind]).flatMap((options) =>
    bodiesOf(cell, scriptOptions(options), writing).map((body) => {
      const { start, end, more } = lightMarks(body, writing)
      const rest = options.replace(/ ?endofcell="-*"/, '')
      return { ...marked([`# ${start}${rest}${more}`, ...body]), end: `# ${end}` }
    }),
  )
  return [...plain, ...explicit]
}

export function markdownWays(cell: Cell, writing: Writing): Written[] {
  const lines = linesOfSource(cell)
  if (cell.kind === 'code') {
    const main = writing.language ?? 'python'
    return optionsOf(cell, main).flatMap((options) => {
      const { language, metadata } = fencedOptions(options)
      const named = metadata.get('language')
      const its = typeof named === 'string' ? named : language
      const body = withoutMagicLine(lines, { language: its, metadata }, main)
      if (body === undefined) return []
      const text = writing.commentMagics === true ? withoutMagics(body, its) : body
      const ticks = ticksAround(lines)
      return [marked([ticks + options, ...text, ticks])]
    })
  }
  const plain = cell.options === undefined && cell.kind === 'markdown' ? [{ lines: [...lines], isPlain: true }] : []
  const names = cell.kind === 'raw' ? ['raw'] : ['region', 'md', 'markdown']
  const regions = optionsOf(cell, ' ').flatMap((options) =>
    names.map((name) => marked([`<!-- #${name}${options}-->`, ...lines, `<!-- #end${name} -->`])),
  )
  return [...plain, ...regions]
}

export function mystWays(cell: Cell): Written[] {
  const lines = linesOfSource(cell)
  if (cell.kind === 'markdown') {
    return optionsOf(cell, '').map((options) =>
      options === '' ? { lines: [...lines], isPlain: true } : marked([`+++ ${options}`, '', ...lines]),
    )
  }
  const ticks = ticksAround(lines)
  return optionsOf(cell, '').map((options) => {
    const [info = '', ...more] = options.split('\n')
    const first = lines[0] ?? ''
    const isGap = more.at(-1)?.trimStart().startsWith(':') === true || /^(?:---|\s*:|\s*$)/.test(first)
    return marked([`${ticks}{${cell.kind}-cell}${info}`, ...more, ...(isGap ? [''] : []), ...lines, ticks])
  })
}

function marked(lines: readonly string[]): Written {
  return { lines: [...lines], isPlain: false }
}

/** The options that the cell had, and those that every cell of its kind may have. */
function optionsOf({ options }: Cell, fallback: string): string[] {
  return options === undefined || options === fallback ? [fallback] : [options, fallback]
}

function linesOfSource({ source }: Cell): string[] {
  return source === '' ? [] : source.split('\n')
}

/** Returns the lines of a script that may stand for a cell. */
function bodiesOf(cell: Cell, options: ScriptOptions, writing: Writing): string[][] {
  const main = writing.language ?? 'python'
  const lines = withoutMagicLine(linesOfSource(cell), options, main)
  if (lines === undefined) return []
  const isOther = options.language !== undefined && options.language !== main
  const isRaw = cell.kind === 'code' || options.metadata.has('active')
  if (isRaw && isActive('py', options.metadata) && !isOther) {
    const code = writing.commentMagics === false ? lines : withoutMagics(withoutCodeStarts(lines, main), main)
    return [code, withoutCodeStarts(lines, main)]
  }
  const text = lines.map((line) => commented(line))
  if (cell.kind === 'code') return [text]
  return [text, escaped(text, writing), ['"""', ...lines, '"""'], ["'''", ...lines, "'''"]]
}

function escaped(lines: readonly string[], writing: Writing): string[] {
  return writing.commentMagics === false ? [...lines] : withoutMagics(lines, writing.language ?? 'python')
}

/** Takes a magic `%%language` off that the options say; undefined if they say one that is not there. */
function withoutMagicLine(
  lines: readonly string[],
  options: Pick<ScriptOptions, 'metadata'> & { language: string | undefined },
  main: string,
): string[] | undefined {
  const magic = magicOf({ ...options, language: options.language === '' ? undefined : options.language }, main)
  if (magic === undefined) return [...lines]
  return lines[0] === magic ? lines.slice(1) : undefined
}

function lightMarks(body: readonly string[], { marks }: Writing): { start: string; end: string; more: string } {
  if (marks !== undefined) return { ...marks, more: '' }
  let end = '-'
  for (const line of body) {
    const text = line.trimEnd()
    if (/^# -+$/.test(text) && text.length >= end.length + 2) end = `${text.slice(2)}-`
  }
  return { start: '+', end, more: end === '-' ? '' : ` endofcell="${end}"` }
}

/** Returns more backticks than any line of the cell begins with. */
function ticksAround(lines: readonly string[]): string {
  let ticks = 3
  for (const line of lines) ticks = Math.max(ticks, (/^`*/.exec(line)?.[0].length ?? 0) + 1)
  return '`'.repeat(ticks)
}
