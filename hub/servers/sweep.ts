import type { FoundServer } from '../../spawners/spawner.ts'
import { raiseRun } from '../db/servers/server-moves.ts'
import { isAtRest } from '../db/servers/server-states.ts'
import { type Server, serversById } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'

export interface Sweep {
  /** Whose row is at rest, absent, or further on. */
  orphans: FoundServer[]
  /** Of a run that the row does not know yet: the database has lost writes. */
  newer: FoundServer[]
}

/** What of `found` should not be there. Pure. */
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

/** More than a tenth and more than three at once is not litter but a mistake: nothing is removed. */
export function isTooMuch(orphans: number, found: number): boolean {
  return orphans > 3 && orphans > found / 10
}

/** Removes what the database knows nothing of, seen in two rounds running. */
export function createSweep(hub: Hub): () => Promise<void> {
  let suspects = new Set<string>()
  return async () => {
    const found = await hub.spawner.list()
    // Rows second: what was made since then has a row that says so.
    const rows = await serversById(hub.db, [...new Set(found.map((object) => object.server))])
    const { orphans, newer } = sort(found, rows)
    for (const object of newer) {
      hub.log.error(
        { name: object.name, run: object.run },
        'an object is newer than its row: the database has lost writes',
      )
      await raiseRun(hub.db, object.server, object.run)
    }
    if (isTooMuch(orphans.length, found.length)) {
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
      } catch (error) {
        hub.log.error({ name, err: error }, 'could not remove an object, trying again')
      }
    }
  }
}
