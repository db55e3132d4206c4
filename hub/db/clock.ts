import { type Database, now } from './dialect.ts'
import { prepared } from './prepared.ts'

const clock = prepared<[], { at: number }>((db) => db.select({ at: now(db) }).first())

/** Returns the milliseconds since 1970 by the database's clock, the only clock that counts. */
export async function readClock(db: Database): Promise<number> {
  return (await clock(db)).at
}
