/** Returns the paths of the folder and the socket of a run, inside the run folder of an installation. */
import { join } from 'node:path'
import type { ServerKey } from '../spawner.ts'

export function runFolder(runDir: string, { server, run }: ServerKey): string {
  return join(runDir, `${server}-${run}`)
}

/** The path is as short as `runDirOf` expects. */
export function runSocket(runDir: string, key: ServerKey): string {
  return join(runFolder(runDir, key), 'sock')
}
