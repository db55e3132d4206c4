import { type Database, forUpdate, now, type Transaction } from '../dialect.ts'

/** With whom an owner shares a server: names as the owner typed them, whether or not there is such a user or group. */
export interface Share {
  server: string
  kind: 'user' | 'group'
  name: string
}

/** Somebody, by all names that a share may call them. */
export interface Invitee {
  name: string
  groups: string[]
}

export async function sharesOf(db: Database, servers: string[]): Promise<Share[]> {
  return db('shares').whereIn('server', servers).orderBy(['kind', 'name']).select('server', 'kind', 'name')
}

/** Shares of this server with somebody. They stay until the transaction ends. */
export async function holdShares(trx: Transaction, server: string, { name, groups }: Invitee): Promise<Share[]> {
  return forUpdate(
    trx,
    trx('shares')
      .where({ server })
      .where((named) => named.where({ kind: 'user', name }).orWhere({ kind: 'group' }).whereIn('name', groups))
      .select('server', 'kind', 'name'),
  )
}

/** Ids of servers that others share with somebody. */
export async function serversSharedWith(db: Database, { name, groups }: Invitee): Promise<string[]> {
  const rows: { server: string }[] = await db('shares')
    .where({ kind: 'user', name })
    .orWhere((grouped) => grouped.where({ kind: 'group' }).whereIn('name', groups))
    .distinct('server')
  return rows.map((row) => row.server)
}

/** Twice is once: false where it is there already. */
export async function addShare(db: Database, share: Share): Promise<boolean> {
  const made = await db('shares')
    .insert({ ...share, created: now(db) })
    .onConflict(['server', 'kind', 'name'])
    .ignore()
    .returning('name')
  return made.length > 0
}

/** False where it is not there. */
export async function removeShare(db: Database, { server, kind, name }: Share): Promise<boolean> {
  return (await db('shares').where({ server, kind, name }).delete()) > 0
}

/** The name of a removed user may become somebody else's: what was shared under it is not theirs. */
export async function forgetName(trx: Transaction, name: string): Promise<void> {
  await trx('shares').where({ kind: 'user', name }).delete()
}
