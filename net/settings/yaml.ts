/** Reads YAML that strangers wrote, with the place of each value, at a cost that does not depend on what it says. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type ParsedNode,
  parseDocument,
} from 'yaml'

export interface YamlPlace {
  /** Counted from 1. */
  line: number
  column: number
}

export type YamlProblem = YamlPlace & { message: string }

export interface ReadYaml {
  /** Plain JSON; undefined where the text could not be read, and then there is a problem. */
  value: unknown
  problems: YamlProblem[]
  /** Returns where a value stands, or the key of the nearest one around it that is there. */
  placeOf(path: readonly PropertyKey[]): YamlPlace
}

/** The longest text: at this length the slowest one takes a fraction of a second. */
const mostCharacters = 64 * 1024

/** Values in a text, those included that aliases repeat. */
const mostValues = 20_000
const mostLevels = 20

/**
 * Reads one document of YAML 1.2. Tags, merge keys (`<<`) and keys that are no words are refused, and aliases count as what
 * they repeat. With `scalars: 'text'` every value is a text as it is written, but for those that are empty, `~` or `null`: what
 * other versions of YAML take for dates, octal numbers or truth then stays what its author sees.
 */
export function readYaml(text: string, { scalars }: { scalars: 'text' | 'typed' }): ReadYaml {
  const lines = new LineCounter()
  const at = (offset: number): YamlPlace => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const unread = (message: string, offset = 0): ReadYaml => ({
    value: undefined,
    problems: [{ ...at(offset), message }],
    placeOf: () => at(offset),
  })
  if (text.length > mostCharacters)
    return unread(`has more than ${mostCharacters / 1024} KiB and is not read: make it shorter`)
  const deep = tooDeepAt(text)
  if (deep !== undefined) return unread(tooDeep, deep)
  let document: Document.Parsed
  const { stackTraceLimit } = Error
  try {
    // There may be an error for each character, and the traces of their calls would cost more than all else.
    Error.stackTraceLimit = 0
    document = parseDocument(text, {
      version: '1.2',
      schema: scalars === 'text' ? 'failsafe' : 'core',
      merge: false,
      resolveKnownTags: false,
      // Compares each key with all others, which takes a minute for a long text; repeated ones are told below.
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
      lineCounter: lines,
    })
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  const [error] = document.errors
  if (error !== undefined) {
    return unread(`is no proper YAML here: ${error.message}. Correct it`, error.pos[0])
  }
  const reader = new Reader(scalars === 'text')
  try {
    const value = reader.read(document.contents as ParsedNode | null, 0)
    const problems = reader.problems.map(({ offset, message }) => ({ ...at(offset), message }))
    return { value, problems, placeOf: (path) => at(reader.offsetOf(document.contents as ParsedNode | null, path)) }
  } catch (refusal) {
    if (refusal instanceof Refusal) return unread(refusal.message, refusal.offset)
    throw refusal
  }
}

const tooDeep = 'is nested too deeply and is not read: write it with fewer levels'

/** Tokens that stand for no character of the text. */
const lexerMarks = ['\u0002', '\u0018', '\u001f']

/**
 * Returns where a text has more levels than are read, before it is parsed: the parser calls itself for each level. Brackets
 * and columns are counted, of which each level of a block needs one more.
 */
function tooDeepAt(text: string): number | undefined {
  const columns: number[] = []
  let [offset, lineStart, brackets] = [0, 0, 0]
  for (const token of new Lexer().lex(text)) {
    if (lexerMarks.includes(token)) continue
    const column = offset - lineStart
    if (token === '[' || token === '{') brackets += 1
    else if (token === ']' || token === '}') brackets = Math.max(0, brackets - 1)
    else if (brackets === 0 && /\S/.test(token)) {
      while ((columns.at(-1) ?? -1) >= column) columns.pop()
      columns.push(column)
    }
    if (brackets + columns.length > 2 * mostLevels) return offset
    offset += token.length
    const end = token.lastIndexOf('\n')
    if (end !== -1) lineStart = offset - token.length + end + 1
  }
  return undefined
}

class Refusal extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

const coreTags = ['str', 'map', 'seq', 'int', 'float', 'bool', 'null'].map((name) => `tag:yaml.org,2002:${name}`)

/** Turns nodes into plain values. Anchors are noted in the order of the text, since an alias means the last one before it. */
class Reader {
  readonly problems: { offset: number; message: string }[] = []
  readonly #isText: boolean
  readonly #anchors = new Map<string, ParsedNode>()
  readonly #anchored = new Set<ParsedNode>()
  readonly #targets = new Map<ParsedNode, ParsedNode>()
  #values = 0

  constructor(isText: boolean) {
    this.#isText = isText
  }

  read(node: ParsedNode | null, level: number): unknown {
    if (node === null) return null
    const [offset] = node.range
    this.#values += 1
    if (this.#values > mostValues)
      throw new Refusal(offset, 'says more than is read, with its aliases: make it shorter')
    if (level > mostLevels) throw new Refusal(offset, tooDeep)
    if (isAlias(node)) return this.#aliased(node, offset, level)
    if (node.tag !== undefined && !coreTags.includes(node.tag))
      throw new Refusal(offset, `has the tag ${node.tag.slice(0, 60)}, and tags are not allowed: take it out`)
    if (node.anchor !== undefined && !this.#anchored.has(node)) {
      this.#anchored.add(node)
      this.#anchors.set(node.anchor, node)
    }
    if (isMap(node)) return this.#pairs(node, level)
    if (isSeq(node)) return node.items.map((item) => this.read(item as ParsedNode, level + 1))
    if (!isScalar(node)) return null
    const isEmpty = this.#isText && node.type === 'PLAIN' && /^(~|null|Null|NULL)?$/.test(String(node.value))
    return isEmpty ? null : node.value
  }

  #aliased(node: ParsedNode & { source: string }, offset: number, level: number): unknown {
    const target = this.#targets.get(node) ?? this.#anchors.get(node.source)
    if (target === undefined)
      throw new Refusal(
        offset,
        `names *${node.source.slice(0, 60)}, and there is no &${node.source.slice(0, 60)} before it`,
      )
    this.#targets.set(node, target)
    return this.read(target, level + 1)
  }

  #pairs({ items }: { items: { key: unknown; value: unknown }[] }, level: number): unknown {
    const all = new Map<string, unknown>()
    for (const { key, value } of items) {
      const name = key as ParsedNode
      const [offset] = name.range
      if (!isScalar(name) || name.value === null || typeof name.value === 'object')
        throw new Refusal(offset, 'has a key that is no word: write a word in front of the colon')
      const word = String(name.value)
      if (word === '<<' && name.type === 'PLAIN') {
        this.problems.push({ offset, message: '`<<` is not read: write out what it would bring' })
        continue
      }
      if (all.has(word))
        this.problems.push({ offset, message: `\`${word.slice(0, 60)}\` stands here twice, and the last one counts` })
      all.set(word, this.read(value as ParsedNode | null, level + 1))
    }
    return Object.fromEntries(all)
  }

  /** Returns where the value at this path begins; of a setting, its key. */
  offsetOf(root: ParsedNode | null, path: readonly PropertyKey[]): number {
    let node = this.#targetOf(root)
    let offset = node?.range[0] ?? 0
    for (const step of path) {
      const pair = isMap(node)
        ? node.items.findLast(({ key }) => isScalar(key) && String(key.value) === step)
        : undefined
      const item = isSeq(node) && typeof step === 'number' ? (node.items[step] as ParsedNode | undefined) : undefined
      const next = (pair?.value ?? item) as ParsedNode | null | undefined
      const place = (pair?.key as ParsedNode | undefined) ?? item
      if (place === undefined || place === null) return offset
      offset = place.range[0]
      node = this.#targetOf(next ?? null)
    }
    return offset
  }

  #targetOf(node: ParsedNode | null): ParsedNode | null {
    let target = node
    while (target !== null && isAlias(target)) target = this.#targets.get(target) ?? null
    return target
  }
}
