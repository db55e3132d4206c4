import { observeFor } from '../../metrics/histogram.ts'
import { tally } from '../../metrics/tally.ts'
import { type HubCounters, secondsSince, startBounds } from './counters.ts'
import { handlerOf, methodOf } from './handlers.ts'

export interface AnsweredRequest {
  method: string
  /** The pattern of the route that answered, if there is one. */
  pattern: string | undefined
  status: number
  /** When the request began, as `performance.now()`. */
  began: number
  /** The code of a refusal. */
  code: string | undefined
}

/** Refusals that JupyterHub counts as failed starts, and its reasons for them. */
const startRefusals: Readonly<Record<string, string>> = {
  queue_full: 'throttled',
  too_many_servers: 'too-many-users',
  already_running: 'already-pending',
}

/** Counts a request that has been answered. No label holds anything that the client wrote. */
export function countRequest(
  counters: Pick<HubCounters, 'requests' | 'refusals' | 'starts'>,
  { method, pattern, status, began, code }: AnsweredRequest,
): void {
  const seconds = secondsSince(began)
  observeFor(counters.requests, `${methodOf(method)} ${handlerOf(pattern)} ${status}`, seconds)
  if (code === undefined) return
  tally(counters.refusals, code)
  const reason = startRefusals[code]
  if (reason !== undefined) observeFor(counters.starts, `failure ${reason}`, seconds, startBounds)
}
