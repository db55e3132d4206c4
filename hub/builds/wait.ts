import type { BringProgress, FoundImage } from '../../spawners/images.ts'
import { kept } from '../../words/kept.ts'
import { findJob, latestJobs } from '../db/jobs/jobs.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { followJob } from '../jobs/follow.ts'
import { askForBuild, type BuildAsker } from './request.ts'
import { buildWords } from './told.ts'

interface Waiting {
  by: BuildAsker
  signal: AbortSignal
  report(progress: BringProgress): void
}

/**
 * Has the image of this name built of what its repository has now, and resolves when that has ended, with what is wrong
 * with it; undefined where it is built. A reader that leaves ends no build. What has failed of the same files before is
 * not tried again by this, so that a program may ask every hour.
 */
export async function buildAndWait(
  hub: Hub,
  name: string,
  { by, signal, report }: Waiting,
): Promise<string | undefined> {
  const { id } = await askForBuild(hub, name, by)
  for await (const event of followJob(hub.db, buildWords, id, 0, signal)) {
    if (event !== undefined) report({ image: `@${name}`, places: nowhere, percent: event.percent })
  }
  signal.throwIfAborted()
  const build = await findJob(hub.db, 'image', id)
  return build?.state === 'built' ? undefined : (build?.problem ?? 'its build is not known any more')
}

const nowhere = { having: 0, all: 1 }

/** Returns what lists of images say of one that was not built yet. */
export async function unbuiltImage(hub: Hub, name: string): Promise<FoundImage> {
  const last = (await latestJobs(hub.db, 'image', [name])).get(name)
  const why =
    last?.state === 'failed'
      ? kept`It could not be built: ${last.problem ?? ''} When that is mended, try again: carrel images build ${name}`
      : last === undefined
        ? kept`It was not built yet. Have it built: carrel images build ${name}`
        : kept`It is being built.`
  return { image: `@${name}`, places: nowhere, problem: why }
}

/** Returns the words for an image that is there while a newer one could not be built. */
export function notRenewed(problem: unknown): string {
  return kept`It could not be built anew: ${typeof problem === 'string' ? problem : messageOf(problem)}`
}
