import { createHash } from 'node:crypto'
import type { Course } from '../../courses/course.ts'
import type { HomeKey } from '../db/homes/homes.ts'
import type { User } from '../db/users.ts'

type Account = Pick<User, 'authenticator' | 'subject'>

/** The longest subject, with other characters as `%xx`, that stands in the key of an account as it is. */
const longestSubject = 200

/**
 * Returns the key of an account, which is the same for an account that was removed and comes back. Printable ASCII, 240
 * characters at most, so that it fits labels.
 */
export function accountOf({ authenticator, subject }: Account): string {
  const written = encodeURIComponent(subject.toWellFormed())
  const short = written.length > longestSubject ? `%sha256-${hashOf(subject)}` : written
  return `${authenticator}:${short}`
}

/** Returns the account of a key; undefined for one whose subject is too long to stand in it. */
export function subjectOf(account: string): Account | undefined {
  const [, authenticator, subject] = /^([^:]+):(.*)$/.exec(account) ?? []
  if (authenticator === undefined || subject === undefined || subject.startsWith('%sha256-')) return undefined
  return { authenticator, subject: decodeURIComponent(subject) }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Returns whose home a user opens in the course. The course must have homes. */
export function homeKeyOf(user: Account, { id, home }: Pick<Course, 'id' | 'home'>): HomeKey {
  return { account: accountOf(user), course: home?.per === 'user' ? '' : id }
}
