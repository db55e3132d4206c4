/** Files of one hub: closes them to other users, and holds them against other hubs. */
import { chmod, lstat } from 'node:fs/promises'
import sqlite3 from 'sqlite3'

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
 * Holds a file for as long as this process lives, and resolves with the release. The lock is SQLite's on an empty
 * database: the kernel frees it on kill -9, which no lock written in Node could offer.
 */
export async function holdFile(file: string): Promise<() => Promise<void>> {
  const lock = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened: sqlite3.Database = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(opened)))
  })
  const close = () => new Promise<void>((resolve) => lock.close(() => resolve()))
  try {
    await run(lock, 'begin exclusive')
  } catch (error) {
    await close()
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    throw new Error(
      `Another hub is using ${file.replace(/\.lock$/, '')}. Stop it first, or give this one another data folder; several hubs at once need PostgreSQL.`,
      { cause: error },
    )
  }
  return close
}

function run(database: sqlite3.Database, sql: string): Promise<void> {
  return new Promise((resolve, reject) => database.run(sql, (error) => (error ? reject(error) : resolve())))
}
