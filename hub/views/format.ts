import { amountOf, sizeText } from '../../courses/amount.ts'
import type { Course } from '../../courses/course.ts'
import { retold } from '../../words/kept.ts'
import { forCount, plainIn, type Said, say, type Text, textIn } from '../../words/text.ts'
import type { Share } from '../db/seats/shares.ts'
import type { Server } from '../db/servers/servers.ts'
import { learnerCharacters, type User } from '../db/users.ts'

/** States of servers as pages show them. */
export const stateText: Record<Server['state'], Text> = {
  queued: say`waiting to start`,
  starting: say`starting`,
  ready: say`running`,
  stopping: say`stopping`,
  stopped: say`stopped`,
  failed: say`stopped after a problem`,
}

type Named = Pick<User, 'id' | 'name' | 'kind' | 'displayName'>

/**
 * Returns what a page calls a user. Users choose their own display names, so the name that no other user can have
 * stands beside it. The account's name of an LMS's learner is not told: it has the id by which people come in as her where
 * an LMS signs nothing.
 */
export function fullName({ id, name, kind, displayName }: Named): Said {
  if (kind === 'temporary') return say`Temporary visitor ${name.slice(0, 8)}`
  const own = ownName({ id, name, kind })
  return displayName === undefined || displayName === name ? own : say`${displayName} (${own})`
}

/** Returns the part of a user's name that no other user has, and by which lists for staff find her. */
export function ownName({ id, name, kind }: Omit<Named, 'displayName'>): Said {
  return kind === 'learner' ? say`Learner ${id.slice(0, learnerCharacters)}` : name
}

/** Returns what pages for admins call a user, who may know the names of all accounts. */
export function nameForAdmins(user: Named): Said {
  return user.kind === 'learner' ? user.name : fullName(user)
}

/** The shortest id of an LMS that is looked for by itself: shorter ones would hit words and numbers by chance. */
const shortestId = 8

/**
 * Returns what programs and hooks have said about a server, without the account's name of an LMS's learner and without the id in it,
 * in whichever spelling programs make of them. What stands in the name's place is in a language.
 */
export function withoutAccount(text: string, owner: Named, path: string, language = 'en'): string {
  if (owner.kind !== 'learner') return text
  const name = owner.name.toWellFormed()
  const [, , inPath = name] = path.split('/')
  const ids = [afterIssuer(name, ':'), afterIssuer(inPath, '~3a')].filter((id) => id.length >= shortestId)
  const hidden = [name, inPath, ...ids].flatMap((written) => [encodeURIComponent(written), written])
  return hidden.reduce(
    (left, spelling) => left.replaceAll(new RegExp(RegExp.escape(spelling), 'gi'), '…'),
    text.replaceAll(owner.name, () => plainIn(fullName(owner), language)),
  )
}

/** Returns why something has failed as its reader is told it, without the account's name of an LMS's learner. */
export function failureWithout(text: string, owner: Named, path: string): Text {
  return textIn((language) => retold(withoutAccount(text, owner, path, language)).plain(language))
}

/** Returns what comes behind `lms:` and the issuer, whose parts this text separates. */
function afterIssuer(account: string, separator: string): string {
  return account.split(separator).slice(2).join(separator)
}

/** Returns milliseconds as `5 minutes ago`. */
export function ago(milliseconds: number): Text {
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 1) return say`just now`
  if (minutes < 60) return say`${ofUnit(minutes, 'minute')} ago`
  if (minutes < 48 * 60) return say`${ofUnit(Math.floor(minutes / 60), 'hour')} ago`
  return say`${ofUnit(Math.floor(minutes / (24 * 60)), 'day')} ago`
}

/** Returns milliseconds that are to come as `in 5 minutes`. */
export function timeAhead(milliseconds: number): Text {
  const minutes = Math.round(milliseconds / 60_000)
  if (minutes < 1) return say`in a moment`
  if (minutes < 90) return say`in ${ofUnit(minutes, 'minute')}`
  if (minutes < 48 * 60) return say`in ${ofUnit(Math.round(minutes / 60), 'hour')}`
  return say`in ${ofUnit(Math.round(minutes / (24 * 60)), 'day')}`
}

/** What texts count, one and several of it. */
const units = {
  second: (count: number) => [say`${count} second`, say`${count} seconds`],
  minute: (count: number) => [say`${count} minute`, say`${count} minutes`],
  hour: (count: number) => [say`${count} hour`, say`${count} hours`],
  day: (count: number) => [say`${count} day`, say`${count} days`],
  notebook: (count: number) => [say`${count} notebook`, say`${count} notebooks`],
  version: (count: number) => [say`${count} version`, say`${count} versions`],
  time: (count: number) => [say`${count} time`, say`${count} times`],
  learner: (count: number) => [say`${count} learner`, say`${count} learners`],
  user: (count: number) => [say`${count} user`, say`${count} users`],
  section: (count: number) => [say`${count} section`, say`${count} sections`],
} satisfies Record<string, (count: number) => [one: Text, other: Text]>

/** Returns a number of things: `1 notebook`, `2 notebooks`. */
export function ofUnit(count: number, unit: keyof typeof units): Text {
  return forCount(count, ...units[unit](count))
}

/** Returns how much memory a server takes, and of how much. */
export function memoryText({ bytes, limit }: { bytes: number; limit: number | null }): Said {
  return limit === null ? sizeText(bytes) : say`${sizeText(bytes)} of ${amountOf(limit)}`
}

/** Returns what the header of a page calls its user. */
export function shownName(user: User): Said {
  return user.kind === 'temporary' ? say`Temporary visitor` : (user.displayName ?? user.name)
}

/** Returns the title of a course. */
export function titleOf({ title, name }: Pick<Course, 'title' | 'name'>): string {
  return title ?? name
}

/** Returns what a page calls a person or a group with whom a notebook is shared. */
export function shareName({ kind, name }: Pick<Share, 'kind' | 'name'>): Said {
  return kind === 'group' ? say`group ${name}` : name
}
