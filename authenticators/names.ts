import { z } from 'zod'

/** What all authenticators' options have in common. */
export const authenticatorName = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'an authenticator name is part of URLs: 1 to 32 of a-z, 0-9 and -')

export const buttonLabel = z.string().min(1).max(80)

/** Free of C0 and C1 controls, line separators, and what turns the direction of the text around it. */
export function isPrintable(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text)
}
