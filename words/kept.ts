/**
 * Texts of ours that are kept in English, such as why a start has failed: in rows, which hubs of other versions read too, and in what
 * spawners and git say, who know no languages. They are told in others by their patterns, which are found again in the English.
 */
import { frenchFailures } from './french/failures.ts'
import type { Language } from './language.ts'
import { type Text, textIn } from './text.ts'

/** The kept texts of each language by their English patterns. */
export const keptTexts: Readonly<Record<Language, Readonly<Record<string, string>>>> = { en: {}, fr: frenchFailures }

/** Returns a text to be kept, in English. The languages of its readers have its pattern in their lists of kept texts. */
export function kept(strings: TemplateStringsArray, ...values: (string | number)[]): string {
  return strings.reduce((text, string, index) => `${text}${values[index - 1]}${string}`)
}

/** Returns a text that was kept, for each reader. What is none of ours, as the words of a hook, stays as it is. */
export function retold(english: string): Text {
  return textIn((language) => toldAgain(english, language as Language))
}

/** A text with values in it is found by what stands around them. */
interface Pattern {
  begins: string
  ends: string
  whole: RegExp
  other: string
}

const patterns = new Map<Language, readonly Pattern[]>()

function toldAgain(english: string, language: Language, depth = 0): string {
  const texts = keptTexts[language]
  if (Object.hasOwn(texts, english)) return texts[english] ?? english
  // A value may be a text too, whose own values are none.
  if (depth > 2) return english
  for (const { begins, ends, whole, other } of patternsOf(language)) {
    if (!english.startsWith(begins) || !english.endsWith(ends)) continue
    const values = whole.exec(english)
    if (values === null) continue
    return other.replace(/\{(\d)\}/g, (_, index) => toldAgain(values[Number(index) + 1] ?? '', language, depth + 1))
  }
  return english
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
      return { begins: pieces[0] ?? '', ends: pieces.at(-1) ?? '', whole, other }
    })
}
