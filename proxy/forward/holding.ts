/** Requests that wait for a hub while none takes connections. */
import type { Logger } from 'pino'
import type { Exchange } from '../exchange.ts'
import { limits } from '../limits.ts'
import { createPlaces, type Place, type Pool } from './places.ts'

export interface Holding {
  /**
   * Returns what `untilBack` resolves with, and meanwhile counts the request as waiting, for as long as its client
   * waits. Resolves false at once where enough requests wait.
   */
  hold(exchange: Exchange, untilBack: () => Promise<boolean>): Promise<boolean>
}

const pool: Pool = { name: 'a hub to come', limits: limits.held }

/** Each of several workers has its part of the places. */
export function createHolding(log: Logger, workers: number): Holding {
  const places = createPlaces(log, 0, workers)
  return {
    async hold(exchange, untilBack) {
      const { promise, resolve } = Promise.withResolvers<Place | undefined>()
      places.waitFor(pool, 'requests', exchange.client, resolve)
      const place = await promise
      if (place === undefined) return false
      exchange.answer.whenOver(() => place.leave())
      const isBack = await untilBack()
      place.leave()
      return isBack
    },
  }
}
