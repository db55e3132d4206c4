/** Rows of spares, each the server of a user in state `spare`: made together, given to somebody, and removed together. */
import { type Database, now, type Transaction } from '../dialect.ts'
import { newId } from '../ids.ts'
import { prepared } from '../prepared.ts'
import { type NextRun, queueServer } from './server-moves.ts'
import { restStates } from './server-states.ts'
import { type Server, type ServerRow, toServer } from './servers.ts'

/** The authenticator of spares. No config can name one so. */
const spareAuthenticator = 'carrel:spare'

/** A spare and when it came into its state, by the database's clock. */
export interface Spare {
  server: Server
  /** Milliseconds since it is ready. Undefined before. */
  age: number | undefined
}

type SpareRow = ServerRow & { now: number }

const spareRows = (db: Database) => db('servers').whereRaw('spare')

/** Returns all spares that nobody has taken, also those that have ended. */
export async function allSpares(db: Database): Promise<Spare[]> {
  const rows: SpareRow[] = await spareRows(db)
    .orderBy('created')
    .orderBy('id')
    .select('*', { now: now(db) })
  return rows.map((row) => ({
    server: toServer(row),
    age: row.state !== 'ready' || row.started === null ? undefined : Math.max(0, Number(row.now) - row.started),
  }))
}

/** Returns how many spares there are in each state. */
export async function countSpares(db: Database): Promise<ReadonlyMap<string, number>> {
  const rows: { state: string; count: number | string }[] = await spareRows(db)
    .groupBy('state')
    .select('state')
    .count({ count: '*' })
  return new Map(rows.map(({ state, count }) => [state, Number(count)]))
}

/** Returns spares that take a place: those that start first, then the oldest. */
export async function sparesInPlace(db: Database, limit: number): Promise<Server[]> {
  const rows: ServerRow[] = await spareRows(db)
    .whereIn('state', ['starting', 'ready'])
    .orderBy([{ column: 'state', order: 'desc' }, 'created', 'id'])
    .limit(limit)
  return rows.map(toServer)
}

/** Returns spares that run and take room of machines: those of other courses first, then the oldest. */
export async function sparesWithRoom(db: Database, course: string, limit: number): Promise<Server[]> {
  const rows: ServerRow[] = await spareRows(db)
    .where({ state: 'ready' })
    .orderByRaw('case when course = ? then 1 else 0 end, started, id', [course])
    .limit(limit)
  return rows.map(toServer)
}

/** Makes a spare of the course: a user in state `spare`, whose name stands in the path, and the user's server, which is queued. */
export async function makeSpare(
  trx: Transaction,
  me: string,
  { course, name, path, next }: { course: string; name: string; path: string; next: NextRun },
): Promise<void> {
  const user = await addSpareUser(trx, name)
  const id = newId()
  await trx('servers').insert({
    ...{ id, user, course, name: course, path, label: newId(), told_user: name, spare: true },
    ...{ state: 'stopped', run: 0, epoch: 0, restart: false, revision: 0, since: 0, created: now(trx) },
  })
  await queueServer(trx, me, { id, run: 0, epoch: 0 }, next)
}

async function addSpareUser(trx: Transaction, name: string): Promise<string> {
  const id = newId()
  await trx('users').insert({
    ...{ id, name, kind: 'temporary', authenticator: spareAuthenticator, subject: name, display_name: null },
    ...{ state: 'spare', preview: false, created: now(trx), last_launch: 0 },
  })
  return id
}

const readyIds = prepared<[course: string, madeOf: string], { id: string }[]>((db, course, madeOf) =>
  spareRows(db).where({ course, state: 'ready', made_of: madeOf }).orderBy('started').orderBy('id').select('id'),
)

/** Returns the ids of the course's spares that are ready and made of this, the oldest first. */
export async function readySpares(db: Database, course: string, madeOf: string): Promise<string[]> {
  return (await readyIds(db, course, madeOf)).map(({ id }) => id)
}

const readySpareOfCourse = prepared<[course: string], { id: string } | undefined>((db, course) =>
  spareRows(db).where({ course, state: 'ready' }).first('id'),
)

/** Returns whether a spare of the course is ready, whatever it is made of. */
export async function hasAnySpare(db: Database, course: string): Promise<boolean> {
  return (await readySpareOfCourse(db, course)) !== undefined
}

const claimed = prepared<[id: string, epoch: number, user: string, revision: number], ServerRow[]>(
  (db, id, epoch, user, revision) =>
    db('servers')
      .where({ id, epoch, state: 'ready' })
      .whereRaw('spare')
      .update({
        ...{ user, spare: false, revision, epoch: db.raw('epoch + 1') },
        // All that counts from a start counts from now, and no seat of an earlier time is good.
        ...{ queued: now(db), started: now(db), since: now(db) },
      })
      .returning('*'),
)

/**
 * Gives the user a ready spare as it was seen, and removes the user that it had. Its epoch rises, so that a stop that was decided
 * on for the spare does nothing. Undefined where the row has moved since.
 */
export async function claimReady(
  trx: Transaction,
  { id, epoch }: Pick<Server, 'id' | 'epoch'>,
  { user, revision }: { user: string; revision: number },
): Promise<Server | undefined> {
  const [row] = await claimed(trx, id, epoch, user, revision)
  if (row === undefined) return undefined
  await givenUp(trx, row.told_user ?? '')
  return toServer(row)
}

const givenUp = prepared<[name: string], number>((db, name) => db('users').where({ name, state: 'spare' }).delete())

/** Gives a visitor who has just come, and has nothing yet, the name by which the visitor's server knows its user. */
export async function becomeTold(trx: Transaction, user: string, name: string): Promise<void> {
  await named(trx, user, name, name)
}

const named = prepared<[id: string, name: string, subject: string], number>((db, id, name, subject) =>
  db('users').where({ id, kind: 'temporary' }).update({ name, subject }),
)

/** Removes a spare of which nothing is left at the spawner, with its user. Returns false where it is not so any more. */
export async function removeSpare(trx: Transaction, { id, user, epoch }: Server): Promise<boolean> {
  const removed = await trx('servers')
    .where({ id, user, epoch })
    .whereRaw('spare')
    .whereIn('state', restStates)
    .delete()
  if (removed !== 1) return false
  await trx('users').where({ id: user, state: 'spare' }).delete()
  return true
}
