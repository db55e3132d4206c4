import { z } from 'zod'

/** What all authenticators' options have in common, and the names that only one of them may give out. */
export const authenticatorName = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'an authenticator name is part of URLs: 1 to 32 of a-z, 0-9 and -')

export const buttonLabel = z.string().min(1).max(80)

/** Looks like what `temporary()` gives out. */
export function isTemporaryName(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)
}

/** What the name of every account that `lms()` opens begins with. */
export const learnerPrefix = 'lms:'

/** Looks like what `lms()` gives out. */
export function isLearnerName(name: string): boolean {
  return name.toLowerCase().startsWith(learnerPrefix)
}

/** Free of C0 and C1 controls, line separators, and what turns the direction of the text around it. */
export function isPrintable(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text)
}
