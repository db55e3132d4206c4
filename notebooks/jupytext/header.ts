/**
 * The header of a text notebook: YAML between two lines `---`, in comments where the file is a script.
 *
 * All values are texts, as they are written: a version 3.0 is not to become 3. A header is read up to a size, and at a cost that grows
 * with its size only.
 */
import { readYaml } from '../../net/settings/yaml.ts'
import { uncommented } from './lines.ts'

export interface Header {
  /** How many lines of the file it takes, without the blank line after it. A script may begin with `#!` and no more. */
  readonly end: number
  /** Whether there is more than such a line. */
  readonly isThere: boolean
  /** Jupytext's and Jupyter's part; undefined if there is none, `'broken'` if it is no YAML. */
  readonly jupyter: Metadata | 'broken' | undefined
  /** The lines beside the part of Jupyter, of which Jupytext makes a raw cell. Not of md:myst, whose whole header is Jupyter's. */
  readonly others: readonly string[]
}

export type Metadata = { readonly [key: string]: string | Metadata | readonly unknown[] | null }

const fence = /^---\s*$/
const jupyterLine = /^jupyter\s*:\s*$/

/** Reads the header of a script or of md:markdown. One that does not end is none. */
export function readHeader(lines: readonly string[], comment: '' | '#'): Header {
  const before = comment === '' ? 0 : linesBeforeHeader(lines)
  return yamlHeader(lines, before, comment) ?? { end: before, isThere: false, jupyter: undefined, others: [] }
}

function yamlHeader(lines: readonly string[], before: number, comment: '' | '#'): Header | undefined {
  const jupyter: string[] = []
  const others: string[] = []
  let isInside = false
  let isStarted = false
  let isHidden = false
  let isEnded = false
  for (const [at, line] of lines.entries()) {
    if (at < before) continue
    if (!line.startsWith(comment)) return undefined
    if (comment === '' && line.trim().startsWith('<!--')) {
      isHidden = true
      continue
    }
    if (isHidden && isEnded) {
      if (line.includes('-->')) return headerOf(at + 1, jupyter, others)
      continue
    }
    if (isHidden && !isStarted && line.trim() === '') continue
    const text = comment === '' ? line : uncommented(line, comment)
    if (fence.test(text)) {
      if (!isStarted) {
        isStarted = true
        continue
      }
      if (!isHidden) return headerOf(at + 1, jupyter, others)
      isEnded = true
      continue
    }
    if (!isStarted) {
      if (text.trim() !== '') return undefined
      continue
    }
    if (jupyterLine.test(text)) isInside = true
    else if (text !== '' && !/^\s/.test(text)) isInside = false
    ;(isInside ? jupyter : others).push(text)
  }
  return undefined
}

/** Reads the header of md:myst, whose keys are those of the notebook, or stand below `jupyter`. */
export function readMystHeader(lines: readonly string[]): Header | undefined {
  if (!fence.test(lines[0] ?? '')) return undefined
  const end = lines.findIndex((line, at) => at > 0 && /^(?: {0,3}-{3,}|\.\.\.)\s*$/.test(line))
  if (end < 0) return undefined
  const inner = lines.slice(1, end)
  const whole = metadataOf(inner)
  if (whole === 'broken')
    return { end: end + 1, isThere: true, jupyter: inner.some(isOfJupyter) ? whole : undefined, others: [] }
  const jupyter = whole && { ...whole, ...mapOf(whole.jupyter) }
  return { end: end + 1, isThere: true, jupyter, others: [] }
}

/** Returns a value of metadata if it is a map, else an empty one. */
export function mapOf(value: unknown): Metadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Metadata) : {}
}

/** Returns a value of metadata if it is a text with something in it. */
export function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Tells whether a line of a header that is no YAML would have made it that of a notebook. */
function isOfJupyter(line: string): boolean {
  return /^(?:jupytext|kernelspec|jupyter)\s*:/.test(line)
}

function headerOf(end: number, jupyter: readonly string[], others: readonly string[]): Header {
  if (jupyter.length === 0) return { end, isThere: true, jupyter: undefined, others }
  const read = metadataOf(jupyter)
  return {
    end,
    isThere: true,
    jupyter: read === 'broken' || read === undefined ? 'broken' : mapOf(read.jupyter),
    others,
  }
}

/** Counts the lines `#!…` and `# coding: …` at the top of a script, which belong to no cell. */
function linesBeforeHeader(lines: readonly string[]): number {
  const program = lines[0]?.startsWith('#!') === true ? 1 : 0
  const second = isCoding(lines[program]) ? 1 : 0
  return program === 1 || second === 1 || !isCoding(lines[1]) ? program + second : 0
}

function isCoding(line: string | undefined): boolean {
  return line !== undefined && /^[ \t\f]*#/.test(line) && /coding[:=][ \t]*[-_.a-zA-Z0-9]/.test(line.slice(0, 1000))
}

function metadataOf(lines: readonly string[]): Metadata | 'broken' | undefined {
  const { value } = readYaml(lines.join('\n'), { scalars: 'text' })
  if (value === undefined) return 'broken'
  return value === null || value === '' ? undefined : mapOf(value)
}
