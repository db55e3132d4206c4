import { z } from 'zod'

/** The option `name` of every authenticator. */
export const authenticatorName = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'an authenticator name is part of URLs: 1 to 32 of a-z, 0-9 and -')

export const buttonLabel = z.string().min(1).max(80)

/**
 * Returns whether the text is free of C0 and C1 controls, line separators, and characters that change text direction.
 */
export function isPrintable(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text)
}
