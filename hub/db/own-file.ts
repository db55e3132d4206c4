/** Files of one hub: closes them to other users, and holds them against other hubs. */
import { chmod, lstat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { isBusy } from './sqlite.ts'

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

/**
 * Holds a file for as long as this process lives, and returns the release. The lock is SQLite's on an empty database:
 * the kernel frees it on kill -9, which no lock written in Node could offer.
 */
export function holdFile(file: string): () => void {
  // A hub that is just leaving gets a moment.
  const lock = new DatabaseSync(file, { timeout: 1000 })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if (!isBusy(error)) throw error
    throw new Error(
      `Another hub is using ${file.replace(/\.lock$/, '')}. Stop it first, or give this one another data folder; several hubs at once need PostgreSQL.`,
      { cause: error },
    )
  }
  return () => lock.close()
}
