/** A starting proxy asks a hub which routes ended while the proxy was away, before it trusts the routes on its disk. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { KnownRoutes } from '../../seats/answers.ts'
import type { RouteTable } from '../routes/route-table.ts'
import type { Hubs } from './hubs.ts'

/** How long the start of a proxy waits for an answer. */
const startMilliseconds = 1000
/** The pause between two questions. */
const againMilliseconds = 500

export interface Pull {
  /** Resolves when a hub's answer is taken over, when no hub can be reached at first, or after a second. */
  done: Promise<void>
  stop(): void
}

/** Asks the hubs for the routes until one has answered. From then on the hubs keep the table up to date. */
export function pullRoutes(hubs: Hubs, table: RouteTable, log: Logger): Pull {
  const stopped = new AbortController()
  const { signal } = stopped
  const first = Promise.withResolvers<void>()

  const pull = async () => {
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
  const pulling = pull()
  const late = sleep(startMilliseconds, undefined, { signal }).catch(() => undefined)
  return { done: Promise.race([pulling, first.promise, late]), stop: () => stopped.abort() }
}

/** Makes the table equal to the hub's. Routes newer than the hub's revision were written here meanwhile, and stay. */
function take(table: RouteTable, { revision, routes }: KnownRoutes): void {
  for (const route of routes) table.put(route)
  const paths = new Set(routes.map((route) => route.path))
  for (const { route } of table.all()) {
    const isOurs = route.access !== undefined && route.revision !== undefined
    if (isOurs && !paths.has(route.path)) table.remove(route.path, revision)
  }
}
