import type { Readable, Writable } from 'node:stream'
import type { ErrandEnd, ErrandSpec } from '../../spawners/files.ts'
import { say } from '../../words/text.ts'
import type { Database } from '../db/dialect.ts'
import { addErrand, deleteErrand, findErrand, giveErrandUp } from '../db/homes/errands.ts'
import { findHome, type Home, leaveHome, lockHome, takeHome } from '../db/homes/homes.ts'
import { newId } from '../db/ids.ts'
import { HttpError, messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { makeHome } from './provide.ts'
import { unknownHome } from './removal.ts'

export interface ErrandRequest extends Pick<ErrandSpec, 'image' | 'command' | 'env'> {
  /** What it is for, in a word or two, for those who wait meanwhile: `export`. */
  purpose: string
  limits?: ErrandSpec['limits']
  options?: ErrandSpec['options']
  bundles?: ErrandSpec['bundles']
  /** The home, and where a program sees it. */
  home?: { id: string; path: string }
}

export interface ErrandStreams {
  signal: AbortSignal
  stdin?: Readable
  stdout?: Writable
}

/**
 * Runs a program to its end beside a home or an image, and resolves with how it ended. The home is the errand's until that
 * was seen ended; if this hub dies meanwhile, the housekeeper ends it. Throws `HttpError` when there is no such home, or a
 * server or another errand has it, and a `SpawnError` when the program could not be started.
 */
export async function runErrand(hub: Hub, errand: ErrandRequest, streams: ErrandStreams): Promise<ErrandEnd> {
  const { purpose, image, command, env, home: wanted, limits = {}, options, bundles = [] } = errand
  const errands = errandsOf(hub)
  const id = newId()
  const home = await begin(hub, { id, purpose, home: wanted?.id })
  const signal = AbortSignal.any([streams.signal, hub.stopping])
  let isOver = false
  try {
    const mounted = home &&
      wanted && {
        ...{ id: home.id, path: wanted.path, fromImage: false },
        state: await makeHome(hub, home, signal),
      }
    const spec = { id, image, command, ...(env && { env }), home: mounted, bundles, limits, options }
    const end = await errands.run(spec, {
      ...streams,
      signal,
      bundle: (digest) => hub.bundles.source(digest),
    })
    isOver = true
    return end
  } finally {
    await finish(hub, id, isOver)
  }
}

async function begin(
  hub: Hub,
  { id, purpose, home }: { id: string; purpose: string; home: string | undefined },
): Promise<Home | undefined> {
  return hub.db.transaction(async (trx) => {
    const found = home === undefined ? undefined : await lockHome(trx, home)
    if (home !== undefined && !(await takeHome(trx, home, { errand: id }))) throw await refusal(trx, home, found)
    await addErrand(trx, { id, home, hub: hub.id, purpose })
    return found
  })
}

async function refusal(db: Database, id: string, home: Home | undefined): Promise<HttpError> {
  if (home === undefined || home.state === 'deleting') return unknownHome(id)
  if (home.holder === undefined) {
    return new HttpError(409, 'home_without_row', say`The home ${id} has lost its row. Adopt it first.`)
  }
  const errand = 'errand' in home.holder ? await findErrand(db, home.holder.errand) : undefined
  const message =
    'server' in home.holder
      ? say`A notebook has these files open. Stop it first.`
      : errand
        ? say`An errand has these files (${errand.purpose}). Wait for its end.`
        : say`An errand has these files. Wait for its end.`
  return new HttpError(409, 'home_in_use', message)
}

/** Sees to it that nothing of the errand is left, and then frees its home. What cannot be seen now is left to the housekeeper. */
async function finish(hub: Hub, id: string, isOver: boolean): Promise<void> {
  try {
    if (!isOver) await errandsOf(hub).end(id)
  } catch (error) {
    hub.log.warn({ errand: id, reason: messageOf(error) }, 'an errand could not be ended; trying again')
    await giveErrandUp(hub.db, id)
    return
  }
  await errandIsGone(hub, id)
}

/** Writes that nothing is left of an errand, and lets a server that waits for its home start. */
export async function errandIsGone(hub: Hub, id: string): Promise<void> {
  await hub.db.transaction(async (trx) => {
    await leaveHome(trx, { errand: id })
    await deleteErrand(trx, id)
  })
  hub.admission.wake()
}

export function errandsOf({ spawner, config }: Pick<Hub, 'spawner' | 'config'>) {
  if (spawner.errands === undefined)
    throw new HttpError(409, 'no_errands', say`The ${config.spawner.name} spawner runs no errands.`)
  return spawner.errands
}

/** Returns the home if it may be the subject of an errand or a question. Throws when there is none. */
export async function knownHome(hub: Hub, id: string): Promise<Home> {
  const home = await findHome(hub.db, id)
  if (home === undefined || home.state === 'deleting') throw unknownHome(id)
  return home
}
