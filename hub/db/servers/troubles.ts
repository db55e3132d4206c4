import { type Database, isPairOf, now, storable, type Transaction } from '../dialect.ts'
import { prepared } from '../prepared.ts'
import type { Server } from './servers.ts'

/**
 * `memory`: a program of the run was ended for want of memory. `full-home`: nothing can be saved any more. `hook`: no
 * trouble, but what a hook of the config has to say before the run opens.
 */
export type TroubleKind = 'memory' | 'full-home' | 'hook'

/** What went wrong with a run that goes on. A server has one of each kind at most, that of its latest run. */
export interface Trouble {
  server: string
  run: number
  kind: TroubleKind
  /** Milliseconds since 1970, by the clock of what told of it. */
  at: number
  /** Milliseconds ago, by the database's clock. */
  age: number
  /** For the learner. */
  message: string
  /** Whether the learner wants to see it no more. */
  read: boolean
}

/** Two kills at a shorter distance are one trouble: an engine may tell one kill several times. */
const togetherMilliseconds = 5000

/**
 * Writes that a run has had trouble. Returns false where that is known: a trouble of this kind from this time or a later
 * one, or of a later run. The learner is told anew of a trouble that comes again.
 */
export async function addTrouble(trx: Transaction, trouble: Omit<Trouble, 'age' | 'read'>): Promise<boolean> {
  const { server, run, kind, at, message } = trouble
  const rows = await trx('troubles')
    .insert({ server, run, kind, at, message: storable(message, 500), read: false })
    .onConflict(['server', 'kind'])
    .merge()
    .whereRaw('troubles.run < excluded.run or (troubles.run = excluded.run and troubles.at + ? <= excluded.at)', [
      togetherMilliseconds,
    ])
    .returning('server')
  return rows.length > 0
}

interface TroubleRow extends Omit<Trouble, 'age' | 'read'> {
  read: boolean | number
  now: number
}

type Runs = readonly Pick<Server, 'id' | 'run'>[]

const troublesOfRuns = prepared<[runs: string], TroubleRow[]>((db, runs) =>
  db('troubles')
    .where(isPairOf(db, 'server', 'run', runs))
    .orderBy('kind', 'desc')
    .select('*', { now: now(db) }),
)

/** Returns the troubles of these runs, by the servers' ids. Those that were read are among them. */
export async function troublesOf(db: Database, runs: Runs): Promise<Map<string, Trouble[]>> {
  const rows = await troublesOfRuns(db, pairsOf(runs))
  const troubles = rows.map(({ now, ...row }): Trouble => {
    return { ...row, age: Math.max(0, Number(now) - row.at), read: Boolean(row.read) }
  })
  return Map.groupBy(troubles, ({ server }) => server)
}

/** Writes that the learner wants to see the troubles of this run no more. */
export async function readTroubles(db: Database, run: Pick<Server, 'id' | 'run'>): Promise<void> {
  await db('troubles').where({ server: run.id, run: run.run }).update({ read: true })
}

/** Removes the trouble of a run that is over. */
export async function endTrouble(db: Database, run: Pick<Server, 'id' | 'run'>, kind: TroubleKind): Promise<void> {
  await db('troubles').where({ server: run.id, run: run.run, kind }).delete()
}

function pairsOf(runs: Runs): string {
  return JSON.stringify(runs.map(({ id, run }) => [id, run]))
}
