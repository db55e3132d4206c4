import type { HubServer, HubUser } from './hub-client.ts'

export interface Limits {
  idleSeconds: number
  /** 0: no limit. */
  maxAgeSeconds: number
}

/** What shall happen, and why, in words for a log or a terminal. */
export type Decision =
  | { action: 'keep'; reason: string }
  | { action: 'remove'; because: 'age' | 'idle'; reason: string }

/** The age limit spares nobody; idleness must be known, and what is not known counts as active. Pure. */
export function judgeServer(server: HubServer, limits: Limits): Decision {
  if (server.pending !== null) return keep(`on its way: ${server.pending}`)
  if (!server.ready) return keep('is not running')
  if (isOver(server.age_seconds, limits.maxAgeSeconds)) return overAge(server.age_seconds, limits)
  if (server.activity === 'active') return keep(`in use: ${server.reason}`)
  if (server.activity === 'unknown' || server.idle_seconds === null) {
    return keep(`counts as active, for its activity is not known: ${server.reason}`)
  }
  return judgeIdleness(server.idle_seconds, limits)
}

/** Only temporary users without a server that runs or moves. What their servers do decides first. Pure. */
export function judgeUser(user: HubUser, limits: Limits): Decision {
  if (!user.temporary) return keep('is no temporary user')
  const busy = Object.values(user.servers).find((server) => server.ready || server.pending !== null)
  if (busy !== undefined) return keep('has a server')
  if (isOver(user.age_seconds, limits.maxAgeSeconds)) return overAge(user.age_seconds, limits)
  if (user.idle_seconds === null) return keep('counts as active, for its activity is not known')
  return judgeIdleness(user.idle_seconds, limits)
}

function judgeIdleness(idleSeconds: number, limits: Limits): Decision {
  const reason = `idle for ${inWords(idleSeconds)}, the limit is ${inWords(limits.idleSeconds)}`
  return idleSeconds >= limits.idleSeconds ? { action: 'remove', because: 'idle', reason } : keep(reason)
}

function isOver(ageSeconds: number | null, limit: number): ageSeconds is number {
  return limit > 0 && ageSeconds !== null && ageSeconds >= limit
}

function overAge(ageSeconds: number, limits: Limits): Decision {
  const reason = `${inWords(ageSeconds)} old, the limit is ${inWords(limits.maxAgeSeconds)}`
  return { action: 'remove', because: 'age', reason }
}

function keep(reason: string): Decision {
  return { action: 'keep', reason }
}

/** `45 s`, `15 min`, `4 h`, `4 h 5 min`. */
export function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`
}
