import { buildNamed } from '../../courses/built-image.ts'
import { didYouMean } from '../../net/settings/near.ts'
import { retold } from '../../words/kept.ts'
import { say, sentences } from '../../words/text.ts'
import { findBuilt } from '../db/builds/built.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import { type Build, cancelJob, isUnderWay, latestJobs, wantJob } from '../db/jobs/jobs.ts'
import { HttpError, ImageNotBuilt } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { settingsDigest } from './plan.ts'
import { cancelledText, percentOf, waitingText } from './told.ts'

/** Who acts: the id that events name, and whether the right to act still holds in a transaction. */
export interface BuildAsker {
  id: string
  precondition?: (trx: Transaction) => Promise<boolean>
}

/** Returns the settings of the build of this name. Throws 404 where the config has none. */
export function requireBuild({ config }: Pick<Hub, 'config'>, name: string) {
  const { images } = config.builds
  const settings = Object.hasOwn(images, name) ? images[name] : undefined
  if (settings !== undefined) return settings
  const hint = didYouMean(name, Object.keys(images))
  throw new HttpError(
    404,
    'unknown_build',
    hint === ''
      ? say`The config names no image "${name.slice(0, 80)}" to be built.`
      : say`The config names no image "${name.slice(0, 80)}" to be built${hint}`,
  )
}

/**
 * Has the image of this name built, and returns its build: the one that is under way, or a new one. With `fresh` all is
 * made anew; with `insists` it is tried although the same has failed before.
 */
export async function askForBuild(
  hub: Hub,
  name: string,
  by: BuildAsker,
  { fresh = false, insists = false }: { fresh?: boolean; insists?: boolean } = {},
): Promise<Build> {
  const settings = settingsDigest(requireBuild(hub, name))
  const { job, isNew } = await hub.db.transaction(async (trx) => {
    await requireRight(by, trx)
    const wanted = await wantJob(trx, { kind: 'image', name, settings, by: by.id, fresh, insists })
    if (wanted.isNew && insists) await addEvent(trx, { kind: 'image-build-asked', detail: { name, by: by.id, fresh } })
    return wanted
  })
  if (isNew) hub.jobs.wake()
  return job
}

/** Ends the build of this name that is under way, and returns it. Throws 409 where there is none. */
export async function cancelBuildOf(hub: Hub, name: string, by: BuildAsker): Promise<Build> {
  requireBuild(hub, name)
  const build = await hub.db.transaction(async (trx) => {
    await requireRight(by, trx)
    const cancelled = await cancelJob(trx, { kind: 'image', name, by: by.id, problem: cancelledText })
    if (cancelled?.state === 'failed') {
      await addEvent(trx, { kind: 'image-build-failed', detail: { name, by: by.id, problem: cancelled.problem ?? '' } })
    }
    return cancelled
  })
  if (build === undefined) throw new HttpError(409, 'no_build', say`The image ${name} is not being built.`)
  hub.jobs.wake()
  return build
}

async function requireRight(by: BuildAsker, trx: Transaction): Promise<void> {
  if ((await by.precondition?.(trx)) === false)
    throw new HttpError(403, 'bad_token', say`Missing or invalid credentials.`)
}

/**
 * Throws where the image is one that is to be built, and was not built yet: `ImageNotBuilt` while it is being built, which
 * the first call begins. A build that has failed is not tried again by this, since it would fail for each learner anew.
 */
export async function requireBuilt(hub: Hub, image: string, by: { id: string; isStaff: boolean }): Promise<void> {
  const name = buildNamed(image)
  if (name === undefined || (await findBuilt(hub.db, name)) !== undefined) return
  const settings = settingsDigest(requireBuild(hub, name))
  const last = (await latestJobs(hub.db, 'image', [name])).get(name)
  const isOver = last !== undefined && !isUnderWay(last) && last.settings === settings
  if (isOver && last.state === 'failed') throw buildFailed(name, last, by.isStaff)
  const build = last !== undefined && isUnderWay(last) ? last : await askForBuild(hub, name, by)
  throw new ImageNotBuilt(waitingText(build), percentOf(build))
}

function buildFailed(name: string, { problem }: Build, isStaff: boolean): HttpError {
  const what = say`The software of this course could not be put together, so it cannot be opened yet.`
  const text = isStaff
    ? sentences([what, problem && retold(problem)])
    : say`${what} Tell your teacher, who can see why and have it tried again.`
  const links = isStaff ? [{ href: `/hub/builds/${name}`, text: say`Show what has happened` }] : []
  return Object.assign(new HttpError(424, 'image_build_failed', text, links), { detail: problem })
}
