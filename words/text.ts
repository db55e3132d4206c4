/** Texts for people, in the language of each reader. */
import { escapedIn, escapeText, type Html, type Part } from '../net/html.ts'
import { catalogues } from './catalogues.ts'
import type { Language } from './language.ts'

/** A text that can be told in each of our languages: within HTML, and plain. */
export interface Text extends Html {
  in(language: string): string
  /** Returns the text in a language, as text. */
  plain(language: string): string
}

/** A text that is told as it is, such as a name or what an operator wrote, or one of ours. */
export type Said = string | Text

type PlainValue = Said | number | undefined | false

/**
 * Returns a text of ours. English stands in the code; its pattern, in which `{0}` is the first value, finds the text of each other
 * language in `words/`. A text with values of HTML is HTML itself.
 */
export function say(strings: TemplateStringsArray, ...values: PlainValue[]): Text
export function say(strings: TemplateStringsArray, ...values: Part[]): Html
export function say(strings: TemplateStringsArray, ...values: Part[]): Html {
  return new Sentence(strings, values)
}

/** Returns the text for a number of things: the first for those that the reader's language counts as one. */
export function forCount(count: number, one: Text, other: Text): Text {
  const chosen = (language: string) => (pluralRules(language).select(count) === 'one' ? one : other)
  return textIn((language) => chosen(language).plain(language))
}

/** Returns sentences one after the other. Undefined and false leave nothing. */
export function sentences(sentences: readonly (Said | undefined | false)[]): Text {
  const all = sentences.filter((one) => one !== undefined && one !== false && one !== '')
  return textIn((language) => all.map((one) => plainIn(one || undefined, language)).join(' '))
}

/** Returns a list of which one counts, as a sentence has it: `a, b or c`. */
export function anyOf(items: readonly Said[]): Text {
  return listIn(items, 'disjunction')
}

/** Returns a list of which all count, as a sentence has it: `a, b and c`. */
export function allOf(items: readonly Said[]): Text {
  return listIn(items, 'conjunction')
}

function listIn(items: readonly Said[], type: 'conjunction' | 'disjunction'): Text {
  return textIn((language) => {
    // The English of most of the world, which has no comma before the last one.
    const list = new Intl.ListFormat(language === 'en' ? 'en-GB' : language, { type })
    return list.format(items.map((item) => plainIn(item, language)))
  })
}

/** Returns a text that a function writes in the language of the reader. */
export function textIn(write: (language: string) => string): Text {
  return new Told(write)
}

/** Returns a text in a language, as text. */
export function plainIn(said: Said | undefined, language: string): string {
  if (said === undefined) return ''
  return typeof said === 'string' ? said : said.plain(language)
}

/** Returns the JSON of a value, with its texts in a language. */
export function jsonIn(value: unknown, language: string): string {
  const before = spoken
  spoken = language
  try {
    return JSON.stringify(value)
  } finally {
    spoken = before
  }
}

/** The language of the JSON that is being written: nothing else runs meanwhile. */
let spoken = 'en'

class Told implements Text {
  readonly #write: (language: string) => string
  constructor(write: (language: string) => string) {
    this.#write = write
  }
  in(language: string): string {
    return escapeText(this.#write(language))
  }
  plain(language: string): string {
    return this.#write(language)
  }
  get html(): string {
    return this.in('en')
  }
  toString(): string {
    return this.plain('en')
  }
  toJSON(): string {
    return this.plain(spoken)
  }
}

class Sentence implements Text {
  readonly #strings: TemplateStringsArray
  readonly #values: readonly Part[]
  constructor(strings: TemplateStringsArray, values: readonly Part[]) {
    this.#strings = strings
    this.#values = values
  }
  in(language: string): string {
    const { escaped, order } = wordsOf(this.#strings, language)
    let text = escaped[0] ?? ''
    for (let index = 0; index < order.length; index += 1)
      text += escapedIn(asWritten(this.#values[order[index] ?? 0], language), language) + escaped[index + 1]
    return text
  }
  plain(language: string): string {
    const { pieces, order } = wordsOf(this.#strings, language)
    let text = pieces[0] ?? ''
    for (let index = 0; index < order.length; index += 1)
      text += plainOf(this.#values[order[index] ?? 0], language) + pieces[index + 1]
    return text
  }
  get html(): string {
    return this.in('en')
  }
  toString(): string {
    return this.plain('en')
  }
  toJSON(): string {
    return this.plain(spoken)
  }
}

function plainOf(value: Part, language: string): string {
  if (value === undefined || value === false) return ''
  if (typeof value === 'object') return (value as Text).plain(language)
  return typeof value === 'number' ? numberIn(value, language) : value
}

function asWritten(value: Part, language: string): Part {
  return typeof value === 'number' ? numberIn(value, language) : value
}

/** Returns a number as a language writes it, without marks between thousands. */
export function numberIn(value: number, language: string): string {
  return Number.isInteger(value) || language === 'en'
    ? String(value)
    : value.toLocaleString(language, { useGrouping: false, maximumFractionDigits: 3 })
}

/** The words of a text around its values, and which value comes when. */
interface Words {
  pieces: readonly string[]
  escaped: readonly string[]
  order: readonly number[]
}

const known = new Map<string, WeakMap<TemplateStringsArray, Words>>()

function wordsOf(strings: TemplateStringsArray, language: string): Words {
  const ofLanguage = known.get(language) ?? new WeakMap<TemplateStringsArray, Words>()
  const found = ofLanguage.get(strings) ?? findWords(strings, language)
  known.set(language, ofLanguage)
  ofLanguage.set(strings, found)
  return found
}

function findWords(strings: TemplateStringsArray, language: string): Words {
  const catalogue = catalogues[language as Language]
  const pattern = patternOf(strings)
  const told = Object.hasOwn(catalogue, pattern) ? catalogue[pattern] : undefined
  if (told === undefined)
    return { pieces: strings, escaped: strings.map(escapeOurs), order: strings.slice(1).map((_, index) => index) }
  const parts = told.split(/\{(\d)\}/)
  const pieces = parts.filter((_, index) => index % 2 === 0)
  const order = parts.filter((_, index) => index % 2 === 1).map(Number)
  return { pieces, escaped: pieces.map(escapeOurs), order }
}

/** Escapes words of ours, which may stand in an attribute between double quotes. */
function escapeOurs(words: string): string {
  return words.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

/** Returns the pattern of a text, under which other languages have theirs: `{0}` is its first value. Pure. */
export function patternOf(strings: readonly string[]): string {
  return strings.reduce((pattern, string, index) => (index === 0 ? string : `${pattern}{${index - 1}}${string}`), '')
}

const rules = new Map<string, Intl.PluralRules>()

function pluralRules(language: string): Intl.PluralRules {
  const found = rules.get(language) ?? new Intl.PluralRules(language)
  rules.set(language, found)
  return found
}
