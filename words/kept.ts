/**
 * Texts of ours that are kept in English, such as why a start has failed: in rows, which hubs of other versions read too, and in what
 * rooms say that know no languages, such as spawners, git and the schemas of settings. They are told in others by their patterns, which
 * are found again in the English.
 */
import { amountIn } from './amount.ts'
import { frenchFailures } from './french/failures.ts'
import { frenchPeopleProblems } from './french/people-problems.ts'
import { frenchRepositoryProblems } from './french/repository-problems.ts'
import { frenchSchemaProblems } from './french/schema-problems.ts'
import { frenchSettingProblems } from './french/setting-problems.ts'
import type { Language } from './language.ts'
import { isWhole, type Pattern, readPatterns, valuesIn } from './patterns.ts'
import { type Text, textIn } from './text.ts'
import { unbroken } from './unbroken.ts'

/** The kept texts of each language by their English patterns. */
export const keptTexts: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {},
  fr: unbroken({
    ...frenchFailures,
    ...frenchPeopleProblems,
    ...frenchRepositoryProblems,
    ...frenchSchemaProblems,
    ...frenchSettingProblems,
  }),
}

/** Returns a text to be kept, in English. The languages of its readers have its pattern in their lists of kept texts. */
export function kept(strings: TemplateStringsArray, ...values: (string | number)[]): string {
  return strings.reduce((text, string, index) => `${text}${values[index - 1]}${string}`)
}

/** Returns a text that was kept, for each reader. What is none of ours, as the words of a hook, stays as it is. */
export function retold(english: string): Text {
  return textIn((language) => linesIn(english, { language: language as Language, isWhole: true }))
}

/** Returns what is wrong with a thing or how it is, for each reader: a clause that stands behind the name of the thing on a page. */
export function retoldClause(english: string): Text {
  return textIn((language) => linesIn(english, { language: language as Language, isWhole: false }))
}

/** Returns the words of somebody else for each reader, or the text of ours that stands there where nobody has said anything. */
export function retoldWhole(english: string): Text {
  return textIn((language) => wholeIn(english, language as Language) ?? english)
}

const patterns = new Map<Language, readonly Pattern[]>()

/** A value may be a text too, and so on: `memory: is too big: must be <=4`. */
const mostDepth = 4
/** Longer texts are lines of programs. */
const mostLetters = 1000
/** Lines behind these stay as they are. */
const mostLines = 60
/** The letters that are looked at for a line with all its parts, and for all lines, so that each text is told in a moment, whatever it says. */
const mostWork = { line: 5000, text: 60_000 }
/** What it costs to look for a text, besides its letters. */
const eachLook = 100
const hint = '; did you mean '

interface Wanted {
  language: Language
  /** Whether only texts count that may be all that is said. */
  isWhole: boolean
}

interface Telling extends Wanted {
  depth: number
  work: { left: number }
}

/** Returns a text of one line or several, each of which is told by itself. Where the first is none of ours, all are somebody else's. */
function linesIn(english: string, wanted: Wanted): string {
  if (wanted.language === 'en') return english
  const [first = '', ...lines] = english.split('\n', mostLines)
  let left = mostWork.text
  const lineIn = (line: string) => {
    const work = { left: Math.min(left, mostWork.line) }
    left -= work.left
    const told = toldAgain(line, { ...wanted, depth: 0, work })
    left += Math.max(0, work.left)
    return told
  }
  const told = lineIn(first)
  if (lines.length === 0) return told
  if (told === first) return lineIn(english)
  const begins = [first, ...lines].join('\n')
  return [told, ...lines.map(lineIn)].join('\n') + english.slice(begins.length)
}

function wholeIn(english: string, language: Language): string | undefined {
  const known = oneOf(keptTexts[language], english)
  return known !== undefined && isWhole(english) ? known : undefined
}

function toldAgain(english: string, telling: Telling): string {
  const { language, depth, work } = telling
  const known = telling.isWhole ? wholeIn(english, language) : oneOf(keptTexts[language], english)
  if (known !== undefined) return known
  work.left -= english.length + eachLook
  if (depth > mostDepth || work.left < 0 || english.length > mostLetters) return english
  return (
    (telling.isWhole ? undefined : amountIn(english, language)) ??
    withHint(english, telling) ??
    byPattern(english, telling) ??
    english
  )
}

function oneOf(texts: Readonly<Record<string, string>>, english: string): string | undefined {
  return Object.hasOwn(texts, english) ? texts[english] : undefined
}

/** Returns a text behind which a hint stands, as behind texts of many kinds. */
function withHint(english: string, telling: Telling): string | undefined {
  const at = english.lastIndexOf(hint)
  if (at <= 0) return undefined
  const before = english.slice(0, at)
  const told = toldAgain(before, { ...telling, depth: telling.depth + 1 })
  return told === before ? undefined : told + partIn(english.slice(at), telling)
}

/** Returns a part of a text, in which clauses count too. */
function partIn(part: string, telling: Telling): string {
  return toldAgain(part, { ...telling, isWhole: false, depth: telling.depth + 1 })
}

function byPattern(english: string, telling: Telling): string | undefined {
  for (const pattern of patternsOf(telling.language)) {
    if (telling.isWhole && !pattern.isWhole) continue
    const values = valuesIn(english, pattern)
    if (values === undefined) continue
    const last = values.at(-1) ?? ''
    const lastTold = partIn(last, telling)
    if (pattern.isLoose && lastTold === last) continue
    const told = [...values.slice(0, -1).map((value) => partIn(value, telling)), lastTold]
    return pattern.other.replace(/\{(\d)\}/g, (_, index) => told[Number(index)] ?? '')
  }
  return undefined
}

function patternsOf(language: Language): readonly Pattern[] {
  const found = patterns.get(language) ?? readPatterns(keptTexts[language])
  patterns.set(language, found)
  return found
}
