/** The list of parts of `carrel start` that died. It is kept in the data folder, where `carrel doctor` reads it. */
import { readFile } from 'node:fs/promises'
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

/** Reads the list. Undefined when no `carrel start` has ever run. Rejects when the file is no such list. */
export async function readDeaths(dataDir: string): Promise<Death[] | undefined> {
  const text = await readFile(deathsFile(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : z.array(deathSchema).parse(JSON.parse(text))
}

export function deathsFile(dataDir: string): string {
  return join(dataDir, 'deaths.json')
}
