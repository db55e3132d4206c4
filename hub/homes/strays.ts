/**
 * Runs that the database does not know, since it was restored from a backup. Such a run may have a home, which must then
 * wait until the sweep of servers has ended the run.
 */
import type { FoundServer } from '../../spawners/spawner.ts'
import { leaveHome, takeFound, takeHome } from '../db/homes/homes.ts'
import { raiseRun } from '../db/servers/server-moves.ts'
import { isAtRest } from '../db/servers/server-states.ts'
import { type Server, serversById } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'

/** Has homes in place of the runs that the database does not know. */
const unknownRun = { errand: 'unknown' }

/**
 * Keeps homes that unknown runs may have from everything else: all found ones where there is a run without a row, and the
 * one of a row that was at rest before its run began. Frees them once all runs at the spawner are those of their rows.
 */
export async function holdForStrays(hub: Hub): Promise<void> {
  const listed = await hub.spawner.list()
  // Rows are read after the list, so that every listed run that is in use has a row by now.
  const rows = new Map(
    (
      await serversById(
        hub.db,
        listed.map(({ server }) => server),
      )
    ).map((row) => [row.id, row]),
  )
  if (listed.every((object) => isOfRow(object, rows.get(object.server)))) {
    await hub.db.transaction((trx) => leaveHome(trx, unknownRun))
    hub.admission.wake()
    return
  }
  if (listed.some(({ server }) => !rows.has(server))) await takeFound(hub.db, unknownRun)
  for (const { server, run } of listed) {
    const row = rows.get(server)
    if (row === undefined || row.run >= run || !isAtRest(row)) continue
    // No later run gets the name of this one.
    await raiseRun(hub.db, server, run)
    const { home } = row
    if (home !== undefined) await hub.db.transaction((trx) => takeHome(trx, home, unknownRun))
  }
}

function isOfRow({ run }: FoundServer, row: Server | undefined): boolean {
  return row !== undefined && row.run === run && !isAtRest(row)
}
