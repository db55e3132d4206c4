/** Ends replacements of learners' notebooks, also those that another hub has begun, or this one could not end before. */

import { setTimeout as sleep } from 'node:timers/promises'
import { inParallel } from '../../net/in-parallel.ts'
import { say } from '../../words/text.ts'
import { putBlobs } from '../db/content/blobs.ts'
import { type PlaceOfCopy, putCopy } from '../db/content/copies.ts'
import { endSwap, leaveSwap, lostSwaps, placeSwap, type Swap, swapsAt, takeSwap } from '../db/content/swaps.ts'
import { addVersion } from '../db/content/versions.ts'
import { forgetWish } from '../db/content/wishes.ts'
import type { Transaction } from '../db/dialect.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { HttpError, messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { alone } from './alone.ts'
import { asker } from './ask.ts'
import { blobDigest } from './bytes-at.ts'
import { holderOf, wishSlugOf } from './copy.ts'
import { makeRoom } from './laid.ts'
import { quietAt } from './quiet.ts'
import { settle } from './swap.ts'

const patienceMilliseconds = 60_000
/** So long an opening waits for replacements that other hubs are at. */
const waitMilliseconds = 10_000
const pollMilliseconds = 100

interface Concluding {
  /** What is kept already. */
  known?: Buffer
  /** How many files were put aside. */
  asides?: number | undefined
  patience?: number | undefined
}

/**
 * Ends a replacement that this hub has begun or taken. Returns whether the other notebook is in its place. Where the server or
 * the database does not take part, leaves the row to the next hub, or to this one's next look, and rejects.
 */
export async function concludeSwap(
  hub: Hub,
  server: Server,
  swap: Swap,
  { known, asides, patience = patienceMilliseconds }: Concluding = {},
): Promise<boolean> {
  const { db, id } = hub
  try {
    const ask = asker(hub, server, patience)
    const { account, course, path } = swap
    const keep = (bytes: Buffer) => db.transaction((trx) => keepVersion(trx, { account, course, path, bytes }))
    const isLeft = known === undefined && !swap.placed
    const removeLaid = isLeft ? await makeRoom(hub, server, { ask, swap, keep }) : undefined
    const isPlaced = await settle(ask, swap, {
      quiet: quietAt(hub, server),
      placed: swap.placed,
      ...{ known, asides, keep },
      note: () => db.transaction((trx) => notePlaced(trx, id, server, swap)),
    })
    await removeLaid?.()
    await endSwap(db, id, swap)
    return isPlaced
  } catch (error) {
    await leaveSwap(db, id, swap).catch(() => undefined)
    throw error
  }
}

/** Writes that the other notebook is in its place, of what it is a copy, and that the wish for one there is over. */
export async function notePlaced(trx: Transaction, hub: string, server: Server, swap: Swap): Promise<void> {
  const { holder, account, course, path, digest, commit } = swap
  if (!(await placeSwap(trx, hub, swap))) return
  await forgetWish(trx, { account, course, path, slug: wishSlugOf(server) })
  if (commit !== undefined) await putCopy(trx, { holder, path, digest, commit })
}

/** Keeps these bytes as a version. */
export async function keepVersion(
  trx: Transaction,
  { bytes, ...place }: { account: string; course: string; path: string; bytes: Buffer },
): Promise<void> {
  const digest = blobDigest(bytes)
  await putBlobs(trx, [{ digest, bytes }])
  await addVersion(trx, { ...place, digest, size: bytes.length })
}

/**
 * Ends the replacements of a server's notebooks that killed hubs have begun, and waits a moment for those of living ones. A
 * server that does not take part keeps no one out.
 */
export async function finishSwaps(hub: Hub, server: Server): Promise<void> {
  const holder = holderOf(server)
  const over = performance.now() + waitMilliseconds
  for (const path of await swapsAt(hub.db, holder)) {
    while (!(await finishSwap(hub, server, { holder, path })) && performance.now() < over) await sleep(pollMilliseconds)
  }
}

/** Throws, in words for the learner, where the notebook at a path is being replaced, so that it may lie beside its place. */
export async function requireInPlace({ db }: Pick<Hub, 'db'>, server: Server, path: string): Promise<void> {
  if (!(await swapsAt(db, holderOf(server))).includes(path)) return
  throw new HttpError(
    409,
    'notebook_being_replaced',
    say`Your notebook is just being replaced, and your server is slow to do it. Nothing of yours is lost: open the link once more in a minute.`,
  )
}

/** A hub looks this often for what was left, and for so many at once, in so many servers side by side. */
const everyMilliseconds = 5000
const [some, atOnce] = [20, 4]
/** So long one server may take then. What takes longer is ended by an opening. */
const shortMilliseconds = 5000

/**
 * Starts what each hub does by itself: ends the replacements that no hub is at. Only a hub itself knows at which of its own it is
 * not any more.
 */
export function startFinishing(hub: Hub): { stop(): Promise<void> } {
  const controller = new AbortController()
  const { signal } = controller
  const loop = async () => {
    while (!signal.aborted) {
      await finishLostSwaps(hub, signal).catch((error: unknown) => {
        hub.log.warn({ reason: messageOf(error) }, 'could not look for replacements that were left; trying again')
      })
      await sleep(everyMilliseconds, undefined, { signal }).catch(() => undefined)
    }
  }
  const running = loop()
  return {
    async stop() {
      controller.abort()
      await running
    },
  }
}

/** Ends a few of the replacements that no hub is at, in servers that run, so that no notebook stays away until its next opening. */
export async function finishLostSwaps(hub: Hub, signal: AbortSignal): Promise<void> {
  const byServer = [...Map.groupBy(await lostSwaps(hub.db, hub.id, some), ({ server }) => server)]
  await inParallel(atOnce, byServer, async ([id, places]) => {
    const server = await findServer(hub.db, id)
    const over = performance.now() + shortMilliseconds
    for (const place of places) {
      if (server?.state !== 'ready' || performance.now() > over || signal.aborted) return
      await finishSwap(hub, server, place, shortMilliseconds)
    }
  })
}

/** Ends a replacement, if no living hub is at it. Returns whether it is not under way any more. */
async function finishSwap(hub: Hub, server: Server, place: PlaceOfCopy, patience?: number): Promise<boolean> {
  const isTaken = await alone(hub, place, async () => {
    const swap = await takeSwap(hub.db, hub.id, place)
    if (swap === undefined) return false
    const file = place.path.slice(0, 200)
    try {
      const isPlaced = await concludeSwap(hub, server, swap, { patience })
      hub.log.info({ server: server.id, file, isPlaced }, 'ended a replacement that was left')
    } catch (error) {
      hub.log.warn({ server: server.id, file, reason: messageOf(error) }, 'could not end a replacement; trying again')
    }
    return true
  })
  return isTaken === true || !(await swapsAt(hub.db, place.holder)).includes(place.path)
}
