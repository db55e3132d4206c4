import { rename, writeFile } from 'node:fs/promises'
import type { Death } from '../deaths.ts'

/** The list of deaths as the supervisor writes it, for `readDeaths`. */
export interface DeathList {
  note(part: string, cause: string): void
  /** Resolves when all writes are over, whether or not they succeeded. */
  close(): Promise<void>
}

/** The most deaths in the list; older ones are dropped. */
const most = 200

/** Continues the list. `warn` gets one line when the list cannot be written, which stops nothing. */
export function keepDeaths(file: string, earlier: Death[], warn: (line: string) => void): DeathList {
  const deaths = [...earlier]
  let hasWarned = false
  const write = async () => {
    try {
      await writeFile(`${file}.new`, `${JSON.stringify(deaths)}\n`, { mode: 0o600 })
      await rename(`${file}.new`, file)
    } catch (error) {
      if (!hasWarned) warn(`${file} cannot be written: ${(error as Error).message}`)
      hasWarned = true
    }
  }
  let writing = write()
  return {
    note(part, cause) {
      deaths.push({ part, at: Date.now(), cause: cause.slice(0, 1000) })
      deaths.splice(0, deaths.length - most)
      writing = writing.then(write)
    },
    close: () => writing,
  }
}
