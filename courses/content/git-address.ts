/** The address of a repository, and what of it is meant, as definitions of courses name them. */
import { z } from 'zod'
import { isRef } from '../../git/refs.ts'
import { problemOfAddress } from '../../git/remote-url.ts'

/** Never repeats a name or a password, which may stand in the address. */
export const gitAddress = z.string().superRefine((text, context) => {
  const isWeb = /^https?:/i.test(text)
  const message =
    isWeb && URL.parse(text)?.username
      ? 'has a name or a password in it, which pages and logs would show: take it out'
      : problemOfAddress(text)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

export const gitRef = z
  .string()
  .max(200)
  .refine((ref) => /^[A-Za-z0-9_][\w./+@-]*$/.test(ref) && isRef(ref), 'is a branch, a tag, or a whole commit')
