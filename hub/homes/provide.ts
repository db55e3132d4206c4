import type { MountedHome, SpawnerState } from '../../spawners/files.ts'
import { SpawnError } from '../../spawners/spawner.ts'
import { kept } from '../../words/kept.ts'
import { say } from '../../words/text.ts'
import { findHome, type Home, homeMade } from '../db/homes/homes.ts'
import type { Server } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import type { MadeOf } from '../made-of/made-of.ts'

/**
 * Returns the home of a run that starts, and makes its object if it is not there. Undefined for a run without a home.
 * Rejects with a `SpawnError` when the run does not have its home.
 */
export async function provideHome(
  hub: Hub,
  { server, made }: { server: Server; made: MadeOf },
  signal: AbortSignal,
): Promise<MountedHome | undefined> {
  if (made.home === undefined) return undefined
  const home = server.home === undefined ? undefined : await findHome(hub.db, server.home)
  if (home === undefined || !isHeldBy(home, server)) {
    throw new SpawnError(kept`The files of this notebook could not be made ready.`, {
      detail: `home ${server.home}, which ${JSON.stringify(home?.holder)} has`,
    })
  }
  return { id: home.id, state: await makeHome(hub, home, signal), ...made.home }
}

function isHeldBy({ holder }: Home, { id, run }: Server): boolean {
  return holder !== undefined && 'server' in holder && holder.server === id && holder.run === run
}

/** Makes the object of a home unless that was done, and returns what the spawner keeps of it. */
export async function makeHome(hub: Hub, home: Home, signal: AbortSignal): Promise<SpawnerState> {
  if (home.spawnerState !== undefined) return home.spawnerState
  const { id, account, course, size } = home
  const state = await homesOf(hub).make({ id, account, course, size }, { signal })
  await homeMade(hub.db, id, state)
  return state
}

/** Returns the part of the spawner that keeps homes. Throws where it has none. */
export function homesOf({ spawner, config }: Pick<Hub, 'spawner' | 'config'>) {
  if (spawner.homes === undefined)
    throw new HttpError(409, 'no_homes', say`The ${config.spawner.name} spawner keeps no homes.`)
  return spawner.homes
}
