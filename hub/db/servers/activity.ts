import { readClock } from '../clock.ts'
import { type Database, isOneOf, now, storable } from '../dialect.ts'
import { prepared } from '../prepared.ts'

export type ActivityResult = 'active' | 'idle' | 'unknown'

export interface Activity {
  server: string
  run: number
  lastActivity: number
  /** When the server itself was last asked, after traffic had ceased. */
  probed: number | undefined
  result: ActivityResult
  reason: string
}

export interface Traffic {
  server: string
  run: number
  /** By the database's clock. */
  at: number
}

/** Proxies give times to the second, so traffic less than this later than the known one counts as the known one. */
const jitterMilliseconds = 2000
const batch = 200

/** Writes traffic that the proxies have seen, of servers that exist. Traffic after a probe clears its result. */
export async function addTraffic(db: Database, seen: Traffic[]): Promise<void> {
  const known = await activityOf(
    db,
    seen.map(({ server }) => server),
  )
  const rows = seen.flatMap(({ server, run, at }) => {
    const before = known.get(server)
    const isNews = before === undefined || before.run < run || before.lastActivity + jitterMilliseconds < at
    if (!isNews || (before !== undefined && before.run > run)) return []
    const reason = before === undefined ? 'just started' : 'there was traffic'
    return [{ server, run, last_activity: at, probed: null, result: 'active', reason }]
  })
  for (let i = 0; i < rows.length; i += batch) {
    await db('activity')
      .insert(rows.slice(i, i + batch))
      .onConflict('server')
      .merge()
  }
}

export interface ProbeResult {
  result: ActivityResult
  reason: string
  /** The last activity that the server itself reported. */
  lastActivity?: number | undefined
}

/** Writes the result of a probe. The result `active`, such as a busy kernel, is activity now. */
export async function addProbe(db: Database, server: string, run: number, probe: ProbeResult): Promise<void> {
  const { result, reason, lastActivity } = probe
  const seen = { probed: now(db), result, reason: storable(reason, 300) }
  await db('activity').where({ server, run }).update(seen)
  if (result === 'active')
    await db('activity')
      .where({ server, run })
      .update({ last_activity: now(db) })
  else if (lastActivity !== undefined) {
    await db('activity')
      .where({ server, run })
      .where('last_activity', '<', lastActivity)
      .update({ last_activity: lastActivity })
  }
}

/**
 * Writes a report of activity that is not traffic, such as a server's own, which a learner may forge. It counts like activity
 * that a probe found, up to now and for this run. The result of the last probe stays. Nothing is written where activity is
 * known that is less than `pace` older.
 */
export async function addReport(db: Database, server: string, run: number, at: number, pace = 0): Promise<void> {
  const lastActivity = Math.min(at, await readClock(db))
  await reported(db, lastActivity, server, run, lastActivity - pace)
}

const reported = prepared<[at: number, server: string, run: number, before: number], unknown>(
  (db, at, server, run, before) =>
    db('activity').where({ server, run }).where('last_activity', '<', before).update({ last_activity: at }),
)

interface ActivityRow {
  server: string
  run: number
  last_activity: number
  probed: number | null
  result: ActivityResult
  reason: string
}

const activityOfServers = prepared<[servers: string], ActivityRow[]>((db, servers) =>
  db('activity').where(isOneOf(db, 'server', servers)),
)

export async function activityOf(db: Database, servers: string[]): Promise<Map<string, Activity>> {
  const rows = await activityOfServers(db, JSON.stringify(servers))
  return new Map(
    rows.map((row) => [
      row.server,
      {
        server: row.server,
        run: row.run,
        lastActivity: row.last_activity,
        probed: row.probed ?? undefined,
        result: row.result,
        reason: row.reason,
      },
    ]),
  )
}
