import { userTokenPrefix } from '../../seats/explicit-token.ts'
import { type Database, forUpdate, now, nowPlus, storable, type Transaction } from './dialect.ts'
import { hashSecret, newId, newSecret } from './ids.ts'
import { prepared } from './prepared.ts'
import { readGroupLists, toUser, type User, type UserRow } from './users.ts'

/** A user's API token, without its secret, which is shown once to the person who makes it. */
export interface Token {
  id: string
  user: string
  /** The name that the token was given when it was made. */
  note: string
  /** The admin who made the token in the user's name. Undefined when the user made it. */
  madeBy: string | undefined
  created: number
  expires: number
  lastUsed: number | undefined
}

/** Returns the name that stands for a session in a token's seats. */
export function sessionOfToken(id: string): string {
  return `token:${id}`
}

/** Adds a token and returns it with its secret, which cannot be read again. */
export async function addToken(
  db: Database,
  { user, note, milliseconds, madeBy }: { user: string; note: string; milliseconds: number; madeBy?: string },
): Promise<{ token: Token; secret: string }> {
  const secret = userTokenPrefix + newSecret()
  const [row] = await db('tokens')
    .insert({
      id: newId(),
      hash: hashSecret(secret),
      user,
      note: storable(note, 255),
      made_by: madeBy ?? null,
      created: now(db),
      expires: nowPlus(db, milliseconds),
      last_used: null,
    })
    .returning('*')
  return { token: toToken(row), secret }
}

const usedMilliseconds = 60_000

const livingToken = prepared<[hash: string], UsedRow | undefined>((db, hash) =>
  db('tokens')
    .join('users', 'users.id', 'tokens.user')
    .leftJoin('users as maker', 'maker.id', 'tokens.made_by')
    .where({ hash })
    .where('expires', '>', now(db))
    .first('users.*', {
      token: 'tokens.id',
      note: 'tokens.note',
      made_by: 'tokens.made_by',
      token_created: 'tokens.created',
      expires: 'tokens.expires',
      last_used: 'tokens.last_used',
      maker_name: 'maker.name',
      maker_kind: 'maker.kind',
      maker_state: 'maker.state',
      maker_authenticator: 'maker.authenticator',
      maker_subject: 'maker.subject',
      maker_group_lists: 'maker.group_lists',
      at: now(db),
    }),
)

export interface UsedToken {
  token: Token
  user: User
  /** What decides about the rights of the token's maker. Undefined when there is no such user any more. */
  maker: Pick<User, 'name' | 'kind' | 'state' | 'authenticator' | 'subject' | 'groupLists'> | undefined
  /** How long the token has to live, in milliseconds. */
  left: number
}

/** Returns the living token of this secret, with its user and maker. Writes its last use at most once a minute. */
export async function useToken(db: Database, secret: string): Promise<UsedToken | undefined> {
  const row = await livingToken(db, hashSecret(secret))
  if (row === undefined) return undefined
  const { token: id, note, made_by, token_created: created, expires, last_used } = row
  const { maker_name: name, maker_kind: kind, maker_state: state } = row
  const { maker_authenticator: authenticator, maker_subject: subject, maker_group_lists: lists } = row
  const at = Number(row.at)
  if (last_used === null || last_used <= at - usedMilliseconds) {
    await db('tokens')
      .where({ id })
      .update({ last_used: now(db) })
  }
  return {
    token: toToken({ id, user: row.id, note, made_by, created, expires, last_used }),
    user: toUser(row),
    maker:
      name === null || kind === null || state === null || authenticator === null || subject === null || lists === null
        ? undefined
        : { name, kind, state, authenticator, subject, groupLists: readGroupLists(lists) },
    left: expires - at,
  }
}

/** Deletes the tokens that an admin has made in other users' names, and returns their ids. */
export async function deleteTokensMadeBy(trx: Transaction, admin: string): Promise<string[]> {
  const rows: { id: string }[] = await trx('tokens').where({ made_by: admin }).select('id')
  const ids = rows.map(({ id }) => id)
  await trx('tokens').whereIn('id', ids).delete()
  return ids
}

/** Returns a user's living tokens, the oldest first. */
export async function tokensOf(db: Database, user: string): Promise<Token[]> {
  const rows: TokenRow[] = await db('tokens').where({ user }).where('expires', '>', now(db)).orderBy(['created', 'id'])
  return rows.map(toToken)
}

/** Returns living tokens with this part of a name, in any case: the first ones by name. */
export async function tokensNamed(db: Database, part: string, most: number): Promise<Token[]> {
  const like = `%${part.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  const rows: TokenRow[] = await db('tokens')
    .whereRaw("lower(note) like ? escape '\\'", [like])
    .where('expires', '>', now(db))
    .orderBy(['note', 'id'])
    .limit(most)
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

/** Returns whether the token lives, and keeps it until the transaction ends. */
export async function holdToken(trx: Transaction, id: string): Promise<boolean> {
  const live = trx('tokens').where({ id }).where('expires', '>', now(trx)).first('id')
  return (await forUpdate(trx, live)) !== undefined
}

/** Deletes a token. Returns false when there was none. */
export async function deleteToken(trx: Transaction, id: string): Promise<boolean> {
  return (await trx('tokens').where({ id }).delete()) === 1
}

export async function deleteTokensOf(trx: Transaction, user: string): Promise<void> {
  await trx('tokens').where({ user }).delete()
}

/** Returns the living tokens that admins have made in other users' names. */
export async function tokensMadeByOthers(db: Database): Promise<Token[]> {
  const rows: TokenRow[] = await db('tokens').whereNotNull('made_by').where('expires', '>', now(db))
  return rows.map(toToken)
}

/** Returns tokens whose time is over: 1000 at most. */
export async function expiredTokens(db: Database): Promise<Token[]> {
  const rows: TokenRow[] = await db('tokens').where('expires', '<=', now(db)).limit(1000)
  return rows.map(toToken)
}

interface TokenRow {
  id: string
  user: string
  note: string
  made_by: string | null
  created: number
  expires: number
  last_used: number | null
}

/** A token beside its user, in one row. */
interface UsedRow extends UserRow, Omit<TokenRow, 'id' | 'user' | 'created'> {
  token: string
  token_created: number
  maker_name: string | null
  maker_kind: User['kind'] | null
  maker_state: User['state'] | null
  maker_authenticator: string | null
  maker_subject: string | null
  maker_group_lists: string | null
  at: number
}

function toToken(row: TokenRow): Token {
  const { id, user, note, created, expires } = row
  return { id, user, note, madeBy: row.made_by ?? undefined, created, expires, lastUsed: row.last_used ?? undefined }
}
