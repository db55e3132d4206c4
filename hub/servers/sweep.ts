import { tally } from '../../metrics/tally.ts'
import type { FoundServer } from '../../spawners/spawner.ts'
import { raiseRun } from '../db/servers/server-moves.ts'
import { isAtRest } from '../db/servers/server-states.ts'
import { type Server, serversById } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'

export interface Sweep {
  /** Objects whose row is at rest, absent, or at a later run. */
  orphans: FoundServer[]
  /** Objects of a run that the row does not know yet, since the database has lost writes. */
  newer: FoundServer[]
}

/** Returns the objects of `found` that should not be there. Pure. */
export function sort(found: FoundServer[], rows: Server[]): Sweep {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const isNewer = (object: FoundServer) => object.run > (byId.get(object.server)?.run ?? Number.POSITIVE_INFINITY)
  const isOrphan = (object: FoundServer) => {
    const row = byId.get(object.server)
    if (row === undefined) return true
    return object.run < row.run || (object.run === row.run && isAtRest(row))
  }
  return { orphans: found.filter(isOrphan), newer: found.filter(isNewer) }
}

/** Returns whether so many orphans must be a mistake: more than three, and more than a tenth. None is then removed. */
export function isTooMuch(orphans: number, found: number): boolean {
  return orphans > 3 && orphans > found / 10
}

/** Returns a round of the sweep, which removes orphans that it has seen in two rounds running. */
export function createSweep(hub: Hub): () => Promise<void> {
  const { swept } = hub.counters
  let suspects = new Set<string>()
  return async () => {
    const found = await hub.spawner.list()
    // Rows are read after the list, so that every listed object that is in use has a row by now.
    const rows = await serversById(hub.db, [...new Set(found.map((object) => object.server))])
    const { orphans, newer } = sort(found, rows)
    for (const object of newer) {
      tally(swept, 'newer')
      hub.log.error(
        { name: object.name, run: object.run },
        'an object is newer than its row: the database has lost writes',
      )
      await raiseRun(hub.db, object.server, object.run)
    }
    if (isTooMuch(orphans.length, found.length)) {
      tally(swept, 'refused')
      hub.log.error(
        { orphans: orphans.length, found: found.length },
        'so many objects without a server look like a mistake; nothing is removed until `carrel sweep --yes`',
      )
      return
    }
    const seenBefore = orphans.filter((object) => suspects.has(object.name))
    suspects = new Set(orphans.map((object) => object.name))
    for (const { server, run, name } of seenBefore) {
      hub.log.warn({ name, server, run }, 'removing an object that no server owns')
      try {
        await hub.spawner.stop({ server, run }, undefined, { graceSeconds: 5 })
        tally(swept, 'removed')
      } catch (error) {
        tally(swept, 'failed')
        hub.log.error({ name, err: error }, 'could not remove an object, trying again')
      }
    }
  }
}
