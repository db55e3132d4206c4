import { setTimeout as sleep } from 'node:timers/promises'
import { removeLostArchives } from '../db/bundles/archives.ts'
import { allBundles, idleBundles, removeIdleBundle } from '../db/bundles/bundles.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'

/** Living hubs renew their bundles every minute, and a start renews those that it takes. */
const idleMilliseconds = 600_000
const renewMilliseconds = 60_000

/**
 * Returns a round of the sweep. In the database it removes bundles that no course and no start has used for a while, and what
 * killed hubs have left of an archive; at the spawner, what it keeps beyond the bundles of the database. A bundle must have been
 * seen so in two rounds running. A spawner leaves what a server uses.
 */
export function createBundleSweep(hub: Hub): () => Promise<void> {
  const [idle, foreign] = [seenTwice(), seenTwice()]
  return async () => {
    const { bundles } = hub.spawner
    // Listed first, so that each bundle of a start that begins meanwhile is in the database by the time that is read.
    const kept = (await bundles?.list()) ?? []
    for (const digest of idle(await idleBundles(hub.db, idleMilliseconds))) {
      if (await removeIdleBundle(hub.db, digest, idleMilliseconds))
        hub.log.info({ digest }, 'removed a bundle that no course has any more')
    }
    await removeLostArchives(hub.db, idleMilliseconds)
    const known = new Set(await allBundles(hub.db))
    for (const digest of foreign(kept.filter((one) => !known.has(one)))) {
      await bundles?.remove(digest).catch((error: unknown) => {
        hub.log.warn({ digest, reason: messageOf(error) }, 'could not remove a bundle from the spawner, trying again')
      })
    }
  }
}

/** Starts what each hub does about its own bundles: renews them, and clears its disk of those that are gone. */
export function startBundleUpkeep(hub: Hub): { stop(): Promise<void> } {
  const controller = new AbortController()
  const clear = createClearing(hub)
  const loop = async () => {
    while (!controller.signal.aborted) {
      await sleep(renewMilliseconds, undefined, { signal: controller.signal }).catch(() => undefined)
      if (controller.signal.aborted) return
      try {
        await hub.bundles.renew()
        await clear()
      } catch (error) {
        hub.log.warn({ reason: messageOf(error) }, 'could not look after the bundles; trying again')
      }
    }
  }
  const running = loop()
  return {
    async stop() {
      controller.abort()
      await running
    },
  }
}

/** Returns a round that removes archives from this hub's disk whose bundle the database has lost or swept. */
export function createClearing({ db, bundles }: Pick<Hub, 'db' | 'bundles'>): () => Promise<void> {
  const gone = seenTwice()
  return async () => {
    const there = await bundles.shelf.list()
    const known = new Set([...(await allBundles(db)), ...bundles.own])
    for (const digest of gone(there.filter((one) => !known.has(one)))) await bundles.shelf.remove(digest)
  }
}

/** Returns a function that returns those of its names that it was given the last time, too. */
function seenTwice(): (names: string[]) => string[] {
  let before = new Set<string>()
  return (names) => {
    const twice = names.filter((name) => before.has(name))
    before = new Set(names)
    return twice
  }
}
