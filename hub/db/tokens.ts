import type { Knex } from 'knex'
import { userTokenPrefix } from '../../seats/explicit-token.ts'
import { type Database, forUpdate, now, nowPlus, storable } from './dialect.ts'
import { hashSecret, newId, newSecret } from './ids.ts'

/** A user's API token, without the word that opens: only whoever made it has that. */
export interface Token {
  id: string
  user: string
  /** The name that its user gave it. */
  note: string
  created: number
  expires: number
  lastUsed: number | undefined
}

/** A new token and the word that opens, which nobody can read again. */
export async function addToken(
  db: Database,
  { user, note, milliseconds }: { user: string; note: string; milliseconds: number },
): Promise<{ token: Token; word: string }> {
  const word = userTokenPrefix + newSecret()
  const [row] = await db('tokens')
    .insert({
      id: newId(),
      hash: hashSecret(word),
      user,
      note: storable(note, 255),
      created: now(db),
      expires: nowPlus(db, milliseconds),
      last_used: null,
    })
    .returning('*')
  return { token: toToken(row), word }
}

const usedMilliseconds = 60_000

/** The token that this word opens, as long as it lives. That it was used is written at most once a minute. */
export async function useToken(db: Database, word: string): Promise<{ token: Token; left: number } | undefined> {
  const row: (TokenRow & { at: number }) | undefined = await db('tokens')
    .where({ hash: hashSecret(word) })
    .where('expires', '>', now(db))
    .first('*', db.raw('? as at', [now(db)]))
  if (row === undefined) return undefined
  if (row.last_used === null || row.last_used <= Number(row.at) - usedMilliseconds) {
    await db('tokens')
      .where({ id: row.id })
      .update({ last_used: now(db) })
  }
  return { token: toToken(row), left: row.expires - Number(row.at) }
}

/** Those that live, oldest first. */
export async function tokensOf(db: Database, user: string): Promise<Token[]> {
  const rows: TokenRow[] = await db('tokens').where({ user }).where('expires', '>', now(db)).orderBy(['created', 'id'])
  return rows.map(toToken)
}

export async function findTokenOf(db: Database, user: string, id: string): Promise<Token | undefined> {
  const row: TokenRow | undefined = await db('tokens').where({ user, id }).where('expires', '>', now(db)).first()
  return row && toToken(row)
}

export async function countTokensOf(db: Database, user: string): Promise<number> {
  const [row] = await db('tokens').where({ user }).where('expires', '>', now(db)).count({ count: '*' })
  return Number(row?.count)
}

/** Whether the token lives; it does so until the transaction ends. */
export async function holdToken(trx: Knex.Transaction, id: string): Promise<boolean> {
  const live = trx('tokens').where({ id }).where('expires', '>', now(trx)).first('id')
  return (await forUpdate(trx, live)) !== undefined
}

/** False: it was gone already. */
export async function deleteToken(trx: Knex.Transaction, id: string): Promise<boolean> {
  return (await trx('tokens').where({ id }).delete()) === 1
}

export async function deleteTokensOf(trx: Knex.Transaction, user: string): Promise<void> {
  await trx('tokens').where({ user }).delete()
}

/** Those whose time is over. */
export async function expiredTokens(db: Database): Promise<Token[]> {
  const rows: TokenRow[] = await db('tokens').where('expires', '<=', now(db)).limit(1000)
  return rows.map(toToken)
}

interface TokenRow {
  id: string
  user: string
  note: string
  created: number
  expires: number
  last_used: number | null
}

function toToken(row: TokenRow): Token {
  const { id, user, note, created, expires } = row
  return { id, user, note, created, expires, lastUsed: row.last_used ?? undefined }
}
