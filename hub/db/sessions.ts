import { type Database, forUpdate, now, nowPlus, type Transaction } from './dialect.ts'
import { hashSecret } from './ids.ts'
import { lockUser } from './users.ts'

/** What a browser's session holds, as koa-session keeps it: plain JSON. */
export interface SessionContent {
  /** Id of the user; absent before sign-in. */
  user?: string
  /** Made inside a frame: its cookie is partitioned. */
  framed?: boolean
  /** What a redirect authenticator waits for. */
  pending?: { authenticator: string; state: Record<string, string>; next: string }
  /** Name of the authenticator that let a temporary user's person in. */
  gate?: string
  [key: string]: unknown
}

export async function readSession(db: Database, id: string): Promise<SessionContent | undefined> {
  const row: { content: string } | undefined = await db('sessions')
    .where({ hash: hashSecret(id) })
    .where('expires', '>', now(db))
    .first('content')
  return row && JSON.parse(row.content)
}

/** What a new session or token stands on, another session, a token or a nonce: whether that is still there. */
export type Precondition = (trx: Transaction) => Promise<boolean>

/** False where what it stands on has ended. Frames of one page may make the same session at the same time. */
export async function addSession(
  db: Database,
  id: string,
  content: SessionContent,
  { milliseconds, precondition = async () => true }: { milliseconds: number; precondition?: Precondition | undefined },
): Promise<boolean> {
  return db.transaction(async (trx) => {
    // Whoever ends all sessions of a user holds the user first: this one is there to be ended, or is not made.
    if (content.user !== undefined) await lockUser(trx, content.user)
    if (!(await precondition(trx))) return false
    const columns = sessionColumns(trx, content, milliseconds)
    await trx('sessions')
      .insert({ hash: hashSecret(id), ...columns })
      .onConflict('hash')
      .merge(columns)
    return true
  })
}

/** Does nothing to a session that has ended: a request that was under way must not bring it back. */
export async function updateSession(
  db: Database,
  id: string,
  content: SessionContent,
  milliseconds: number,
): Promise<void> {
  await db('sessions')
    .where({ hash: hashSecret(id) })
    .update(sessionColumns(db, content, milliseconds))
}

function sessionColumns(db: Database, content: SessionContent, milliseconds: number) {
  return {
    user: content.user ?? null,
    framed: content.framed ?? false,
    content: JSON.stringify(content),
    expires: nowPlus(db, milliseconds),
  }
}

export async function deleteSession(db: Database, id: string): Promise<void> {
  await db('sessions')
    .where({ hash: hashSecret(id) })
    .delete()
}

/** Deletes the session with this hash, or all sessions of a user. */
export async function deleteSessions(trx: Transaction, of: { session: string } | { user: string }): Promise<void> {
  await trx('sessions')
    .where('session' in of ? { hash: of.session } : of)
    .delete()
}

export async function expireSessions(db: Database): Promise<void> {
  await db('sessions').where('expires', '<', now(db)).delete()
}

/** Whether a session with this hash exists; it stays so until the transaction ends. */
export async function holdSession(trx: Transaction, hash: string): Promise<boolean> {
  const live = trx('sessions').where({ hash }).where('expires', '>', now(trx)).first('hash')
  return (await forUpdate(trx, live)) !== undefined
}

export async function isLiveSession(db: Database, hash: string): Promise<boolean> {
  return (await db('sessions').where({ hash }).where('expires', '>', now(db)).first('hash')) !== undefined
}
