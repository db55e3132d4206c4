import { type Database, now, nowPlus, type Transaction } from './dialect.ts'
import { hashSecret, newId } from './ids.ts'
import { deleteInParts } from './in-parts.ts'
import { prepared } from './prepared.ts'

export type NonceUse = { user: string; first: boolean } | 'too-old'

/** Binds a first-visit nonce to a new user id. Another use within 60 seconds gets that id too; later it is too old. */
export async function useNonce(db: Database, nonce: string): Promise<NonceUse> {
  const hash = hashSecret(nonce)
  const user = newId()
  if ((await bound(db, hash, user)).length > 0) return { user, first: true }
  const row = await young(db, hash)
  return row === undefined ? 'too-old' : { user: row.user, first: false }
}

/** Returns whether the nonce is bound, and was within the last 60 seconds. */
export async function isYoungNonce(db: Database, nonce: string): Promise<boolean> {
  return (await young(db, hashSecret(nonce))) !== undefined
}

const bound = prepared<[hash: string, user: string], { user: string }[]>((db, hash, user) =>
  db('nonces')
    .insert({ hash, user, created: now(db) })
    .onConflict('hash')
    .ignore()
    .returning('user'),
)

const young = prepared<[hash: string], { user: string } | undefined>((db, hash) =>
  db('nonces').where({ hash }).where('created', '>', nowPlus(db, -60_000)).first('user'),
)

/** Makes the user's first-visit nonces too old, so that none gives this user again. */
export async function endNonces(trx: Transaction, user: string): Promise<void> {
  await trx('nonces')
    .where({ user })
    .update({ created: nowPlus(trx, -60_000) })
}

export async function expireNonces(db: Database): Promise<void> {
  await deleteInParts(db, 'nonces', 'hash', (rows) => rows.where('created', '<', nowPlus(db, -24 * 3_600_000)))
}
