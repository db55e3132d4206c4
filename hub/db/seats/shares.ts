import { type Database, forUpdate, now, type Transaction } from '../dialect.ts'

/** One name with which an owner shares a server, as the owner typed it. Such a user or group need not exist. */
export interface Share {
  server: string
  kind: 'user' | 'group'
  name: string
}

/** A person with all names that a share may use for them. */
export interface Invitee {
  name: string
  groups: string[]
}

export async function sharesOf(db: Database, servers: string[]): Promise<Share[]> {
  return db('shares').whereIn('server', servers).orderBy(['kind', 'name']).select('server', 'kind', 'name')
}

/** Returns the shares of this server with a person, and keeps them until the transaction ends. */
export async function holdShares(trx: Transaction, server: string, { name, groups }: Invitee): Promise<Share[]> {
  return forUpdate(
    trx,
    trx('shares')
      .where({ server })
      .where((named) => named.where({ kind: 'user', name }).orWhere({ kind: 'group' }).whereIn('name', groups))
      .select('server', 'kind', 'name'),
  )
}

/** Returns the ids of servers that are shared with a person. */
export async function serversSharedWith(db: Database, { name, groups }: Invitee): Promise<string[]> {
  const rows: { server: string }[] = await db('shares')
    .where({ kind: 'user', name })
    .orWhere((grouped) => grouped.where({ kind: 'group' }).whereIn('name', groups))
    .distinct('server')
  return rows.map((row) => row.server)
}

/** Adds a share. Returns false, and changes nothing, when the share exists already. */
export async function addShare(db: Database, share: Share): Promise<boolean> {
  const made = await db('shares')
    .insert({ ...share, created: now(db) })
    .onConflict(['server', 'kind', 'name'])
    .ignore()
    .returning('name')
  return made.length > 0
}

/** Removes a share. Returns false when there is none. */
export async function removeShare(db: Database, { server, kind, name }: Share): Promise<boolean> {
  return (await db('shares').where({ server, kind, name }).delete()) > 0
}

/** Removes all shares with a user's name. The name of a removed user may go to another person, who must get none. */
export async function forgetName(trx: Transaction, name: string): Promise<void> {
  await trx('shares').where({ kind: 'user', name }).delete()
}
