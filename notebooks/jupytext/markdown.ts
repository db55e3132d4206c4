/** The cells of md:markdown: fences with the name of a language are code, and two blank lines end a text. */
import type { Cell } from '../notebook.ts'
import { cellsOfFound, type FoundCell } from './found-cell.ts'
import { isFenceLanguage } from './languages.ts'
import { isBlank } from './lines.ts'
import { withMagics } from './magics.ts'
import { type CellOptions, fencedOptions, isActive, titledOptions } from './options.ts'
import { StringParser } from './strings.ts'
import type { Writing } from './text-notebook.ts'

const regionLine = /^<!--\s*#(region|markdown|md|raw)\b/

export function readMarkdown(lines: readonly string[], start: number, writing: Writing, limit: number): Cell[] {
  const found: FoundCell[] = []
  for (let at = start; at < lines.length && found.length <= limit; at = found.at(-1)?.next ?? lines.length) {
    found.push(cellAt(lines, at, writing))
  }
  return cellsOfFound(found, undefined, writing)
}

interface End {
  end: number
  next: number
  isMarked: boolean
}

/** The first line of a fence that is code for Jupytext. */
interface Opening {
  language: string
  metadata: CellOptions
  isText: boolean
  options: string
  isEnd(line: string): boolean
}

function cellAt(lines: readonly string[], start: number, writing: Writing): FoundCell {
  const first = lines[start] ?? ''
  const region = regionOf(first)
  if (region !== undefined) {
    const found = regionEnd(lines, start, region.name)
    const kind = region.name === 'raw' ? 'raw' : 'markdown'
    const content = lines.slice(start + 1, found.end)
    const { metadata } = titledOptions(region.options)
    const named = metadata.get('language')
    const language = typeof named === 'string' ? named : undefined
    const next = afterBlanks(lines, found, start)
    return { kind, lines: content, options: region.options, next, language, metadata }
  }
  const opening = openingOf(first, writing)
  if (opening === undefined) {
    const found = textEnd(lines, start, writing)
    const content = lines.slice(start, found.end)
    return { kind: 'markdown', lines: content, options: undefined, next: afterBlanks(lines, found, start) }
  }
  return codeAt(lines, start, opening, writing)
}

function codeAt(lines: readonly string[], start: number, opening: Opening, writing: Writing): FoundCell {
  const language = opening.isText || opening.language === '' ? undefined : opening.language
  const metadata: CellOptions = opening.isText ? new Map() : opening.metadata
  const named = metadata.get('language')
  const its = typeof named === 'string' ? named : language
  const found = fenceEnd(lines, start, opening, its ?? writing.language ?? 'python')
  const next = afterBlanks(lines, found, start)
  const content = lines.slice(start + 1, found.end)
  const { options } = opening
  if (!isActive('ipynb', metadata)) return { kind: 'raw', lines: content, options, next, language: its, metadata }
  if (its === undefined) {
    if (writing.isOld) return { kind: 'raw', lines: content, options, next }
    // A fence in no language of Jupyter's is a text, with the lines of its fence.
    const end = Math.min(found.end + 1, lines.length)
    const after = afterBlanks(lines, { end, next: found.next, isMarked: false }, start)
    return { kind: 'markdown', lines: lines.slice(start, end), options: undefined, next: after }
  }
  const code = writing.commentMagics === true ? withMagics(content, false, its) : content
  return { kind: 'code', lines: code, options, next, language: its, metadata }
}

/** Reads a line `<!-- #region … -->`; undefined if it is none. */
function regionOf(line: string): { name: string; options: string } | undefined {
  const name = regionLine.exec(line)?.[1] ?? /^<!--\s*#(region|markdown|md|raw)/.exec(line)?.[1]
  const text = line.trimEnd()
  if (name === undefined || !text.endsWith('-->')) return undefined
  return { name, options: text.slice(text.indexOf('#') + 1 + name.length, -3) }
}

function regionEnd(lines: readonly string[], start: number, name: string): End {
  for (let at = start; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trimEnd()
    if (!line.startsWith('<!--') || !line.endsWith('-->')) continue
    if (line.slice(4, -3).trim() === `#end${name}`) return { end: at, next: at + 1, isMarked: true }
  }
  return { end: lines.length, next: lines.length, isMarked: false }
}

function openingOf(line: string, { isOld }: Writing): Opening | undefined {
  if (!line.startsWith('```')) return undefined
  if (isOld) {
    const options = line.slice(3)
    return { ...fencedOptions(options), ...textOrNot(options), options, isEnd: (end) => end.trimEnd() === '```' }
  }
  const options = line.replace(/^`+/, '')
  const marks = line.slice(0, line.length - options.length)
  const text = options.trim()
  const word = text.split(/\s/, 1)[0] ?? ''
  const isLanguage = isFenceLanguage(word) || /^(?:wolfram language|WOLFRAM LANGUAGE)(?:$|\s)/.test(text)
  if (!isLanguage) return undefined
  return { ...fencedOptions(options), ...textOrNot(options), options, isEnd: (end) => end.startsWith(marks) }
}

/** A fence with the attribute `.noeval` is a text. */
function textOrNot(options: string): { isText: boolean } {
  const { metadata } = fencedOptions(options)
  return { isText: metadata.has('.noeval') && metadata.get('.noeval') === null }
}

function fenceEnd(lines: readonly string[], start: number, { isEnd }: Opening, language: string): End {
  const strings = new StringParser(language)
  for (let at = start + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const isQuoted = strings.isQuoted
    strings.read(line)
    if (!isQuoted && isEnd(line)) return { end: at, next: at + 1, isMarked: true }
  }
  return { end: lines.length, next: lines.length, isMarked: false }
}

/** Finds where a text ends: before code, before a region, or at two blank lines outside of fences and indented code. */
function textEnd(lines: readonly string[], start: number, writing: Writing): End {
  let blanks = 0
  let isFenced = false
  let isIndented = false
  let isFenceEnd = (line: string) => line.trimEnd() === '```'
  const before = (at: number, by: number, isMarked: boolean): End => ({ end: at - by, next: at, isMarked })
  for (let at = start; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const isEmpty = isBlank(line)
    if (isFenced && isFenceEnd(line)) {
      isFenced = false
      continue
    }
    if (blanks > 0 && line.startsWith('    ') && !isEmpty) {
      isIndented = true
      blanks = 0
      continue
    }
    if (isIndented && !isEmpty && !line.startsWith('    ')) isIndented = false
    if (isIndented || isFenced) continue
    const isAfterBlank = at - start > 1 && blanks > 0
    if (regionOf(line) !== undefined) return before(at, isAfterBlank ? 1 : 0, false)
    const opening = openingOf(line, writing)
    if (opening !== undefined) {
      isFenceEnd = opening.isEnd
      if (isFenceLanguage(opening.language) && !opening.isText) return before(at, isAfterBlank ? 1 : 0, false)
      isFenced = true
      blanks = 0
      continue
    }
    if (line.startsWith('```')) {
      if (!line.startsWith('```{') && blanks >= 2) return before(at, 2, true)
      isFenced = true
      blanks = 0
      continue
    }
    if (writing.splitAtHeading && line.startsWith('#') && blanks >= 1) return before(at, 1, false)
    if (isEmpty) blanks += 1
    else if (blanks >= 2) return before(at, 2, true)
    else blanks = 0
  }
  return { end: lines.length, next: lines.length, isMarked: false }
}

function afterBlanks(lines: readonly string[], { next, isMarked }: End, start: number): number {
  const isText = (at: number) => at < lines.length && !isBlank(lines[at])
  let after = next
  if (isBlank(lines[next]) && isText(next + 1)) after = next + 1
  else if (isMarked && isBlank(lines[next]) && isBlank(lines[next + 1]) && isText(next + 2)) after = next + 2
  return Math.max(after, start + 1)
}
