/** Runs that are over: how each ended, and what its program printed last. */
import { type Database, now, nowPlus, storable, type Transaction } from '../dialect.ts'
import { deleteInParts } from '../in-parts.ts'
import type { Server } from '../servers/servers.ts'

/**
 * What went wrong with a run, in one word. `memory`: it took more than it may. `disk`: no more could be written. `ended`: its
 * program ended. `gone`: its object was removed by others. `silent`: it did not answer any more. `unanswered`: it never did.
 * `image`: its image did not come in time. `refused`: a hook of the config refused it. `hook`: such a hook failed. `start`: the
 * spawner could not start it. `fault`: an error of the hub.
 */
export const runCauses = [
  ...(['memory', 'disk', 'ended', 'gone', 'silent', 'unanswered'] as const),
  ...(['image', 'refused', 'hook', 'start', 'fault'] as const),
] as const
export type RunCause = (typeof runCauses)[number]

/** How a run ended. */
export interface RunEnd {
  /** As its line of history says. */
  how: 'stopped' | 'culled' | 'failed'
  cause?: RunCause | undefined
  failure?: string | undefined
  detail?: string | undefined
  lasts?: boolean | undefined
  reason?: string | undefined
  /** The id of the user who stopped it. */
  by?: string | undefined
}

/** How many lines of a run are kept, and how many characters of them. */
export const mostLines = { count: 50, characters: 8192 }

/** Notes how a run ends, in the transaction that begins its stop. `server` is the row as it was before. */
export async function noteEnd(trx: Transaction, server: Server, end: RunEnd): Promise<void> {
  const { id, course, run, image, queued, started } = server
  await trx('runs')
    .insert({
      id: `${id}-${run}`,
      server: id,
      course,
      run,
      how: end.how,
      cause: end.cause ?? null,
      failure: cut(end.failure, 500),
      detail: cut(end.detail, 10_000),
      lasts: end.lasts ?? false,
      reason: cut(end.reason, 200),
      by: end.by ?? null,
      image: cut(image, 255),
      queued: queued ?? null,
      started: started ?? null,
      ended: now(trx),
    })
    .onConflict()
    .ignore()
}

/** Returns whether the last lines of a run are still to be read. */
export async function wantsLines(db: Database, { id, run }: Pick<Server, 'id' | 'run'>): Promise<boolean> {
  const found = await db('runs')
    .where({ id: `${id}-${run}` })
    .whereNull('lines')
    .first('id')
  return found !== undefined
}

/** Keeps the last lines of a run, unless they are known. */
export async function keepLines(db: Database, { id, run }: Pick<Server, 'id' | 'run'>, lines: string[]): Promise<void> {
  await db('runs')
    .where({ id: `${id}-${run}` })
    .whereNull('lines')
    .update({ lines: storable(lines.join('\n'), mostLines.characters) })
}

/** Removes all runs of the servers of these courses. */
export async function removeRunsOf(trx: Transaction, courses: string[]): Promise<void> {
  await trx('runs').whereIn('course', courses).delete()
}

/** Removes the runs that ended longer ago than that. */
export async function expireRuns(db: Database, days: number): Promise<void> {
  await deleteInParts(db, 'runs', 'id', (rows) => rows.where('ended', '<', nowPlus(db, -days * 86_400_000)))
}

function cut(text: string | undefined, length: number): string | null {
  return text === undefined ? null : storable(text, length)
}
