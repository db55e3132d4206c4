import type { Course } from '../../courses/course.ts'
import type { Share } from '../db/seats/shares.ts'
import type { Server } from '../db/servers/servers.ts'
import type { User } from '../db/users.ts'

/** States of servers as pages show them. */
export const stateText: Record<Server['state'], string> = {
  queued: 'waiting to start',
  starting: 'starting',
  ready: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  failed: 'stopped after a problem',
}

/**
 * Returns what a page calls a user. Users choose their own display names, so the name that no other user can have
 * stands beside it.
 */
export function fullName({ name, kind, displayName }: Pick<User, 'name' | 'kind' | 'displayName'>): string {
  if (kind === 'temporary') return `Temporary visitor ${name.slice(0, 8)}`
  return displayName === undefined || displayName === name ? name : `${displayName} (${name})`
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
