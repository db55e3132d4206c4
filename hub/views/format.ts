import type { Course } from '../../courses/course.ts'
import type { Share } from '../db/seats/shares.ts'
import type { Server } from '../db/servers/servers.ts'
import { learnerCharacters, type User } from '../db/users.ts'

/** States of servers as pages show them. */
export const stateText: Record<Server['state'], string> = {
  queued: 'waiting to start',
  starting: 'starting',
  ready: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  failed: 'stopped after a problem',
}

type Named = Pick<User, 'id' | 'name' | 'kind' | 'displayName'>

/**
 * Returns what a page calls a user. Users choose their own display names, so the name that no other user can have
 * stands beside it. The account's name of an LMS's learner is not told: it has the id by which people come in as her where
 * an LMS signs nothing.
 */
export function fullName({ id, name, kind, displayName }: Named): string {
  if (kind === 'temporary') return `Temporary visitor ${name.slice(0, 8)}`
  const own = kind === 'learner' ? `Learner ${id.slice(0, learnerCharacters)}` : name
  return displayName === undefined || displayName === name ? own : `${displayName} (${own})`
}

/** Returns what pages for admins call a user, who may know the names of all accounts. */
export function nameForAdmins(user: Named): string {
  return user.kind === 'learner' ? user.name : fullName(user)
}

/** The shortest id of an LMS that is looked for by itself: shorter ones would hit words and numbers by chance. */
const shortestId = 8

/**
 * Returns what programs and hooks have said about a server, without the account's name of an LMS's learner and without the id in it,
 * in whichever spelling programs make of them.
 */
export function withoutAccount(text: string, owner: Named, path: string): string {
  if (owner.kind !== 'learner') return text
  const name = owner.name.toWellFormed()
  const [, , inPath = name] = path.split('/')
  const ids = [afterIssuer(name, ':'), afterIssuer(inPath, '~3a')].filter((id) => id.length >= shortestId)
  const hidden = [name, inPath, ...ids].flatMap((written) => [encodeURIComponent(written), written])
  return hidden.reduce(
    (left, spelling) => left.replaceAll(new RegExp(RegExp.escape(spelling), 'gi'), '…'),
    text.replaceAll(owner.name, fullName(owner)),
  )
}

/** Returns what comes behind `lms:` and the issuer, whose parts this text separates. */
function afterIssuer(account: string, separator: string): string {
  return account.split(separator).slice(2).join(separator)
}

/** Returns milliseconds as `5 minutes ago`. */
export function ago(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return counted(minutes, 'minute')
  if (minutes < 48 * 60) return counted(Math.floor(minutes / 60), 'hour')
  return counted(Math.floor(minutes / (24 * 60)), 'day')
}

/** Returns milliseconds that are to come as `in 5 minutes`. */
export function timeAhead(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000)
  if (minutes < 1) return 'in a moment'
  if (minutes < 90) return `in ${ofUnit(minutes, 'minute')}`
  if (minutes < 48 * 60) return `in ${ofUnit(Math.round(minutes / 60), 'hour')}`
  return `in ${ofUnit(Math.round(minutes / (24 * 60)), 'day')}`
}

function counted(count: number, unit: string): string {
  return `${ofUnit(count, unit)} ago`
}

/** Returns a number of things: `1 notebook`, `2 notebooks`. */
export function ofUnit(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** Returns what the header of a page calls its user. */
export function shownName(user: User): string {
  return user.kind === 'temporary' ? 'Temporary visitor' : (user.displayName ?? user.name)
}

/** Returns the title of a course. */
export function titleOf({ title, name }: Pick<Course, 'title' | 'name'>): string {
  return title ?? name
}

/** Returns what a page calls a person or a group with whom a notebook is shared. */
export function shareName({ kind, name }: Pick<Share, 'kind' | 'name'>): string {
  return kind === 'group' ? `group ${name}` : name
}
