import { withBuiltImages } from '../builds/images.ts'
import { readClock } from '../db/clock.ts'
import { forgetImages, putImages } from '../db/images/images.ts'
import type { Hub } from '../hub.ts'
import { imageUses } from './uses.ts'

const mostMilliseconds = 60_000
const unknownMilliseconds = 7 * 24 * 3600_000

/** Looks which images of the courses are where servers start, and writes it down for pages and commands. */
export async function lookAtImages(hub: Hub, signal: AbortSignal): Promise<void> {
  const { images } = hub.spawner
  if (images === undefined) return
  const uses = imageUses(await withBuiltImages(hub.db, Object.values(hub.courses.all)))
  const limited = { signal: AbortSignal.any([signal, AbortSignal.timeout(mostMilliseconds)]) }
  const since = await readClock(hub.db)
  await putImages(hub.db, await images.find(uses, limited), { by: 'look', since })
  await forgetImages(hub.db, unknownMilliseconds)
  await images.keep?.(uses, limited)
}
