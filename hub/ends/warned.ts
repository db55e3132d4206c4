import { say } from '../../words/text.ts'
import { readClock } from '../db/clock.ts'
import type { Transaction } from '../db/dialect.ts'
import { hubsSince } from '../db/hubs.ts'
import { type AskedDesk, desksOf, openMilliseconds } from '../db/servers/desks.ts'
import type { Server } from '../db/servers/servers.ts'
import { HttpError } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { limitsOf, warnSeconds } from './ends.ts'

/**
 * Throws when a desk of the run is open and was not warned for long enough that idleness ends the run after this activity.
 * The culler comes again in its next round. Where no limits are known, no desk can be warned and none is waited for.
 */
export async function requireWarned(hub: Hub, trx: Transaction, server: Server, lastActivity: number): Promise<void> {
  const desks = await desksOf(trx, server.id, server.run)
  if (desks.length === 0) return
  const { idleSeconds } = await limitsOf(hub, server, trx)
  if (idleSeconds === undefined) return
  const now = await readClock(trx)
  if (!isAnyOpen(desks, { now, hubsSince: await hubsSince(trx) })) return
  const long = warnSeconds(idleSeconds) * 1000
  const isWarned = desks.some((desk) => desk.warnedOf === lastActivity && now - (desk.warned ?? now) >= long)
  if (isWarned) return
  throw new HttpError(409, 'not_warned', say`Its user has the page open and was not warned yet; nothing was stopped.`)
}

/**
 * Returns whether one of these desks is open. While no hub was there long enough for an open desk to ask, each counts as
 * open. Pure.
 */
export function isAnyOpen(
  desks: Pick<AskedDesk, 'seen'>[],
  { now, hubsSince }: { now: number; hubsSince: number | undefined },
): boolean {
  if (desks.length > 0 && now - (hubsSince ?? now) < openMilliseconds) return true
  return desks.some(({ seen }) => now - seen < openMilliseconds)
}
