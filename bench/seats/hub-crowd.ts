/** Measures what a sign-out costs the hub when there are many other seats, and what reading all routes costs. */

import { endOpen } from '../../hub/access/ending.ts'
import { wantedRoutes } from '../../hub/proxies/route.ts'
import {
  emptyPostgresqlDatabase,
  emptySqliteDatabase,
  missingPostgresql,
  type TestDatabase,
} from '../../test/helpers/engines/postgresql.ts'
import { addCrowd } from '../../test/hub/add-crowd.ts'
import { openParts } from '../../test/hub/parts.ts'
import type { Row } from '../figures.ts'

const servers = 1000
const seatsEach = 10
const tries = 30

export async function benchHubCrowd(report: (line: string) => void): Promise<Row[]> {
  const missing = missingPostgresql()
  if (missing !== undefined) report(`PostgreSQL: skipped, ${missing}`)
  return [
    ...(await measure('SQLite', await emptySqliteDatabase())),
    ...(missing === undefined ? await measure('PostgreSQL', await emptyPostgresqlDatabase()) : []),
  ]
}

async function measure(name: string, database: TestDatabase): Promise<Row[]> {
  await using opened = new AsyncDisposableStack()
  opened.defer(() => database.remove())
  const { hub, stop } = await openParts(database.url)
  opened.defer(stop)
  // Measures in the same table, first with few rows of other users, then with all.
  const few = await addCrowd(hub, tries, 2)
  const alone = await timesOf(few, ({ sessions }) => endOpen(hub, { session: sessions[1] ?? '' }))
  const all = await addCrowd(hub, servers, seatsEach)
  const among = await timesOf(all.slice(0, tries), ({ sessions }) => endOpen(hub, { session: sessions[1] ?? '' }))
  const routes = await timesOf(all.slice(0, tries), () => wantedRoutes(hub))
  return [
    { what: `${name}: a sign-out, with few other seats`, values: alone },
    { what: `${name}: a sign-out, with ${servers * seatsEach} other seats`, values: among },
    { what: `${name}: all routes of ${servers} servers`, values: routes },
  ]
}

async function timesOf<T>(all: T[], act: (one: T) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (const one of all) {
    const began = performance.now()
    await act(one)
    times.push(performance.now() - began)
  }
  return times
}
