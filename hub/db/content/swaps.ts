/** Which notebooks of learners are being replaced by hubs. */
import { type Database, now, type Transaction } from '../dialect.ts'
import { liveHubs } from '../hubs.ts'
import { prepared } from '../prepared.ts'
import type { PlaceOfCopy } from './copies.ts'
import type { OwnerOfVersions } from './versions.ts'

/** A replacement that has begun. Its row stands before the first file is touched. */
export interface Swap extends PlaceOfCopy, OwnerOfVersions {
  /** Part of the names under which files lie beside the notebook meanwhile. */
  tag: string
  /** Of which content and commit the notebook is a copy then. There is no commit for an earlier version. */
  digest: string
  commit: string | undefined
  /** Whether the other notebook is in its place. */
  placed: boolean
}

type Row = Omit<Swap, 'commit' | 'placed'> & { commit: string | null; placed: boolean | number }

/** Writes that this hub begins to replace a notebook. Returns false where that is going on already. */
export async function beginSwap(trx: Transaction, owner: string, swap: Omit<Swap, 'placed'>): Promise<boolean> {
  const { commit = null, ...others } = swap
  const made: unknown[] = await trx('swaps')
    .insert({ ...others, commit, owner, placed: false })
    .onConflict(['holder', 'path'])
    .ignore()
    .returning('tag')
  return made.length > 0
}

const swapsOfHolder = prepared<[holder: string], { path: string }[]>((db, holder) =>
  db('swaps').where({ holder }).select('path'),
)

/** Returns the paths of the notebooks of a home or server that are being replaced. */
export async function swapsAt(db: Database, holder: string): Promise<string[]> {
  return (await swapsOfHolder(db, holder)).map(({ path }) => path)
}

/**
 * Takes a replacement that is no other living hub's, for a hub that is at none in this place. Undefined where there is none.
 */
export async function takeSwap(db: Database, owner: string, { holder, path }: PlaceOfCopy): Promise<Swap | undefined> {
  const [row]: Row[] = await open(db, owner)
    .where({ holder, path })
    .update({ owner, tried: now(db) })
    .returning('*')
  return row && toSwap(row)
}

/** Leaves a replacement to the next hub. */
export async function leaveSwap(db: Database, owner: string, { holder, path, tag }: Swap): Promise<void> {
  await db('swaps').where({ holder, path, tag, owner }).update({ owner: null })
}

/** Writes that the other notebook is in its place. Returns false where this hub is no longer the one that is at it. */
export async function placeSwap(trx: Transaction, owner: string, { holder, path, tag }: Swap): Promise<boolean> {
  return (await trx('swaps').where({ holder, path, tag, owner }).update({ placed: true })) > 0
}

/** Ends a replacement. */
export async function endSwap(db: Database, owner: string, { holder, path, tag }: Swap): Promise<void> {
  await db('swaps').where({ holder, path, tag, owner }).delete()
}

/**
 * Returns a few replacements that are no other living hub's, each with a server that runs and has its files: those that were not
 * returned for the longest time, so that none that cannot be ended keeps the others waiting.
 */
export async function lostSwaps(db: Database, owner: string, limit: number): Promise<LostSwap[]> {
  const found: LostSwap[] = await open(db, owner)
    .join('servers', (on) => on.on('servers.home', 'swaps.holder').orOn('servers.id', 'swaps.holder'))
    .where('servers.state', 'ready')
    .orderBy('swaps.tried')
    .limit(limit)
    .select('swaps.holder', 'swaps.path', 'swaps.tag', { server: 'servers.id' })
  const tags = found.map(({ tag }) => tag)
  const tried = now(db)
  if (tags.length > 0) await db('swaps').whereIn('tag', tags).update({ tried })
  return found
}

interface LostSwap extends PlaceOfCopy {
  tag: string
  server: string
}

/** Removes replacements whose home or server is gone, with all files. */
export async function forgetSwaps(db: Database): Promise<void> {
  await db('swaps')
    .whereNotExists(db('homes').whereRaw('homes.id = swaps.holder').select(db.raw('1')))
    .whereNotExists(db('servers').whereRaw('servers.id = swaps.holder').select(db.raw('1')))
    .delete()
}

/** Returns a query for the replacements that a hub may take, also its own, to which it comes back. */
function open(db: Database, owner: string) {
  return db('swaps').where((row) =>
    row.whereNull('swaps.owner').orWhere('swaps.owner', owner).orWhereNotIn('swaps.owner', liveHubs(db)),
  )
}

function toSwap({ commit, placed, ...row }: Row): Swap {
  const { holder, path, tag, account, course, digest } = row
  return { holder, path, tag, account, course, digest, commit: commit ?? undefined, placed: Boolean(placed) }
}
