/** Which copies of notebooks learners have, and of what each was made. */
import type { Knex } from 'knex'
import { type Database, now, nowPlus, type Transaction } from '../dialect.ts'
import { prepared } from '../prepared.ts'
import { openMilliseconds } from '../servers/desks.ts'

/** Where a copy lies: a path in a home, or in a server that has no home. */
export interface PlaceOfCopy {
  /** The id of the home, or of the server. */
  holder: string
  path: string
}

export interface NotebookCopy extends PlaceOfCopy {
  /** The digest of the content of which it was made. */
  digest: string
  /** The commit of the course of that time. */
  commit: string
}

/** A copy whose learner may have declined a newer notebook. */
export interface KnownCopy extends NotebookCopy {
  /** The digest of the content that she has declined; null where she has declined none. */
  declined: string | null
  /** The digest of the course's notebook when the copy was last found to be changed; null where that was never so. */
  changed: string | null
}

const copyAt = prepared<[holder: string, path: string], KnownCopy | undefined>((db, holder, path) =>
  db('copies').where({ holder, path }).first('holder', 'path', 'digest', 'commit', 'declined', 'changed'),
)

export async function findCopy(db: Database, { holder, path }: PlaceOfCopy): Promise<KnownCopy | undefined> {
  return copyAt(db, holder, path)
}

/** For how long a copy counts as new. An opening takes seconds, and a seat must be taken within a minute. */
const newMilliseconds = 120_000

const newCopyAt = prepared<[holder: string, path: string, digest: string], { path: string } | undefined>(
  (db, holder, path, digest) =>
    db('copies').where({ holder, path, digest }).where('made', '>', nowPlus(db, -newMilliseconds)).first('path'),
)

/** Returns whether a copy of this content was made just now, for the opening that is under way. */
export async function isNewCopy(db: Database, { holder, path }: PlaceOfCopy, digest: string): Promise<boolean> {
  return (await newCopyAt(db, holder, path, digest)) !== undefined
}

/** Notes that a learner stays with her copy, although the course has this content now. */
export async function declineNewer(db: Database, { holder, path }: PlaceOfCopy, digest: string): Promise<void> {
  await db('copies').where({ holder, path }).update({ declined: digest })
}

/** Notes that a learner has changed her copy, while the course has this content. A copy that was made of something else since stays. */
export async function noteChanged(db: Database, { holder, path, digest }: NotebookCopy, course: string): Promise<void> {
  await db('copies').where({ holder, path, digest }).update({ changed: course })
}

/** Notes of what a copy is made. The note stands before the file does, so that no copy is taken for a file of the learner's own. */
export async function putCopy(trx: Transaction | Database, copy: NotebookCopy): Promise<void> {
  await trx('copies')
    .insert({ ...copy, made: now(trx), declined: null, changed: null, held: null })
    .onConflict(['holder', 'path'])
    .merge()
}

export interface CopiesAtStart {
  holder: string
  /** The bundle of which a server copies all files. */
  bundle: string
  commit: string
  /** Whether what the server had is gone, so that each copy is made anew. */
  anew: boolean
}

/**
 * Notes of what the copies are made that a server makes at its start, before it does. A copy that is there stays what it was
 * made of, as the server leaves it. Changes nothing when it is done again.
 */
export async function putCopiesAtStart(db: Database, { holder, bundle, commit, anew }: CopiesAtStart): Promise<void> {
  // Knex drops the conflict of an insert by a query on SQLite, so the whole statement stands here.
  const then = anew
    ? 'do update set digest = excluded.digest, "commit" = excluded."commit", made = excluded.made, declined = null, changed = null, held = null'
    : 'do nothing'
  await db.raw(
    `insert into copies (holder, path, digest, "commit", made) select ?, path, digest, ?, ? from whole_notebooks where bundle = ? on conflict (holder, path) ${then}`,
    [holder, commit, now(db), bundle],
  )
}

/** A copy as the staff of its course see it. */
export interface ListedCopy {
  path: string
  /** Milliseconds since it was made, by the database's clock. */
  age: number
  /** Whether the course has another notebook there now. */
  isBehind: boolean
  /** Whether its learner was found to have changed it. */
  isChanged: boolean
}

const mostListed = 500

/** Returns the copies that a home or server has of a course's notebooks. */
export async function listCopies(db: Database, of: { holder: string; course: string }): Promise<ListedCopy[]> {
  const rows: ListedRow[] = await db('copies')
    .join('notebooks', (on) => on.on('notebooks.path', 'copies.path').andOnVal('notebooks.course', of.course))
    .where('copies.holder', of.holder)
    .orderBy('copies.path')
    .limit(mostListed)
    .select('copies.path', 'copies.made', 'copies.changed', 'copies.digest', {
      theirs: 'notebooks.digest',
      now: now(db),
    })
  return rows.map(({ path, made, changed, digest, theirs, now }) => ({
    ...{ path, age: Math.max(0, Number(now) - Number(made)) },
    ...{ isBehind: theirs !== digest, isChanged: changed !== null },
  }))
}

interface ListedRow {
  path: string
  made: number | string
  changed: string | null
  digest: string
  theirs: string
  now: number | string
}

/** Removes what is known of copies whose home or server is gone. Their earlier versions stay where `versions` keeps them. */
export async function forgetCopies(db: Database): Promise<void> {
  await db('copies')
    .whereNotExists(db('homes').whereRaw('homes.id = copies.holder').select(db.raw('1')))
    .whereNotExists(db('servers').whereRaw('servers.id = copies.holder').select(db.raw('1')))
    .delete()
}

/** A copy in a running server that may follow its course. */
export interface CopyBehind {
  /** The id of the server. */
  server: string
  path: string
}

/** As long as this a copy is one hub's that has taken it. */
const heldMilliseconds = 120_000

interface CopiesOfCourse {
  /** The id of the course. */
  course: string
  /** The names of its servers. */
  slugs: readonly string[]
}

/** Takes some copies in running servers that are behind their course, and that no hub looks at or open desk shows. */
export async function takeCopiesBehind(
  db: Database,
  { limit, ...of }: CopiesOfCourse & { limit: number },
): Promise<CopyBehind[]> {
  const rows: (CopyBehind & PlaceOfCopy)[] = await free(behind(db, of), db).limit(limit)
  const taken: CopyBehind[] = []
  for (const { holder, path, server } of rows) {
    const until = nowPlus(db, heldMilliseconds)
    if ((await free(db('copies').where({ holder, path }), db).update({ held: until })) > 0) taken.push({ server, path })
  }
  return taken
}

/** Returns whether copies in running servers are behind their course. Those that a hub looks at now count too. */
export async function hasCopiesBehind(db: Database, of: CopiesOfCourse): Promise<boolean> {
  return (await behind(db, of).first()) !== undefined
}

function free<Q extends Knex.QueryBuilder>(query: Q, db: Database): Q {
  return query.where((row) => row.whereNull('copies.held').orWhere('copies.held', '<', now(db))) as Q
}

function behind(db: Database, { course, slugs }: CopiesOfCourse) {
  const shown = db('desks')
    .whereRaw('desks.server = servers.id and desks.path = copies.path')
    .where('desks.seen', '>', nowPlus(db, -openMilliseconds))
  return db('servers')
    .join('copies', 'copies.holder', db.raw('coalesce(servers.home, servers.id)'))
    .join('notebooks', (on) => on.on('notebooks.path', 'copies.path').andOnVal('notebooks.course', course))
    .where('servers.state', 'ready')
    .whereIn('servers.course', slugs)
    .whereRaw('notebooks.digest <> copies.digest')
    .whereRaw("coalesce(copies.changed, '') <> notebooks.digest")
    .whereRaw("coalesce(copies.declined, '') <> notebooks.digest")
    .whereNotExists(shown.select(db.raw('1')))
    .select('copies.holder', 'copies.path', { server: 'servers.id' })
}
