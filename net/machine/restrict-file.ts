import { chmod, lstat } from 'node:fs/promises'

/**
 * Closes a file to all users but its owner, if it is there and open to others. Returns a message for people when that
 * is not possible, else undefined.
 */
export async function restrictToOwner(file: string): Promise<string | undefined> {
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
