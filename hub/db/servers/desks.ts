/** Which servers have a desk open: a page with the strip, which asks for their state from time to time. */
import { type Database, now, nowPlus } from '../dialect.ts'
import { listsOf } from '../lists.ts'
import { prepared } from '../prepared.ts'

/** A desk that has not asked for this long is closed, or sleeps. A hidden one asks every six minutes at least. */
export const openMilliseconds = 400_000

/** A desk, or several that show the same notebook of one server. */
export interface AskedDesk {
  /** When it last asked. */
  seen: number
  /** When it was first told that idleness ends the server soon, and after which activity that was. */
  warned: number | undefined
  warnedOf: number | undefined
}

interface Row {
  seen: number
  warned: number | null
  warned_of: number | null
}

const asked = prepared<[server: string, path: string, run: number], unknown>((db, server, path, run) =>
  db('desks')
    .insert({ server, path, run, seen: now(db), warned: null, warned_of: null })
    .onConflict(['server', 'path'])
    .merge(['run', 'seen']),
)

/** Notes that a desk of the run has asked. `path` is the notebook of the course that it shows, or empty. */
export async function noteDesk(
  db: Database,
  { server, run, path }: { server: string; run: number; path: string },
): Promise<void> {
  await asked(db, server, path, run)
}

/** Notes that a desk is told of the end that follows this activity, unless it was told before. */
export async function noteWarned(
  db: Database,
  { server, run, path }: { server: string; run: number; path: string },
  lastActivity: number,
): Promise<void> {
  await db('desks')
    .where({ server, path, run })
    .where((row) => row.whereNull('warned_of').orWhereNot('warned_of', lastActivity))
    .update({ warned: now(db), warned_of: lastActivity })
}

const desksOfRun = prepared<[server: string, run: number], Row[]>((db, server, run) =>
  db('desks').where({ server, run }).select('seen', 'warned', 'warned_of'),
)

/** Returns the desks of a run, also those that were closed since. */
export async function desksOf(db: Database, server: string, run: number): Promise<AskedDesk[]> {
  const rows = await desksOfRun(db, server, run)
  return rows.map(({ seen, warned, warned_of }) => ({
    seen,
    warned: warned ?? undefined,
    warnedOf: warned_of ?? undefined,
  }))
}

/** Returns the runs that have a desk open, each as its server's id and its number with a space between. */
export async function runsWithDesks(db: Database): Promise<Set<string>> {
  const rows: { server: string; run: number }[] = await db('desks')
    .where('seen', '>', nowPlus(db, -openMilliseconds))
    .distinct('server', 'run')
  return new Set(rows.map(({ server, run }) => `${server} ${run}`))
}

/** Returns which notebooks of the course desks of the server have shown within this time. */
export async function openNotebooks(db: Database, server: string, milliseconds: number): Promise<Set<string>> {
  const paths: string[] = await db('desks')
    .where({ server })
    .whereNot('path', '')
    .where('seen', '>', nowPlus(db, -milliseconds))
    .pluck('path')
  return new Set(paths)
}

/** Returns which notebooks of the course open desks of these servers show, by the servers' ids. */
export async function notebooksOpenIn(db: Database, servers: string[]): Promise<Map<string, string[]>> {
  const rows: { server: string; path: string }[] = await db('desks')
    .whereIn('server', servers)
    .whereNot('path', '')
    .where('seen', '>', nowPlus(db, -openMilliseconds))
    .orderBy('path')
    .select('server', 'path')
  return listsOf(rows.map(({ server, path }) => [server, path]))
}

const forgottenMilliseconds = 86_400_000

export async function expireDesks(db: Database): Promise<void> {
  await db('desks').where('seen', '<', nowPlus(db, -forgottenMilliseconds)).delete()
}
