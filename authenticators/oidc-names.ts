import { z } from 'zod'
import { isLearnerName, isTemporaryName } from '../net/machine/account-names.ts'
import { isPrintable } from './names.ts'

/** How the names that a provider gives become names here. */
export interface NameRules {
  lowerCaseNames?: boolean
  /** Names here by the names that the provider gives, after `lowerCaseNames`. */
  nameMap?: Record<string, string>
}

/** A name that a person's account can have. */
export const personsName = z.string().superRefine((name, context) => {
  const problem = problemOfName(name)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: `cannot be a name here: ${problem}` })
})

/**
 * Returns the name here of a person whom the provider calls so; undefined for a name that the map keeps for a person
 * with another name there. Without this, a stranger could take the name, and its roles, before that person comes.
 */
export function nameHere(said: string, { lowerCaseNames = false, nameMap = {} }: NameRules): string | undefined {
  const name = lowerCaseNames ? inLowerCase(said) : said
  if (Object.hasOwn(nameMap, name)) return nameMap[name]
  return Object.values(nameMap).includes(name) ? undefined : name
}

/**
 * Returns the name in lower case, letter by letter. A letter of which another one is the capital stays: the Kelvin sign
 * would become a k, and its bearer another person.
 */
export function inLowerCase(name: string): string {
  return Array.from(name, (letter) => {
    const small = letter.toLowerCase()
    return small.toUpperCase() === letter ? small : letter
  }).join('')
}

/** Returns why this cannot be the name of a person's account; undefined for one that can. */
export function problemOfName(name: string): string | undefined {
  if (name.length === 0 || name.length > 128 || !isPrintable(name) || name.trim() !== name) return notText
  if (invisible.test(name)) return 'it has letters that cannot be seen'
  if (name === '.' || name === '..') return 'it means something else in an address'
  if (isLearnerName(name) || isTemporaryName(name)) return 'it looks like one of those that the hub makes itself'
  if (name.startsWith('group:')) return 'it looks like one of a group'
  return undefined
}

export const notText = 'it is not a text of 1 to 128 printable characters'

/** Format characters without which names of all scripts can be written: the two joiners are not among them. */
const invisible = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/u
