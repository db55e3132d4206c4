/** Ends replacements of learners' notebooks, also those that another hub has begun. */
import { setTimeout as sleep } from 'node:timers/promises'
import { putBlobs } from '../db/content/blobs.ts'
import { type PlaceOfCopy, putCopy } from '../db/content/copies.ts'
import { endSwap, leaveSwap, lostSwaps, placeSwap, type Swap, swapsAt, takeSwap } from '../db/content/swaps.ts'
import { addVersion } from '../db/content/versions.ts'
import { forgetWish } from '../db/content/wishes.ts'
import type { Transaction } from '../db/dialect.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { asker } from './ask.ts'
import { blobDigest } from './bytes-at.ts'
import { holderOf } from './copy.ts'
import { settle } from './swap.ts'

const patienceMilliseconds = 60_000
/** So long an opening waits for replacements that other hubs are at. */
const waitMilliseconds = 10_000
const pollMilliseconds = 100

/**
 * Ends a replacement that this hub has begun or taken. Returns whether the other notebook is in its place. Where the server
 * does not take part, leaves the row to the next hub and rejects. `known` is what is kept already, and `asides` how many files
 * were put aside.
 */
export async function concludeSwap(
  hub: Hub,
  server: Server,
  swap: Swap,
  { known, asides }: { known?: Buffer; asides?: number | undefined } = {},
): Promise<boolean> {
  const { db, id } = hub
  try {
    const ask = asker(hub, server, patienceMilliseconds)
    const { account, course, path } = swap
    const isPlaced = await settle(ask, swap, {
      placed: swap.placed,
      ...{ known, asides },
      keep: (bytes) => db.transaction((trx) => keepVersion(trx, { account, course, path, bytes })),
    })
    await db.transaction(async (trx) => {
      if (isPlaced && !swap.placed) await notePlaced(trx, id, swap)
      await endSwap(trx, id, swap)
    })
    return isPlaced
  } catch (error) {
    await leaveSwap(db, id, swap).catch(() => undefined)
    throw error
  }
}

/** Writes that the other notebook is in its place, of what it is a copy, and that the wish for one there is over. */
export async function notePlaced(trx: Transaction, hub: string, swap: Swap): Promise<void> {
  const { holder, path, digest, commit } = swap
  if (!(await placeSwap(trx, hub, swap))) return
  await forgetWish(trx, swap)
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

/** As many are looked at in one round of the housekeeper. */
const some = 20

/** Ends replacements that killed hubs have begun in servers that run, so that no notebook stays away until its next opening. */
export async function finishLostSwaps(hub: Hub): Promise<void> {
  for (const { server: id, ...place } of await lostSwaps(hub.db, some)) {
    const server = await findServer(hub.db, id)
    if (server?.state === 'ready') await finishSwap(hub, server, place)
  }
}

/** Ends a replacement, if no living hub is at it. Returns whether it is not under way any more. */
async function finishSwap(hub: Hub, server: Server, place: PlaceOfCopy): Promise<boolean> {
  const swap = await takeSwap(hub.db, hub.id, place)
  if (swap === undefined) return !(await swapsAt(hub.db, place.holder)).includes(place.path)
  const file = place.path.slice(0, 200)
  try {
    const isPlaced = await concludeSwap(hub, server, swap)
    hub.log.info({ server: server.id, file, isPlaced }, 'ended a replacement that another hub had begun')
  } catch (error) {
    hub.log.warn({ server: server.id, file, reason: messageOf(error) }, 'could not end a replacement; trying again')
  }
  return true
}
