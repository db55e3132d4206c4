import type { ImageSettings } from '../../config/sections/builds.ts'
import { observeFor } from '../../metrics/histogram.ts'
import type { BuildProgress, BuiltImage } from '../../spawners/builder.ts'
import {
  type Build,
  type BuildEnd,
  type BuildHold,
  cancelledText,
  endBuild,
  failureBefore,
} from '../db/builds/builds.ts'
import { findBuilt, putBuilt } from '../db/builds/built.ts'
import { addEvent } from '../db/events.ts'
import { putImages } from '../db/images/images.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { buildBounds } from '../metrics/counters.ts'
import { type BuildLog, BuildLost, openBuildLog } from './build-log.ts'
import { buildKey, planOf, settingsDigest, sourceOf } from './plan.ts'

/** How often a build is begun at most, when the hubs end that carry it. */
const mostTries = 10

/** What a build has made. */
interface Made {
  built: BuiltImage
  content: string
  key: string
  commit: string
}

/** Thrown where people do not want the build any more. */
class Cancelled extends Error {
  override name = 'Cancelled'
}

/** Thrown where the same has failed before, and no one has asked for another try. */
class FailedBefore extends Error {
  override name = 'FailedBefore'
}

class Overtime extends Error {
  override name = 'Overtime'
}

/**
 * Carries a build to its end. An earlier hub may have tried it already: the commit stays the one that it has found, and the
 * builder makes nothing twice.
 */
export async function carryBuild(hub: Hub, build: Build, hold: BuildHold, task: AbortSignal): Promise<void> {
  const settings = hub.config.builds.images[build.name]
  if (settings === undefined) return
  const over = new AbortController()
  const signal = AbortSignal.any([task, over.signal])
  const log = openBuildLog(hub, hold, (row) => {
    if (row === undefined) over.abort(new BuildLost('another hub has this build'))
    else if (row.cancelledBy !== undefined) over.abort(new Cancelled(cancelledText))
  })
  let timer: NodeJS.Timeout | undefined
  try {
    // A build may be what ends the hubs that carry it.
    if (build.epoch > mostTries) throw new Overtime(`The hub has ended ${mostTries} times while it was made.`)
    timer = setTimeout(() => over.abort(new Overtime(overtimeText(settings))), settings.timeoutMinutes * 60_000)
    const made = await make(hub, { build, settings, log, signal })
    log.say(`${build.name} is built: ${made.built.reference} (${made.built.id})`)
    await end(hub, hold, log, made)
  } catch (error) {
    const reason = signal.aborted ? signal.reason : error
    if (task.aborted || (reason as Error).name === 'BuildLost') {
      await log.close().catch(() => undefined)
      return hub.log.info({ build: build.id, name: build.name }, 'let go of a build that is no longer ours')
    }
    const problem = problemOf(reason)
    log.say(`Failed: ${problem.problem}`)
    const { detail } = reason as { detail?: string }
    if (detail !== undefined) log.say(detail)
    if (problem.isBug) hub.log.warn({ build: build.id, name: build.name, err: reason }, 'a build has failed')
    await end(hub, hold, log, { ...problem, isNews: (reason as Error).name !== 'FailedBefore' })
  } finally {
    clearTimeout(timer)
  }
}

interface Making {
  build: Build
  settings: ImageSettings
  log: BuildLog
  signal: AbortSignal
}

async function make(hub: Hub, { build, settings, log, signal }: Making): Promise<Made> {
  const { builder, git } = partsOf(hub)
  const source = sourceOf(settings)
  const digest = settingsDigest(settings)
  // What was found by other settings is no answer by these.
  const known = build.settings === digest ? build.commit : undefined
  await log.enter('fetching', `Fetching ${settings.git}${settings.ref === undefined ? '' : ` (${settings.ref})`}`, {
    settings: digest,
  })
  const commit = known ?? (await git.resolve(source, { signal }))
  await log.enter('fetching', `Commit ${commit}`, { commit })
  const report = (line: string) => log.say(line)
  const { subject } = await git.fetch(source, { commit, signal, report })
  signal.throwIfAborted()
  await log.enter('fetching', `Its subject: ${subject}`, { subject })
  const plan = await planOf({ settings, git, builder, commit, signal, report: tellOf(log) })
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

function tellOf(log: BuildLog): (progress: BuildProgress) => void {
  return (progress) => {
    if ('line' in progress) log.say(progress.line)
    else if ('step' in progress) log.step(progress.step, progress.steps)
    // What cannot be written now is written later, or another hub has the build.
    else if (progress.phase === 'pushing') log.enter('pushing', 'Pushing').catch(() => undefined)
  }
}

type Failed = Extract<BuildEnd, { problem: string }> & { isNews: boolean }

async function end(hub: Hub, hold: BuildHold, log: BuildLog, what: Made | Failed): Promise<void> {
  try {
    await log.close()
    const ended = await hub.db.transaction(async (trx) => {
      const isMade = 'built' in what
      const to: BuildEnd = isMade ? { image: what.built.reference, imageId: what.built.id } : what
      const build = await endBuild(trx, hold, to)
      if (build === undefined) return undefined
      const by = build.cancelledBy ?? build.askedBy
      if (!isMade) {
        const { problem, isNews } = what
        if (!isNews) return build
        await addEvent(trx, {
          kind: 'image-build-failed',
          detail: { name: build.name, by, problem: problem.slice(0, 500) },
        })
        return build
      }
      const { content, key, commit, built } = what
      const { name, settings } = build
      const images = { image: built.reference, imageId: built.id }
      const before = await putBuilt(trx, { name, settings, content, key, commit, build: build.id, ...images })
      const from = before && { from: before.commit, from_id: before.imageId }
      if (before?.imageId === built.id && before.key === key) return build
      await addEvent(trx, { kind: 'image-built', detail: { name, by, ...from, to: commit, to_id: built.id } })
      return build
    })
    if (ended === undefined) return
    if (ended.image !== undefined) await lookWhereItIs(hub, ended.image)
    const seconds = ((ended.ended ?? 0) - (ended.started ?? ended.asked)) / 1000
    observeFor(hub.counters.builds, ended.state === 'built' ? 'success' : 'failure', Math.max(0, seconds), buildBounds)
    const { name, key, problem } = ended
    hub.log.info({ build: ended.id, name, key, problem, seconds }, 'a build has ended')
  } catch (error) {
    // The row stays as it is, and some hub takes it again.
    hub.log.warn({ build: hold.id, reason: messageOf(error) }, 'the end of a build could not be written; trying again')
  }
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
function problemOf(error: unknown): { problem: string; passes: boolean; isBug: boolean } {
  const { name } = error as Error
  if (['BuildError', 'RecipeError', 'Cancelled', 'Overtime', 'FailedBefore'].includes(name))
    return { problem: messageOf(error), passes: false, isBug: false }
  if (name === 'GitError')
    return { problem: messageOf(error), passes: Boolean((error as { passes?: boolean }).passes), isBug: false }
  return { problem: `The image could not be made: ${messageOf(error)}`, passes: true, isBug: true }
}

function overtimeText({ timeoutMinutes }: ImageSettings): string {
  return `It was not made within ${timeoutMinutes} minutes. Make it smaller, or raise timeoutMinutes of the build.`
}

function partsOf({ builds }: Hub) {
  const { builder, git } = builds
  if (builder === undefined || git === undefined) throw new Error('this hub has nothing that makes images')
  return { builder, git }
}
