import { chmod, lstat } from 'node:fs/promises'

/**
 * Closes a file to everybody but its owner, if it is there and open to others. Says for people what is wrong where that is
 * not possible; undefined is well.
 */
export async function tightened(file: string): Promise<string | undefined> {
  try {
    const found = await lstat(file)
    if (!found.isFile() || (found.mode & 0o077) === 0) return undefined
    await chmod(file, 0o600)
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return `${file} may be readable by others, and cannot be closed to them: ${(error as Error).message}. chmod 600 it.`
  }
}
