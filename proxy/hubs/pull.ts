/** A proxy that starts asks a hub what has ended while it was away, before it trusts what lies on its disk. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { KnownRoutes } from '../../seats/answers.ts'
import type { RouteTable } from '../routes/route-table.ts'
import type { Hubs } from './hubs.ts'

/** How long a start waits for an answer. */
const startMilliseconds = 1000
/** The pause before the next question. */
const againMilliseconds = 500

export interface Pull {
  /** Resolves when the table is what a hub says, or no hub has said so in time. */
  done: Promise<void>
  stop(): void
}

/** Asks until a hub has answered once. From then on hubs keep the table up to date. */
export function pullRoutes(hubs: Hubs, table: RouteTable, log: Logger): Pull {
  const stopped = new AbortController()
  const { signal } = stopped
  const first = Promise.withResolvers<void>()

  const ask = async () => {
    while (!signal.aborted) {
      const known = await hubs.routes(signal)
      if (signal.aborted) return
      if (known !== 'unreachable') {
        if (known !== 'unusable') take(table, known)
        log.info(
          { routes: table.all().length, answer: typeof known === 'string' ? known : 'taken' },
          'asked a hub for the routes',
        )
        return
      }
      first.resolve()
      await sleep(againMilliseconds, undefined, { signal }).catch(() => undefined)
    }
  }
  const asking = ask()
  const late = sleep(startMilliseconds, undefined, { signal }).catch(() => undefined)
  return { done: Promise.race([asking, first.promise, late]), stop: () => stopped.abort() }
}

/** What is newer than the hub's last revision has been written here meanwhile, and stays. */
function take(table: RouteTable, { revision, routes }: KnownRoutes): void {
  for (const route of routes) table.put(route)
  const paths = new Set(routes.map((route) => route.path))
  for (const { route } of table.all()) {
    const isOurs = route.access !== undefined && route.revision !== undefined
    if (isOurs && !paths.has(route.path)) table.remove(route.path, revision)
  }
}
