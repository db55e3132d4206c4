import type { Course } from '../../courses/course.ts'
import { imageOf } from '../builds/images.ts'
import { allSpares } from '../db/servers/claims.ts'
import { isAtRest } from '../db/servers/server-states.ts'
import { countMoving, countReady } from '../db/servers/servers.ts'
import { temporaryShare } from '../db/servers/turns.ts'
import type { Hub } from '../hub.ts'
import { mostTemporary } from '../servers/queue.ts'

/** What tmpnb tells of itself, in its words. */
export interface TmpnbStats {
  /** How many more visitors can get a server now. */
  available: number
  /** How many servers there may be, with and without a visitor. */
  capacity: number
  /** The version of tmpnb's API, not of this program. */
  version: '0.2.0'
  container_image: string
  /** How many spares wait, each of which opens at once. They are among the available ones. */
  spares: number
}

/** Returns the numbers of now. Servers of all courses count, since they share one limit, but for spares, which make room. */
export async function statsOf(hub: Hub, course: Course): Promise<TmpnbStats> {
  const { db, config } = hub
  const servers = config.limits.servers ?? Number.MAX_SAFE_INTEGER
  const most = mostTemporary(config, servers)
  const [ready, { counts }, spares] = await Promise.all([countReady(db), countMoving(db), allSpares(db)])
  const waiting = spares.filter(({ server }) => !isAtRest(server))
  const taken = ready + [...counts.values()].reduce((sum, count) => sum + count, 0) - waiting.length
  const free = servers - taken
  return {
    available: Math.max(0, most === undefined ? free : Math.min(free, most - (await countOfTemporary(hub)))),
    capacity: most ?? servers,
    version: '0.2.0',
    container_image: (await imageOf(db, course.image)) ?? course.image,
    spares: waiting.filter(({ server }) => server.state === 'ready' && server.course === course.slug).length,
  }
}

async function countOfTemporary({ db }: Hub): Promise<number> {
  const { ready, moving } = await temporaryShare(db)
  return ready + moving.size
}

/** Returns a function that returns the numbers of the last second, so that many who ask cost no more than one. */
export function rememberedStats(hub: Hub): (course: Course) => Promise<TmpnbStats> {
  let last: { course: string; at: number; stats: Promise<TmpnbStats> } | undefined
  return (course) => {
    const now = performance.now()
    if (last === undefined || last.course !== course.slug || now - last.at > 1000) {
      last = { course: course.slug, at: now, stats: statsOf(hub, course) }
      last.stats.catch(() => {
        last = undefined
      })
    }
    return last.stats
  }
}
