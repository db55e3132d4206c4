/** Fields that the schema of a course and that of the config share. */
import { z } from 'zod'
import { learnerPrefix } from '../net/machine/account-names.ts'
import { isOrigin, isOriginPattern } from '../net/origins.ts'

/** An exact web origin, as browsers write it; a wildcard or a semicolon would mean something else in a CSP. */
export const origin = z
  .string()
  .refine(isOrigin, 'an origin looks like https://lms.example.org: scheme and host, no path, no slash at the end')

/** An exact web origin, or one with `*` for all names below one that a single owner has: `https://*.lms.example.org`. */
export const originPattern = z
  .string()
  .refine(
    isOriginPattern,
    'an origin looks like https://lms.example.org, or https://*.example.org for all names below example.org: no path, no slash at the end, and no * before a name under which anyone can get one',
  )

/** The height of a frame in CSS pixels. */
export const frameHeight = z.int().min(100).max(10_000)

/** The account name of a person, as an authenticator gives it. Learners and temporary users never have a role. */
export const personName = z
  .string()
  .min(1)
  .max(128)
  .refine(
    (name) => !name.startsWith('group:') && !name.startsWith(learnerPrefix) && !/\p{Cc}/u.test(name),
    'is not the name of a person',
  )

/** A member of a course's staff: a person, or a group as `group:name`. Which groups there are, the config says. */
export const staffName = z
  .string()
  .min(1)
  .refine(
    (name) => name === '' || name.startsWith('group:') || personName.safeParse(name).success,
    'is not the name of a person',
  )

export const groupName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a group has up to 63 of a-z, 0-9, . _ -')

/** A number of bytes, or an amount as `512M`, `1.5G`. */
export const bytes = z.union([
  z.int().positive(),
  z
    .string()
    .regex(/^\d+(\.\d+)?[KMGT]?$/, 'an amount is a number of bytes or looks like 512M, 1.5G')
    .transform((text) =>
      Math.round(
        Number.parseFloat(text) *
          { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40, '': 1 }[
            text.replace(/[\d.]/g, '') as 'K' | 'M' | 'G' | 'T' | ''
          ],
      ),
    )
    .pipe(z.int().positive('is nothing')),
])
