/** The list of parts of `carrel start` that died. It is kept in the data folder, where `carrel doctor` reads it. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const deathSchema = z.strictObject({
  /** hub, proxy or culler. */
  part: z.string().max(100),
  /** Milliseconds since 1970. */
  at: z.number(),
  cause: z.string().max(1000),
})

export type Death = z.output<typeof deathSchema>

export interface Deaths {
  note(part: string, cause: string): void
  /** Resolves when all writes are over, whether or not they succeeded. */
  close(): Promise<void>
}

/** The most deaths in the list; older ones are dropped. */
const most = 200

/** Opens the list. `warn` gets one line when the list cannot be written, which stops nothing. */
export async function openDeaths(dataDir: string, warn: (line: string) => void): Promise<Deaths> {
  const file = fileOf(dataDir)
  const deaths = (await readDeaths(dataDir).catch(() => undefined)) ?? []
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

/** Reads the list. Undefined when no `carrel start` has ever run. Rejects when the file is no such list. */
export async function readDeaths(dataDir: string): Promise<Death[] | undefined> {
  const text = await readFile(fileOf(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : z.array(deathSchema).parse(JSON.parse(text))
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'deaths.json')
}
