import { type Database, now, nowPlus, type Transaction } from '../dialect.ts'
import { hashSecret, newSecret } from '../ids.ts'
import { deleteInParts } from '../in-parts.ts'
import { prepared } from '../prepared.ts'

/** A request to open something, under way. Its id shows the progress; only its session gets a ticket. */
export interface Launch {
  session: string
  user: string
  server: string
  run: number
  landing: string
  framed: boolean
  /** The files that the link may mean, as `filesOf` gives them. Undefined where the landing alone says what opens. */
  files?: string[][] | undefined
  /** Whether a button asks for the notebook to be made where it is not there. */
  makes?: boolean
  /** What a button puts in the place of the notebook: the course's own one, or an earlier version by its number. */
  replaces?: 'course' | number | undefined
}

const launchMilliseconds = 15 * 60_000

export async function addLaunch(db: Database, launch: Launch): Promise<string> {
  const id = newSecret()
  const { session, user, server, run, landing, framed, makes = null } = launch
  const files = launch.files === undefined ? null : JSON.stringify(launch.files)
  const replaces = launch.replaces === undefined ? null : String(launch.replaces)
  await added(db, hashSecret(id), session, user, server, run, landing, framed, files, makes, replaces)
  return id
}

const added = prepared<
  [
    ...[hash: string, session: string, user: string, server: string, run: number, landing: string, framed: boolean],
    ...[files: string | null, makes: boolean | null, replaces: string | null],
  ],
  unknown
>((db, hash, session, user, server, run, landing, framed, files, makes, replaces) =>
  db('launches').insert({
    ...{ hash, session, user, server, run, landing, framed, files, makes, replaces },
    ...{ created: now(db), expires: nowPlus(db, launchMilliseconds) },
  }),
)

export async function findLaunch(db: Database, id: string): Promise<Launch | undefined> {
  const row = await launchOf(db, hashSecret(id))
  return row && toLaunch(row)
}

const launchOf = prepared<[hash: string], LaunchRow | undefined>((db, hash) =>
  db('launches').where({ hash }).where('expires', '>', now(db)).first(),
)

/** Returns whether the user has a launch younger than this, which keeps the user from being removed. */
export async function hasLaunchYoungerThan(db: Database, user: string, milliseconds: number): Promise<boolean> {
  const row = await db('launches').where({ user }).where('created', '>', nowPlus(db, -milliseconds)).first('hash')
  return row !== undefined
}

/** Deletes the launches of a session or a user. */
export async function deleteLaunches(trx: Transaction, of: { session: string } | { user: string }): Promise<void> {
  await trx('launches').where(of).delete()
}

/** Deletes the launches of these users at a server. */
export async function deleteLaunchesAt(trx: Transaction, server: string, users: string[]): Promise<void> {
  await trx('launches').where({ server }).whereIn('user', users).delete()
}

export async function expireLaunches(db: Database): Promise<void> {
  await deleteInParts(db, 'launches', 'hash', (rows) => rows.where('expires', '<', now(db)))
}

/** Notes that what such a launch was to replace is replaced, so that no reload of its page does so again. */
export async function noteReplaced(db: Database, { session, user, server, run, landing }: Launch): Promise<void> {
  await db('launches').where({ session, user, server, run, landing }).update({ replaces: null })
}

interface LaunchRow extends Omit<Launch, 'files' | 'makes' | 'replaces'> {
  files: string | null
  makes: boolean | number | null
  replaces: string | null
}

function toLaunch({ session, user, server, run, landing, framed, files, makes, replaces }: LaunchRow): Launch {
  return {
    session,
    user,
    server,
    run,
    landing,
    framed: Boolean(framed),
    makes: Boolean(makes),
    ...(replaces !== null && { replaces: replaces === 'course' ? replaces : Number(replaces) }),
    ...(files !== null && { files: JSON.parse(files) }),
  }
}
