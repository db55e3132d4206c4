/** Returns names and paths of the folders of runs and errands, inside the run folder of an installation. */
import { join } from 'node:path'
import type { ServerKey } from '../spawner.ts'

/** Returns the name of a run's folder. Its processes are marked with the same name. */
export function runName({ server, run }: ServerKey): string {
  return `${server}-${run}`
}

/** Returns the name of an errand's folder. No run has such a name, which would end with a number. */
export function errandName(id: string): string {
  if (!/^[a-z0-9]{1,32}$/.test(id)) throw new Error(`${JSON.stringify(id)} is not the id of an errand`)
  return `${id}-errand`
}

export function runFolder(runDir: string, key: ServerKey): string {
  return join(runDir, runName(key))
}

/** The path is as short as `runDirOf` expects. */
export function runSocket(runDir: string, key: ServerKey): string {
  return join(runFolder(runDir, key), 'sock')
}
