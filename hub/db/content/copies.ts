/** Which copies of notebooks learners have, and of what each was made. */
import { type Database, now, type Transaction } from '../dialect.ts'
import { prepared } from '../prepared.ts'

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
    .insert({ ...copy, made: now(trx), declined: null, changed: null })
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
    ? 'do update set digest = excluded.digest, "commit" = excluded."commit", made = excluded.made, declined = null, changed = null'
    : 'do nothing'
  await db.raw(
    `insert into copies (holder, path, digest, "commit", made) select ?, path, digest, ?, ? from whole_notebooks where bundle = ? on conflict (holder, path) ${then}`,
    [holder, commit, now(db), bundle],
  )
}

/** Removes what is known of copies whose home or server is gone. Their earlier versions stay where `versions` keeps them. */
export async function forgetCopies(db: Database): Promise<void> {
  await db('copies')
    .whereNotExists(db('homes').whereRaw('homes.id = copies.holder').select(db.raw('1')))
    .whereNotExists(db('servers').whereRaw('servers.id = copies.holder').select(db.raw('1')))
    .delete()
}
