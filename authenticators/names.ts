import { z } from 'zod'
import { isTemporaryName } from '../net/machine/account-names.ts'

/** The option `name` of every authenticator. */
export const authenticatorName = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'an authenticator name is part of URLs: 1 to 32 of a-z, 0-9 and -')

/** The name of a group as the config's `groups` has it, without `group:`. */
export const ownGroupName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a group has up to 63 of a-z, 0-9, . _ -')

export const buttonLabel = z.string().min(1).max(80)

/**
 * Returns whether the text is free of C0 and C1 controls, line separators, and characters that change text direction.
 */
export function isPrintable(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text)
}

/** Letters of any script, digits and a few signs; never a colon, which names of learners and groups have. */
const personPattern = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{0,63}$/u

/**
 * Returns the name of a person for what was typed: in small letters, so that a person need not remember how it
 * was written. Undefined for what can be no name of a person.
 */
export function typedName(typed: string): string | undefined {
  if (!typed.isWellFormed() || typed.length > 1000) return undefined
  const name = typed.normalize('NFKC').trim().toLowerCase()
  return personPattern.test(name) && !isTemporaryName(name) ? name : undefined
}

/** Returns a sentence with a capital letter at its start, for one that begins with a provider's name. */
export function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/**
 * The option `groups`: the groups here that a provider may put persons in, each with the provider's own name of it, or
 * several of which one is enough.
 */
export const askedGroups = z
  .record(ownGroupName, z.union([z.string().min(1), z.array(z.string().min(1)).min(1, 'names no group')]))
  .default({})

/** Returns which of the asked groups a provider says, with one text or a list of them. Compares letter by letter. */
export function groupsIn(claim: unknown, asked: Record<string, string | string[]>): string[] {
  const said = new Set([claim].flat())
  return Object.entries(asked).flatMap(([group, names]) =>
    [names].flat().some((name) => said.has(name)) ? [group] : [],
  )
}
