import { type Database, forUpdate, now, nowPlus, type Transaction } from './dialect.ts'
import { hashSecret } from './ids.ts'
import { deleteInParts } from './in-parts.ts'
import { prepared } from './prepared.ts'
import { lockUser } from './users.ts'

/** The content of a browser's session, as koa-session keeps it: plain JSON. */
export interface SessionContent {
  /** Id of the user; absent before sign-in. */
  user?: string
  /** Whether the session was made inside a frame, so that its cookie is partitioned. */
  framed?: boolean
  /** Sign-ins begun at providers, the newest last. */
  signIns?: BegunSignIn[]
  /** Name of the authenticator that let a temporary user's person in. */
  gate?: string
  /** The person whom a gateway in front names, and the authenticator that reads it. Only for that person's requests. */
  gateway?: { authenticator: string; subject: string }
  /** What the provider wants to see again at the sign-out, encrypted with the session's id. */
  signOutHint?: string
  [key: string]: unknown
}

export interface BegunSignIn {
  authenticator: string
  /** The `state` in the address at the provider, which comes back with the answer. */
  key?: string
  /** What the authenticator wants to see again. Absent once it was used. */
  pending?: Record<string, string>
  /** Where the browser goes afterwards. */
  next: string
  /** Whether the hub has begun it by itself, after an answer with which an earlier one could not end. */
  restarted: boolean
}

export async function readSession(db: Database, id: string): Promise<SessionContent | undefined> {
  const row = await contentOf(db, hashSecret(id))
  return row && JSON.parse(row.content)
}

const contentOf = prepared<[hash: string], { content: string } | undefined>((db, hash) =>
  db('sessions').where({ hash }).where('expires', '>', now(db)).first('content'),
)

/**
 * Returns whether the session, token or nonce by which a new session or token is made still exists, in the transaction
 * that makes it.
 */
export type Precondition = (trx: Transaction) => Promise<boolean>

/** Adds a session. Returns false when the precondition fails. Frames of one page may add one session at one time. */
export async function addSession(
  db: Database,
  id: string,
  content: SessionContent,
  { milliseconds, precondition = async () => true }: { milliseconds: number; precondition?: Precondition | undefined },
): Promise<boolean> {
  return db.transaction(async (trx) => {
    // A request that ends all sessions of a user locks the user first, so that it finds this session or keeps it out.
    if (content.user !== undefined) await lockUser(trx, content.user)
    if (!(await precondition(trx))) return false
    const { user = null, framed = false } = content
    await kept(trx, hashSecret(id), user, framed, JSON.stringify(content), Math.round(milliseconds))
    return true
  })
}

const kept = prepared<
  [hash: string, user: string | null, framed: boolean, content: string, milliseconds: number],
  unknown
>((db, hash, user, framed, content, milliseconds) =>
  db('sessions')
    .insert({ hash, user, framed, content, expires: db.raw('? + ?', [now(db), milliseconds]) })
    .onConflict('hash')
    .merge(['user', 'framed', 'content', 'expires']),
)

/** Updates a session. Does nothing to a session that has ended: a request under way must not bring it back. */
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
  await deleteInParts(db, 'sessions', 'hash', (rows) => rows.where('expires', '<', now(db)))
}

/** Returns whether a session with this hash lives, and keeps it until the transaction ends. */
export async function holdSession(trx: Transaction, hash: string): Promise<boolean> {
  return (await held(trx, hash)) !== undefined
}

const held = prepared<[hash: string], { hash: string } | undefined>((db, hash) =>
  forUpdate(db, db('sessions').where({ hash }).where('expires', '>', now(db)).first('hash')),
)

export async function isLiveSession(db: Database, hash: string): Promise<boolean> {
  return (await db('sessions').where({ hash }).where('expires', '>', now(db)).first('hash')) !== undefined
}
