import { tally } from '../../metrics/tally.ts'
import { inParallel } from '../../net/in-parallel.ts'
import type { FoundServer } from '../../spawners/spawner.ts'
import { serversById } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { sort } from './sweep.ts'

const atOnce = 10

export interface FoundByHand {
  /** How many objects the spawner has. */
  found: number
  /** The objects that belong to no server. */
  orphans: FoundServer[]
}

/** Returns the spawner's objects that belong to no server. A person decides about them, when the hub removes none by itself. */
export async function findOrphans(hub: Hub): Promise<FoundByHand> {
  const found = await hub.spawner.list()
  // Rows are read after the list, so that every listed object that is in use has a row by now.
  const { orphans } = sort(found, await serversById(hub.db, [...new Set(found.map(({ server }) => server))]))
  return { found: found.length, orphans }
}

/** The fate of each of the objects that a person wants removed. */
export interface Swept {
  removed: string[]
  failed: { name: string; reason: string }[]
  /** The names of objects that are gone, or belong to a server by now. */
  kept: string[]
}

/** Removes the objects of these names, as far as they still belong to no server. `by` is named in the log. */
export async function removeOrphans(hub: Hub, names: string[], by: string): Promise<Swept> {
  const { orphans } = await findOrphans(hub)
  const wanted = orphans.filter(({ name }) => names.includes(name))
  const removed: string[] = []
  const failed: Swept['failed'] = []
  await inParallel(atOnce, wanted, async ({ name, server, run }) => {
    hub.log.warn({ name, server, run, by }, 'removing an object that no server owns')
    try {
      await hub.spawner.stop({ server, run }, undefined, { graceSeconds: 5 })
      tally(hub.counters.swept, 'removed')
      removed.push(name)
    } catch (error) {
      tally(hub.counters.swept, 'failed')
      hub.log.error({ name, err: error }, 'could not remove an object')
      failed.push({ name, reason: messageOf(error) })
    }
  })
  return { removed, failed, kept: names.filter((name) => !wanted.some((one) => one.name === name)) }
}
