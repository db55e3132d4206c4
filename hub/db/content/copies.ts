/** Which copies of notebooks learners have, and of what each was made. */
import { type Database, now, type Transaction } from '../dialect.ts'

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

export async function findCopy(db: Database, { holder, path }: PlaceOfCopy): Promise<NotebookCopy | undefined> {
  return db('copies').where({ holder, path }).first('holder', 'path', 'digest', 'commit')
}

/** Notes of what a copy is made. The note stands before the file does, so that no copy is taken for a file of the learner's own. */
export async function putCopy(trx: Transaction | Database, copy: NotebookCopy): Promise<void> {
  await trx('copies')
    .insert({ ...copy, made: now(trx) })
    .onConflict(['holder', 'path'])
    .merge()
}

/** Removes what is known of copies whose home or server is gone. Their earlier versions stay where `versions` keeps them. */
export async function forgetCopies(db: Database): Promise<void> {
  await db('copies')
    .whereNotExists(db('homes').whereRaw('homes.id = copies.holder').select(db.raw('1')))
    .whereNotExists(db('servers').whereRaw('servers.id = copies.holder').select(db.raw('1')))
    .delete()
}
