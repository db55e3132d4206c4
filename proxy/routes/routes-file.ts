import { open, readFile, rename } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { z } from 'zod'
import { codeOf } from '../../net/error-code.ts'
import { revisionSchema, routeSchema } from '../../seats/route.ts'
import type { HeldRoute, Removed } from './route-table.ts'

export interface Saved {
  entries: Omit<HeldRoute, 'target'>[]
  removed: Removed[]
}

/** Returns the routes that an earlier process left. Sets an unreadable file aside; the hubs send the routes again. */
export async function loadRoutes(file: string, log: Logger): Promise<Saved> {
  try {
    const { routes, removed } = fileSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    const entries = routes.map(({ extra, lastActivity, lastUse, ...route }) => ({
      route,
      extra,
      lastActivity,
      lastUse,
    }))
    return { entries, removed }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { entries: [], removed: [] }
    log.error({ err: error, file }, 'routes file is unreadable and was set aside')
    await rename(file, `${file}.unreadable`).catch(() => {})
    return { entries: [], removed: [] }
  }
}

const fileSchema = z.strictObject({
  version: z.literal(1),
  routes: z.array(
    routeSchema.extend({
      extra: z.record(z.string(), z.unknown()),
      lastActivity: z.number(),
      lastUse: z.number().optional(),
    }),
  ),
  removed: z.array(z.strictObject({ path: z.string(), revision: revisionSchema, at: z.number() })),
})

export interface RoutesFile {
  /** Says that routes have changed and must be written soon. */
  touch(): void
  /** Writes the last changes. Resolves when they are on disk. */
  close(): Promise<void>
}

const activityMilliseconds = 30_000

/**
 * Keeps the table on disk. Writes the whole file under another name and renames it, at most once in
 * `everyMilliseconds`. Activity is written along with routes, and alone every half minute.
 */
export function keepRoutes(
  file: string,
  saved: () => Saved,
  log: Logger,
  { everyMilliseconds = 1000 } = {},
): RoutesFile {
  const closing = new AbortController()
  let isDue = false
  let wake: (() => void) | undefined

  const write = async () => {
    isDue = false
    await writeWhole(file, saved()).catch((error: unknown) => {
      isDue = true
      log.error({ err: error, file }, 'routes could not be written to disk')
    })
  }

  const loop = async () => {
    while (!closing.signal.aborted) {
      await write()
      await pause(everyMilliseconds, closing.signal)
      if (isDue || closing.signal.aborted) continue
      const touched = new AbortController()
      wake = () => touched.abort()
      await pause(activityMilliseconds, AbortSignal.any([touched.signal, closing.signal]))
    }
  }
  const finished = loop()

  return {
    touch() {
      // What is due already wakes nothing: each further end of a signal would cost an error.
      if (!isDue) wake?.()
      isDue = true
    },
    async close() {
      if (closing.signal.aborted) return finished
      closing.abort()
      await finished
      await write()
    },
  }
}

async function writeWhole(file: string, saved: Saved): Promise<void> {
  const draft = `${file}.new`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(textOf(saved))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
}

/**
 * How many routes become text at a time. Other work has its turn while they are written; with ten thousand routes at
 * once every open WebSocket would stand still.
 */
const sliceRoutes = 100

async function* textOf({ entries, removed }: Saved): AsyncGenerator<string> {
  yield '{"version":1,"routes":['
  for (let from = 0; from < entries.length; from += sliceRoutes) {
    const routes = entries
      .slice(from, from + sliceRoutes)
      .map(({ route, extra, lastActivity, lastUse }) => JSON.stringify({ ...route, extra, lastActivity, lastUse }))
    yield `${from === 0 ? '' : ','}${routes.join(',')}`
  }
  yield `],"removed":${JSON.stringify(removed)}}\n`
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, { signal }).catch(() => {})
}
