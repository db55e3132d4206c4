import { processSpawner } from '../../../spawners/process/process.ts'
import type { Installation, Spawner } from '../../../spawners/spawner.ts'
import { contextOf } from './world.ts'

/** Opens the spawner of a hub with this data folder, also for `test/spawners/files/hub-process.ts`. */
export function open(dataDir: string, installation: Installation): Promise<Spawner> {
  return processSpawner().open(contextOf(dataDir, { installation }))
}
