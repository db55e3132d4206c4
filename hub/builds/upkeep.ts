import { allBuilt } from '../db/builds/built.ts'
import { forgetJobs, keysUnderWay } from '../db/jobs/jobs.ts'
import { forgetLogs } from '../db/jobs/logs.ts'
import { isInDefinition } from '../db/servers/definitions.ts'
import { messageOf } from '../errors.ts'
import { credentialsFor } from '../git-keys/credentials.ts'
import { imageOwner } from '../git-keys/target.ts'
import type { Hub } from '../hub.ts'
import { sourceOf } from './plan.ts'

/** How many builds of each name are remembered. */
const remembered = 20
/** How long an image stays with which no server starts any more, in case its commit comes back. */
const unusedMilliseconds = 7 * 24 * 3600_000

/** Forgets old jobs, and removes images that were built and are neither started from nor run any more. */
export async function tidyBuilds(hub: Hub, signal: AbortSignal): Promise<void> {
  for (;;) {
    const gone = await forgetJobs(hub.db, remembered)
    await forgetLogs(hub.db, gone)
    if (gone.length === 0) break
  }
  const { builder, git } = hub.builds
  const sources = Object.entries(hub.config.builds.images).map(async ([name, settings]) => {
    // A key that cannot be used opens no mirror either.
    const credentials = await credentialsFor(hub, imageOwner(name), settings.git).catch(() => undefined)
    return sourceOf(settings, credentials)
  })
  await git?.keep(await Promise.all(sources))
  if (builder === undefined) return
  for (const { name: key, at } of await builder.list({ signal })) {
    if (Date.now() - at < unusedMilliseconds || (await isNeeded(hub, key, builder.referenceOf(key)))) continue
    try {
      if (await builder.remove(key, { signal }))
        hub.log.info({ key }, 'removed an image that was built and is not needed any more')
    } catch (error) {
      hub.log.warn({ key, reason: messageOf(error) }, 'an image that is not needed any more could not be removed')
    }
  }
}

/** Returns whether servers start with an image, run with it, or are about to. */
async function isNeeded({ db }: Hub, key: string, image: string): Promise<boolean> {
  const built = [...(await allBuilt(db)).values()]
  return (
    built.some((one) => one.key === key || one.image === image) ||
    (await keysUnderWay(db)).includes(key) ||
    (await isInDefinition(db, `"image":${JSON.stringify(image)}`))
  )
}
