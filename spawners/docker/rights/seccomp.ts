/** Which calls of the kernel servers may make. */
import { readHubFile } from '../../options/hub-file.ts'
import { SpawnError } from '../../spawner.ts'

/** Returns the profile of the option `seccomp`, as the engine takes it. Rejects with a `SpawnError` that names the file. */
export async function readSeccomp(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return
  try {
    // The engine takes a profile without an action for all calls as it is, and then kills each program.
    const { defaultAction, ...rest } = JSON.parse(await readHubFile(path))
    if (!/^SCMP_ACT_/.test(defaultAction)) throw new Error('it has no defaultAction such as SCMP_ACT_ERRNO')
    return JSON.stringify({ defaultAction, ...rest })
  } catch (error) {
    const detail = `the seccomp profile ${path}: ${(error as Error).message}`
    throw new SpawnError('Your notebook could not be started.', { detail, cause: error, lasts: true })
  }
}
