import type { ImageSettings } from '../../config/sections/builds.ts'
import { observeFor } from '../../metrics/histogram.ts'
import type { BuildProgress, BuiltImage } from '../../spawners/builder.ts'
import { kept } from '../../words/kept.ts'
import { findBuilt, putBuilt } from '../db/builds/built.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import { putImages } from '../db/images/images.ts'
import { type Build, failureBefore, type JobHold } from '../db/jobs/jobs.ts'
import { messageOf } from '../errors.ts'
import { withCredentials } from '../git-keys/credentials.ts'
import { imageOwner } from '../git-keys/target.ts'
import type { Hub } from '../hub.ts'
import { carryJob, type JobOutcome, type JobProblem } from '../jobs/carry.ts'
import type { JobLog } from '../jobs/job-log.ts'
import type { JobWork } from '../jobs/work.ts'
import { buildBounds } from '../metrics/counters.ts'
import { buildKey, planOf, settingsDigest, sourceOf } from './plan.ts'
import { cancelledText } from './told.ts'

/** What a build has made. */
interface Made {
  built: BuiltImage
  content: string
  key: string
  commit: string
}

/** Thrown where the same has failed before, and no one has asked for another try. */
class FailedBefore extends Error {
  override name = 'FailedBefore'
}

/** Returns what a hub does about the builds of its config. */
export function imageJobs(hub: Hub): JobWork<'image'> {
  const { images, atOnce } = hub.config.builds
  return {
    ...{ kind: 'image', atOnce },
    names: () => Object.keys(images),
    carry: (build, hold, signal) => carryBuild(hub, build, hold, signal),
  }
}

/**
 * Carries a build to its end. An earlier hub may have tried it already: the commit stays the one that it has found, and the
 * builder makes nothing twice.
 */
export async function carryBuild(hub: Hub, build: Build, hold: JobHold, task: AbortSignal): Promise<void> {
  const settings = hub.config.builds.images[build.name]
  if (settings === undefined) return
  await carryJob<'image', Made>(hub, {
    ...{ job: build, hold, task, noun: 'a build', cancelled: cancelledText },
    tooOften: (tries) => kept`The hub has ended ${tries} times while it was made.`,
    time: { minutes: settings.timeoutMinutes, over: overtimeText(settings) },
    make: (log, signal) => make(hub, { build, settings, log, signal }),
    endOf: ({ built }) => ({
      line: `${build.name} is built: ${built.reference} (${built.id})`,
      end: { state: 'built', image: built.reference, imageId: built.id },
    }),
    problemOf,
    note: (trx, job, what) => note(trx, job, what),
    async ended({ image, state }, seconds) {
      if (image !== undefined) await lookWhereItIs(hub, image)
      observeFor(hub.counters.builds, state === 'built' ? 'success' : 'failure', seconds, buildBounds)
    },
  })
}

interface Making {
  build: Build
  settings: ImageSettings
  log: JobLog<'image'>
  signal: AbortSignal
}

async function make(hub: Hub, { build, settings, log, signal }: Making): Promise<Made> {
  const { builder, git } = partsOf(hub)
  const digest = settingsDigest(settings)
  // What was found by other settings is no answer by these.
  const known = build.settings === digest ? build.commit : undefined
  await log.enter('fetching', `Fetching ${settings.git}${settings.ref === undefined ? '' : ` (${settings.ref})`}`, {
    settings: digest,
  })
  const report = (line: string) => log.say(line)
  const { source, commit, left } = await withCredentials(
    hub,
    imageOwner(build.name),
    settings.git,
    async (credentials) => {
      const source = sourceOf(settings, credentials)
      const commit = known ?? (await git.resolve(source, { signal }))
      await log.enter('fetching', `Commit ${commit}`, { commit })
      const { subject, left } = await git.fetch(source, { commit, signal, report })
      signal.throwIfAborted()
      await log.enter('fetching', `Its subject: ${subject}`, { subject })
      return { source, commit, left }
    },
  )
  const plan = await planOf({ settings, source, git, builder, commit, left, signal, report: tellOf(log) })
  if (plan.recipe.madeFrom.length > 0) log.say(`Made from ${plan.recipe.madeFrom.join(', ')}`)
  for (const warning of plan.recipe.warnings) log.say(warning)
  const before = await findBuilt(hub.db, build.name)
  const key = nextKey(build, plan.content, before)
  const failure = build.insists ? undefined : await failureBefore(hub.db, { id: build.id, name: build.name, key })
  if (failure !== undefined) throw new FailedBefore(failure)
  await log.enter('building', `Building ${key}`, { key })
  const { limits, network } = settings
  const { cpu, memory } = limits
  const built = await builder.build(
    {
      ...{ name: key, files: plan.files, dockerfile: plan.recipe.dockerfile, network, cache: !build.fresh },
      limits: { ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) },
    },
    { signal, report: tellOf(log) },
  )
  signal.throwIfAborted()
  return { built, content: plan.content, key, commit }
}

/** Returns the name for the builder. What was made anew keeps its name as long as it is made of the same. */
function nextKey({ id, name, fresh }: Build, content: string, before: { content: string; key: string } | undefined) {
  if (fresh) return buildKey(name, content, String(id))
  return before?.content === content ? before.key : buildKey(name, content)
}

function tellOf(log: JobLog<'image'>): (progress: BuildProgress) => void {
  return (progress) => {
    if ('line' in progress) log.say(progress.line)
    else if ('step' in progress) log.step(progress.step, progress.steps)
    // What cannot be written now is written later, or another hub has the build.
    else if (progress.phase === 'pushing') log.enter('pushing', 'Pushing').catch(() => undefined)
  }
}

async function note(trx: Transaction, build: Build, what: JobOutcome<Made>): Promise<void> {
  const by = build.cancelledBy ?? build.askedBy
  const { name, settings, id } = build
  if ('error' in what) {
    // The same problem is no news.
    if (what.error.name === 'FailedBefore') return
    return addEvent(trx, { kind: 'image-build-failed', detail: { name, by, problem: what.problem.slice(0, 500) } })
  }
  const { content, key, commit, built } = what.made
  const images = { image: built.reference, imageId: built.id }
  const before = await putBuilt(trx, { name, settings, content, key, commit, build: id, ...images })
  const from = before && { from: before.commit, from_id: before.imageId }
  if (before?.imageId === built.id && before.key === key) return
  await addEvent(trx, { kind: 'image-built', detail: { name, by, ...from, to: commit, to_id: built.id } })
}

/** Writes where the image is, which lists would else tell some minutes later. */
async function lookWhereItIs({ spawner, db, log }: Hub, image: string): Promise<void> {
  try {
    const found = await spawner.images?.find([{ image, uses: [] }], { signal: AbortSignal.timeout(30_000) })
    await putImages(db, found ?? [], { by: 'fetch' })
  } catch (error) {
    log.debug({ image, reason: messageOf(error) }, 'could not look where an image is that was just built')
  }
}

/** Returns what staff are told of an error, and whether another try may succeed without a change. */
function problemOf(error: Error): JobProblem {
  const { name } = error
  if (['BuildError', 'RecipeError', 'FailedBefore'].includes(name))
    return { problem: messageOf(error), passes: false, isBug: false }
  if (name === 'GitError')
    return { problem: messageOf(error), passes: Boolean((error as { passes?: boolean }).passes), isBug: false }
  return { problem: kept`The image could not be made: ${messageOf(error)}`, passes: true, isBug: true }
}

function overtimeText({ timeoutMinutes }: ImageSettings): string {
  return kept`It was not made within ${timeoutMinutes} minutes. Make it smaller, or raise timeoutMinutes of the build.`
}

function partsOf({ builds }: Hub) {
  const { builder, git } = builds
  if (builder === undefined || git === undefined) throw new Error('this hub has nothing that makes images')
  return { builder, git }
}
