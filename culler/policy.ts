import type { HubServer, HubUser } from './hub-client.ts'

export interface CullLimits {
  idleSeconds: number
  /** The age limit of servers, however busy, and of temporary users. 0 is no limit. */
  maxAgeSeconds: number
}

/**
 * A decision, with its reason for a log or a terminal. `seen` is the last activity, which must still be the same at the
 * removal. Absent for a server that is too old, however busy it is.
 */
export type Decision = { action: 'keep'; reason: string } | { action: 'remove'; reason: string; seen?: string }

/**
 * Decides on a server, by its own limits where it has some. The age limit holds for busy servers too. Idleness that is not
 * known counts as active. Pure.
 */
export function judgeServer(server: HubServer, flags: CullLimits): Decision {
  const { pending, ready, age_seconds, activity, reason, last_activity, idle_seconds, cull } = server
  if (pending !== null) return keep(`on its way: ${pending}`)
  if (!ready) return keep('is not running')
  if (cull === 'never') return keep('is never stopped, as its own settings say')
  const limits = {
    idle: limit(flags.idleSeconds, cull?.idle_seconds),
    age: limit(flags.maxAgeSeconds, cull?.max_age_seconds),
  }
  if (isOver(age_seconds, limits.age)) return { action: 'remove', reason: overAge(age_seconds, limits.age) }
  if (activity === 'active') return keep(`in use: ${reason}`)
  if (activity === 'unknown' || idle_seconds === null || last_activity === null) {
    return keep(`counts as active, for its activity is not known: ${reason}`)
  }
  return judgeIdleness(idle_seconds, last_activity, limits.idle)
}

/**
 * Decides on a user. Only temporary users without a server that runs or moves are removed, so a server is decided on
 * first. Even a user who is too old is spared after coming back since. Pure.
 */
export function judgeUser(user: HubUser, flags: CullLimits): Decision {
  const { temporary, servers, last_activity, age_seconds, idle_seconds } = user
  if (!temporary) return keep('is no temporary user')
  if (Object.values(servers).some(({ ready, pending }) => ready || pending !== null)) return keep('has a server')
  if (last_activity === null) return keep('counts as active, for its activity is not known')
  const age = limit(flags.maxAgeSeconds)
  if (isOver(age_seconds, age)) return { action: 'remove', reason: overAge(age_seconds, age), seen: last_activity }
  if (idle_seconds === null) return keep('counts as active, for its activity is not known')
  return judgeIdleness(idle_seconds, last_activity, limit(flags.idleSeconds))
}

interface Limit {
  seconds: number
  isOwn: boolean
}

function limit(ofCuller: number, own?: number): Limit {
  return { seconds: own ?? ofCuller, isOwn: own !== undefined }
}

function judgeIdleness(idleSeconds: number, lastActivity: string, idle: Limit): Decision {
  const reason = `idle for ${durationText(idleSeconds)}, ${limitText(idle)}`
  return idleSeconds >= idle.seconds ? { action: 'remove', reason, seen: lastActivity } : keep(reason)
}

function isOver(ageSeconds: number | null, { seconds }: Limit): ageSeconds is number {
  return seconds > 0 && ageSeconds !== null && ageSeconds >= seconds
}

function overAge(ageSeconds: number, age: Limit): string {
  return `${durationText(ageSeconds)} old, ${limitText(age)}`
}

function limitText({ seconds, isOwn }: Limit): string {
  return `${isOwn ? 'its own limit' : 'the limit'} is ${durationText(seconds)}`
}

function keep(reason: string): Decision {
  return { action: 'keep', reason }
}

/** Returns a duration as `45 s`, `15 min`, `4 h` or `4 h 5 min`. */
export function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`
}
