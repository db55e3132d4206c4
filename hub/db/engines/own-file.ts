import { DatabaseSync } from 'node:sqlite'
import { isBusy } from './sqlite.ts'

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
