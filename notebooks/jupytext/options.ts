/** What stands behind the mark of a cell: a title, and metadata as `key=value` or as JSON. */
import { isLanguage } from './languages.ts'

export type CellOptions = ReadonlyMap<string, unknown>

const none: CellOptions = new Map()

/** How long options may be, and how many signs `=` are tried as the last one: more of them are no options. */
const limits = { length: 4096, tries: 40 }

/** Reads the options of a cell of a script: everything before its metadata is its title. */
export function titledOptions(options: string): { title: string; metadata: CellOptions } {
  const text = options.trim()
  const curly = text.indexOf('{')
  const equal = text.indexOf('=')
  if (isJson(curly, equal)) return { title: text.slice(0, curly).trim(), metadata: jsonOptions(text.slice(curly)) }
  const words = (equal >= 0 ? text.slice(0, equal) : text).split(' ')
  if (equal >= 0) {
    while (words.at(-1) === '') words.pop()
    words.pop()
  }
  while (words.length > 0 && (words.at(-1)?.trim() === '' || words.at(-1)?.startsWith('.') === true)) words.pop()
  const title = words.join(' ')
  return { title, metadata: keysAndValues(text.slice(title.length)) }
}

/** Reads what stands behind the backticks of md:markdown: a language, if it is one, and metadata. */
export function fencedOptions(options: string): { language: string; metadata: CellOptions } {
  const text = options.trim()
  const curly = text.indexOf('{')
  const equal = text.indexOf('=')
  if (isJson(curly, equal)) return { language: text.slice(0, curly).trim(), metadata: jsonOptions(text.slice(curly)) }
  if (isLanguage(text)) return { language: text, metadata: none }
  const space = text.indexOf(' ')
  const word = text.slice(0, Math.max(space, 0))
  if (space < 0 || !isLanguage(word)) return { language: '', metadata: keysAndValues(text) }
  return { language: word, metadata: keysAndValues(text.slice(space + 1)) }
}

/**
 * Tells whether a cell with this metadata is one of the given extension: metadata `active`, a tag `active-…` or a frozen
 * cell may say no.
 */
export function isActive(extension: 'ipynb' | 'py' | 'md', metadata: CellOptions, fallback = true): boolean {
  const control = metadata.get('run_control')
  if (typeof control === 'object' && control !== null && Object.hasOwn(control, 'frozen')) {
    if ((control as { frozen: unknown }).frozen === true) return extension === 'ipynb'
  }
  const tags = metadata.get('tags')
  const tag = Array.isArray(tags) ? tags.find((tag) => typeof tag === 'string' && tag.startsWith('active-')) : undefined
  if (tag !== undefined) return tag.split('-').includes(extension)
  const active = metadata.get('active')
  return typeof active === 'string' ? active.split(/[.,]/).includes(extension) : fallback
}

function isJson(curly: number, equal: number): boolean {
  return curly >= 0 && (equal < 0 || curly < equal)
}

function jsonOptions(text: string): CellOptions {
  const value = text.length > limits.length ? undefined : literalOf(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : none
}

/** Reads `key=value` from the right, where a value is as long as it must be to be a literal. */
function keysAndValues(options: string): CellOptions {
  if (options.length > limits.length) return none
  const found: [string, unknown][] = []
  let text = options.trim()
  let end = text.length
  for (let tries = 0; text !== ''; ) {
    const word = text.slice(text.lastIndexOf(' ') + 1)
    if (end === text.length && !text.startsWith('--') && /^[a-zA-Z_.]+[a-zA-Z0-9_.]*$/.test(word)) {
      found.push([word, null])
      text = text.slice(0, text.length - word.length).trim()
      end = text.length
      continue
    }
    const equal = end === 0 ? -1 : text.lastIndexOf('=', end - 1)
    if (equal < 0 || tries === limits.tries) break
    tries += 1
    const before = text.slice(0, equal).trimEnd().lastIndexOf(' ')
    const key = text.slice(before + 1, equal).trim()
    const value = /^[a-zA-Z0-9_.@/-]+$/.test(key) ? literalOf(text.slice(equal + 1)) : undefined
    if (value === undefined) {
      end = equal
      continue
    }
    found.push([key, value])
    text = before > 0 ? text.slice(0, before).trim() : ''
    end = text.length
  }
  return new Map(found.reverse())
}

/** Returns the value of a literal of JSON or, where it has one in JSON, of Python; undefined if it is none. */
function literalOf(literal: string): unknown {
  const text = literal.trim()
  if (!/^["'[{\-0-9tfnTFN]/.test(text)) return undefined
  const python: Record<string, unknown> = { True: true, False: false, None: null }
  if (Object.hasOwn(python, text)) return python[text]
  for (const json of text.includes("'") ? [text, text.replaceAll("'", '"')] : [text]) {
    try {
      return JSON.parse(json)
    } catch {}
  }
  return undefined
}
