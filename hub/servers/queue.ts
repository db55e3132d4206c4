import type { Config } from '../../config/config.ts'
import type { Database } from '../db/dialect.ts'
import { findHomes, type Home } from '../db/homes/homes.ts'
import { countReady, leftMilliseconds, type MovingServer, movingServers } from '../db/servers/servers.ts'
import { readTurns, type TemporaryShare, type Turns, temporaryShare } from '../db/servers/turns.ts'

/** What temporary users have, and the most servers that they may have. */
interface Temporary {
  share: TemporaryShare
  most: number
}

/** The queue as the database has it, with all that decides who may start. */
export interface Queue {
  moving: MovingServer[]
  turns: Turns
  /** How many servers are ready; 0 where nothing limits the number of servers. */
  ready: number
  temporary: Temporary | undefined
  /** The homes of queued servers, by id. */
  homes: ReadonlyMap<string, Home>
  /** Ids of those homes that something has. */
  held: ReadonlySet<string>
}

export async function readQueue(config: Pick<Config, 'limits' | 'authenticators'>, db: Database): Promise<Queue> {
  const moving = await movingServers(db)
  const { servers } = config.limits
  const most = mostTemporary(config, servers)
  const temporary = most === undefined ? undefined : { share: await temporaryShare(db), most }
  const ready = servers === undefined ? 0 : await countReady(db)
  const wanted = moving.flatMap(({ state, home }) => (state === 'queued' && home !== undefined ? [home] : []))
  const homes = wanted.length === 0 ? new Map<string, Home>() : await findHomes(db, wanted)
  const held = new Set([...homes.values()].filter(({ holder }) => holder !== undefined).map(({ id }) => id))
  return { moving, turns: await readTurns(db), ready, temporary, homes, held }
}

export interface QueueLimits {
  startsAtOnce: number
  servers: number | undefined
}

/**
 * Returns how much of `most` temporary users may have: three quarters where people can also sign in, else undefined,
 * which means no limit of their own. Anyone can make temporary users without end, and people with an account must still
 * get in.
 */
export function mostTemporary({ authenticators }: Pick<Config, 'authenticators'>, most = Number.POSITIVE_INFINITY) {
  const isOpen = authenticators.some((one) => one.kind === 'temporary' && one.behind === undefined)
  const hasOthers = authenticators.some((one) => one.kind !== 'temporary')
  return isOpen && hasOthers ? Math.ceil(most * 0.75) : undefined
}

/**
 * Returns the queued servers in their order. Courses take turns, beginning with the one that has waited longest for its
 * turn; within a course the oldest server comes first. Spares come after all servers for which a person waits. Pure.
 */
export function queueOrder(rows: MovingServer[], turns: Turns): MovingServer[] {
  const queued = rows.filter((row) => row.state === 'queued')
  const [people, spares] = [false, true].map((spare) => queued.filter((row) => row.spare === spare))
  return [...inTurns(people ?? [], turns), ...inTurns(spares ?? [], turns)]
}

function inTurns(some: MovingServer[], turns: Turns): MovingServer[] {
  const queued = some.sort(byAge)
  const rounds = new Map<string, number>()
  return queued
    .map((server) => {
      const round = rounds.get(server.course) ?? 0
      rounds.set(server.course, round + 1)
      return { server, round, turn: turns.get(server.course) ?? 0 }
    })
    .sort((a, b) => a.round - b.round || a.turn - b.turn || byAge(a.server, b.server))
    .map(({ server }) => server)
}

/** Returns the servers whose home nothing else has: neither one of `held`, nor a server before them. Pure. */
function withFreeHomes(queue: MovingServer[], held: ReadonlySet<string>): MovingServer[] {
  const taken = new Set(held)
  return queue.filter(({ home }) => {
    if (home === undefined) return true
    const isFree = !taken.has(home)
    taken.add(home)
    return isFree
  })
}

/**
 * Returns the queued servers, in their order, that only wait for a place: neither for a home that something else has, nor,
 * as temporary users beyond their share, for another of these to end. Pure.
 */
export function waitingForPlace({ moving, turns, temporary, held }: Omit<Queue, 'ready' | 'homes'>): MovingServer[] {
  return withFreeHomes(withinShare(queueOrder(moving, turns), temporary), held)
}

/**
 * Returns the queued servers that may start now. `ready` is the number of ready servers, which count towards the limit
 * of all servers. `temporary` holds what temporary users have and the most servers they may have; their servers beyond
 * that are passed over, and so are those whose home is one of `held`.
 */
export function nextToStart(
  moving: MovingServer[],
  turns: Turns,
  ready: number,
  limits: QueueLimits,
  { temporary, held = new Set() }: { temporary?: Temporary | undefined; held?: ReadonlySet<string> } = {},
): MovingServer[] {
  const starting = moving.filter((row) => row.state === 'starting').length
  const stopping = moving.filter((row) => row.state === 'stopping').length
  const room = limits.servers === undefined ? Number.POSITIVE_INFINITY : limits.servers - ready - starting - stopping
  const places = Math.max(0, Math.min(limits.startsAtOnce - starting, room))
  const queue = waitingForPlace({ moving, turns, temporary, held })
  return withoutManySpares(queue, moving, limits.startsAtOnce).slice(0, places)
}

/** Returns the queue with so few spares that half of all starts at once are left to people, who may come any moment. */
function withoutManySpares(queue: MovingServer[], moving: MovingServer[], startsAtOnce: number): MovingServer[] {
  const starting = moving.filter((row) => row.state === 'starting' && row.spare).length
  let left = Math.max(1, Math.floor(startsAtOnce / 2)) - starting
  return queue.filter(({ spare }) => {
    if (!spare) return true
    left -= 1
    return left >= 0
  })
}

/**
 * Returns whether this hub may start a queued server now. In the first second only the hub that queued it may: its request
 * waits, and learns of the start at once, while another hub's start is seen by the next look at the database. Pure.
 */
export function mayTake(me: string, { owner, waited }: MovingServer): boolean {
  return owner === undefined || owner === me || waited > leftMilliseconds
}

/** Returns the queue without the temporary users' servers that are beyond their limit. */
function withinShare(queue: MovingServer[], temporary: Temporary | undefined): MovingServer[] {
  if (temporary === undefined) return queue
  const { share, most } = temporary
  let left = most - share.ready - (share.moving.size - share.queued)
  return queue.filter(({ id }) => {
    if (!share.moving.has(id)) return true
    left -= 1
    return left >= 0
  })
}

function byAge(a: MovingServer, b: MovingServer): number {
  return (a.queued ?? 0) - (b.queued ?? 0) || (a.id < b.id ? -1 : 1)
}
