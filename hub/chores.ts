import { setTimeout as sleep } from 'node:timers/promises'
import { reviewGuests } from './access/guests.ts'
import { removeUsers } from './access/removal.ts'
import { expireTokens } from './access/user-tokens.ts'
import { tidyBuilds } from './builds/upkeep.ts'
import { createBundleSweep } from './bundles/sweep.ts'
import { wantDuePulls } from './content/due.ts'
import { tidyContent } from './content/upkeep.ts'
import { removeCourses } from './courses/removal.ts'
import { forgetCopies } from './db/content/copies.ts'
import { forgetSwaps } from './db/content/swaps.ts'
import { thinVersions } from './db/content/versions.ts'
import { removeExpired } from './db/expiry.ts'
import { becomeHousekeeper } from './db/installation.ts'
import { expireRuns } from './db/runs/runs.ts'
import { moveOrigins } from './db/servers/courses.ts'
import { messageOf } from './errors.ts'
import { createResealing } from './git-keys/reseal.ts'
import { createErrandSweep, endLostErrands } from './homes/errand-sweep.ts'
import { lookForHomes } from './homes/lost.ts'
import { removeDueHomes } from './homes/removal.ts'
import { retireHomes } from './homes/retention.ts'
import { measureHomes } from './homes/sizes.ts'
import type { Hub } from './hub.ts'
import { lookAtImages } from './images/look.ts'
import { learnVersions } from './images/versions.ts'
import { createOutbox } from './mail/outbox.ts'
import { readImages } from './previews/image-notebooks.ts'
import { withTemplate, wordsFor } from './roster/words.ts'
import { createKeyEviction, evict, evictions } from './servers/evict.ts'
import { createHealthCheck } from './servers/health/health-check.ts'
import { watchMemory } from './servers/health/memory-watch.ts'
import { createSilenceWatch } from './servers/health/silence.ts'
import { probeQuietServers } from './servers/probe.ts'
import { createSpareLook } from './servers/spares/look.ts'
import { createSweep } from './servers/sweep.ts'
import { collectTraffic } from './servers/traffic.ts'
import { refillSpares } from './spares/refill.ts'
import { copyStaticFiles } from './static-files/copy.ts'

interface Chore {
  name: string
  everySeconds: number
  act(signal: AbortSignal): Promise<void>
}

export interface Chores {
  stop(): Promise<void>
  /** Makes no more spares, and resolves when none is on its way into the queue. */
  stopSpares(): Promise<void>
}

/**
 * Starts the work that one hub, the housekeeper, does for all. Two hubs at it for a moment do no harm, because each act
 * is conditional.
 */
export function startChores(hub: Hub): Chores {
  const { activity, mail, hooks, runs } = hub.config
  const keys = createKeyEviction(hub)
  const resealing = createResealing(hub)
  const chores: Chore[] = [
    { name: 'activity', everySeconds: activity.collectSeconds, act: () => collectTraffic(hub) },
    { name: 'probe', everySeconds: activity.probeSeconds, act: (signal) => probeQuietServers(hub, signal) },
    { name: 'health', everySeconds: 30, act: createHealthCheck(hub) },
    { name: 'memory', everySeconds: 5, act: (signal) => watchMemory(hub, signal) },
    { name: 'silence', everySeconds: activity.lookSeconds, act: createSilenceWatch(hub) },
    { name: 'silent spares', everySeconds: activity.lookSeconds, act: createSpareLook(hub) },
    { name: 'sweep', everySeconds: 60, act: createSweep(hub) },
    { name: 'bundles', everySeconds: 60, act: createBundleSweep(hub) },
    { name: 'homes', everySeconds: 60, act: () => lookForHomes(hub) },
    { name: 'removal of homes', everySeconds: 30, act: () => removeDueHomes(hub) },
    { name: 'unused homes', everySeconds: 3600, act: () => retireHomes(hub) },
    { name: 'sizes of homes', everySeconds: 60, act: (signal) => measureHomes(hub, signal) },
    { name: 'lost errands', everySeconds: 5, act: () => endLostErrands(hub) },
    { name: 'errands', everySeconds: 60, act: createErrandSweep(hub) },
    { name: 'builds', everySeconds: 3600, act: (signal) => tidyBuilds(hub, signal) },
    { name: 'hooks', everySeconds: hooks?.afterStop === undefined ? 3600 : 5, act: () => hub.farewells.act() },
    { name: 'copies', everySeconds: 3600, act: () => tidyCopies(hub) },
    { name: 'images', everySeconds: 180, act: (signal) => learnOfImages(hub, signal) },
    { name: 'static files', everySeconds: 60, act: (signal) => copyStaticFiles(hub, signal) },
    { name: 'notebooks of images', everySeconds: 60, act: (signal) => readImages(hub, signal) },
    { name: 'keys', everySeconds: 60, act: () => keys.act() },
    { name: 'keys of repositories', everySeconds: 60, act: () => resealing.act() },
    { name: 'inactive users', everySeconds: 5, act: () => evict(hub, evictions.inactiveUsers) },
    { name: 'ended seats', everySeconds: 5, act: () => evict(hub, evictions.endedSeats) },
    { name: 'removal', everySeconds: 5, act: () => removeUsers(hub) },
    { name: 'guests', everySeconds: 5, act: () => reviewGuests(hub) },
    { name: 'pulls', everySeconds: 2, act: () => wantDuePulls(hub) },
    { name: 'content', everySeconds: 3600, act: () => tidyContent(hub) },
    { name: 'courses', everySeconds: 5, act: () => removeCourses(hub) },
    { name: 'expiry', everySeconds: 60, act: () => removeExpired(hub.db) },
    { name: 'past runs', everySeconds: 600, act: () => expireRuns(hub.db, runs.keepDays) },
    { name: 'origins', everySeconds: 30, act: () => moveOrigins(hub.db) },
    { name: 'tokens', everySeconds: 30, act: () => expireTokens(hub) },
    ...(mail === undefined
      ? []
      : [
          {
            name: 'mail',
            everySeconds: 5,
            act: createOutbox(hub, withTemplate(mail, hub.config.site), (user) => wordsFor(hub, user)),
          },
        ]),
  ]
  const controller = new AbortController()
  const noSpares = new AbortController()
  const spares: Chore = { name: 'spares', everySeconds: 2, act: (signal) => refillSpares(hub, signal) }
  const refill = repeat(hub, spares, AbortSignal.any([controller.signal, noSpares.signal]))
  const loops = [refill, ...chores.map((chore) => repeat(hub, chore, controller.signal))]
  return {
    async stopSpares() {
      noSpares.abort()
      await refill
    },
    async stop() {
      keys.stop()
      resealing.stop()
      controller.abort()
      await Promise.all(loops)
    },
  }
}

async function tidyCopies({ db }: Hub): Promise<void> {
  await forgetCopies(db)
  await forgetSwaps(db)
  await thinVersions(db)
}

async function learnOfImages(hub: Hub, signal: AbortSignal): Promise<void> {
  await lookAtImages(hub, signal)
  await learnVersions(hub, signal)
}

async function repeat(hub: Hub, chore: Chore, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if (await becomeHousekeeper(hub.db, hub.id)) await chore.act(signal)
    } catch (error) {
      if (!signal.aborted)
        hub.log.warn({ chore: chore.name, reason: messageOf(error) }, 'a chore could not be done; trying again')
    }
    await sleep(chore.everySeconds * 1000, undefined, { signal }).catch(() => undefined)
  }
}
