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
  return textIn((language) =>
    toldAgain(english, { language: language as Language, depth: 0, work: { left: mostTexts } }),
  )
}

/** A text with values in it is found by what stands around them. */
interface Pattern {
  begins: string
  ends: string
  whole: RegExp
  other: string
  /** Whether so little stands around the values that others' texts fit too. It counts only where its last value is one of ours. */
  isLoose: boolean
}

const patterns = new Map<Language, readonly Pattern[]>()

/** A value may be a text too, and so on: `memory: is too big: must be <=4`. */
const mostDepth = 4
/** Longer texts are lines of programs. */
const mostLetters = 5000
/** Texts that are looked for within one, so that each is told in a moment, whatever it says. */
const mostTexts = 60
const hint = '; did you mean '

interface Telling {
  language: Language
  depth: number
  work: { left: number }
}

function toldAgain(english: string, telling: Telling): string {
  const { language, depth, work } = telling
  const texts = keptTexts[language]
  if (Object.hasOwn(texts, english)) return texts[english] ?? english
  work.left -= 1
  if (language === 'en' || depth > mostDepth || work.left < 0 || english.length > mostLetters) return english
  const within = (part: string) => toldAgain(part, { language, depth: depth + 1, work })
  return (
    amountIn(english, language) ??
    inLines(english, within) ??
    withHint(english, within) ??
    byPattern(english, patternsOf(language), within) ??
    english
  )
}

/** Returns a text of several lines, each of which is told by itself. */
function inLines(english: string, within: (part: string) => string): string | undefined {
  const [first = '', ...lines] = english.split('\n')
  if (lines.length === 0) return undefined
  const told = within(first)
  return told === first ? undefined : [told, ...lines.map(within)].join('\n')
}

/** Returns a text behind which a hint stands, as behind texts of many kinds. */
function withHint(english: string, within: (part: string) => string): string | undefined {
  const at = english.lastIndexOf(hint)
  if (at <= 0) return undefined
  const before = english.slice(0, at)
  const told = within(before)
  return told === before ? undefined : told + within(english.slice(at))
}

function byPattern(english: string, all: readonly Pattern[], within: (part: string) => string): string | undefined {
  for (const { begins, ends, whole, other, isLoose } of all) {
    if (!english.startsWith(begins) || !english.endsWith(ends)) continue
    const values = whole.exec(english)?.slice(1)
    if (values === undefined) continue
    const told = values.map(within)
    if (isLoose && told.at(-1) === values.at(-1)) continue
    return other.replace(/\{(\d)\}/g, (_, index) => told[Number(index)] ?? '')
  }
  return undefined
}

/** Returns the patterns with values, those first that leave least open. */
function patternsOf(language: Language): readonly Pattern[] {
  const found = patterns.get(language) ?? readPatterns(keptTexts[language])
  patterns.set(language, found)
  return found
}

function readPatterns(texts: Readonly<Record<string, string>>): Pattern[] {
  return Object.entries(texts)
    .filter(([pattern]) => pattern.includes('{0}'))
    .sort(([a], [b]) => b.length - a.length)
    .map(([pattern, other]) => {
      const pieces = pattern.split(/\{\d\}/)
      const whole = new RegExp(`^${pieces.map((piece) => RegExp.escape(piece)).join('(.*?)')}$`, 's')
      const isLoose = pieces.join('').replace(/\P{L}/gu, '').length < 4
      return { begins: pieces[0] ?? '', ends: pieces.at(-1) ?? '', whole, other, isLoose }
    })
}
