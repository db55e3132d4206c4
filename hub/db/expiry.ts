import { expireCodes } from './codes.ts'
import { expireSnapshots } from './content/snapshots.ts'
import type { Database } from './dialect.ts'
import { expireNonces } from './nonces.ts'
import { expireLaunches } from './seats/launches.ts'
import { expireSeats } from './seats/seats.ts'
import { expireTickets } from './seats/tickets.ts'
import { expireDefinitions } from './servers/definitions.ts'
import { expireDesks } from './servers/desks.ts'
import { expireSupportCodes } from './servers/support-codes.ts'
import { expireSessions } from './sessions.ts'

/** Removes all rows whose time is over. */
export async function removeExpired(db: Database): Promise<void> {
  await expireLaunches(db)
  await expireTickets(db)
  await expireSessions(db)
  await expireCodes(db)
  await expireSeats(db)
  await expireNonces(db)
  await expireDefinitions(db)
  await expireSupportCodes(db)
  await expireDesks(db)
  await expireSnapshots(db)
}
