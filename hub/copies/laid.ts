/**
 * What a start with copies of all files has laid into the place of a notebook that was just being replaced when its server was
 * stopped. The learner's notebook lies aside then, and is to come back.
 */

import { readBlob } from '../db/content/blobs.ts'
import type { Swap } from '../db/content/swaps.ts'
import { wholeNotebookAt } from '../db/content/whole-notebooks.ts'
import type { Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'
import { madeOf } from '../made-of/made-of.ts'
import { type Ask, contentsOf } from './ask.ts'
import { bytesForCopy } from './bytes.ts'
import { bytesAt } from './bytes-at.ts'
import { draftOf, requireDone } from './put.ts'

/**
 * Makes room at the path of a replacement that was cut short, where nothing lies there but what the start has laid. Returns a
 * function that removes that when the replacement is ended; what was saved there meanwhile goes to `keep` first. May be done again.
 */
export async function makeRoom(
  hub: Hub,
  server: Server,
  { ask, swap, keep }: { ask: Ask; swap: Swap; keep(bytes: Buffer): Promise<void> },
): Promise<() => Promise<void>> {
  const laid = await laidAt(hub, server, swap.path)
  if (laid === undefined) return async () => undefined
  const { path, tag } = swap
  const away = draftOf(path, `${tag}-0`)
  const isThere = async (name: string) => (await ask(`${contentsOf(name)}?content=0`)).status === 200
  const isCutShort = (await isThere(draftOf(path, tag))) && (await isThere(draftOf(path, `${tag}-1`)))
  if (isCutShort && (await bytesAt(ask, path))?.equals(laid)) {
    const { status } = await ask(contentsOf(path), { method: 'PATCH', body: { path: away } })
    // Something else is there where a hub that was killed has done so, and a file has come since.
    if (status !== 409) requireDone({ status })
  }
  return async () => {
    const bytes = await bytesAt(ask, away)
    if (bytes === undefined) return
    if (!bytes.equals(laid)) await keep(bytes)
    await ask(contentsOf(away), { method: 'DELETE' })
  }
}

/** Returns the bytes that the start of this run lays at a path where no file is; undefined where it lays none. */
async function laidAt(hub: Hub, server: Server, path: string): Promise<Buffer | undefined> {
  const { copied } = (await madeOf(hub, server)) ?? {}
  const course = hub.courses.all[server.course]
  const digest = copied && (await wholeNotebookAt(hub.db, copied.digest, path))
  const bytes = digest === undefined ? undefined : await readBlob(hub.db, digest)
  if (course === undefined || digest === undefined || bytes === undefined) return undefined
  return bytesForCopy(hub, course, path, { digest, bytes })
}
