import { optionProblems } from '../../config/said-settings.ts'
import { observeFor } from '../../metrics/histogram.ts'
import { SpawnError } from '../../spawners/spawner.ts'
import { kept } from '../../words/kept.ts'
import { putCopiesAtStart } from '../db/content/copies.ts'
import { addEvent } from '../db/events.ts'
import type { RunCause } from '../db/runs/runs.ts'
import { beginStop, type Held, type Hold, writeHeld } from '../db/servers/server-moves.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { findServer, type Server } from '../db/servers/servers.ts'
import { findUser } from '../db/users.ts'
import { messageOf } from '../errors.ts'
import { tellOfFullHome } from '../homes/full.ts'
import { keepsFiles } from '../homes/keeps-files.ts'
import { provideHome } from '../homes/provide.ts'
import { oweAfterStop } from '../hooks/after-stop.ts'
import { askBeforeStart, HookError } from '../hooks/before-start.ts'
import { askWhenReady } from '../hooks/when-ready.ts'
import type { Hub } from '../hub.ts'
import { type MadeOf, madeOf } from '../made-of/made-of.ts'
import { readyPath } from '../made-of/program.ts'
import { phaseBounds, secondsSince, startBounds } from '../metrics/counters.ts'
import { newRouteOf } from '../proxies/route.ts'
import { refusalOfQueued } from '../rights/opening.ts'
import { EndedError } from './health/ended.ts'
import { noteRun, tellable } from './past/last-words.ts'
import { type PhaseClock, phaseClock } from './phase-clock.ts'
import { waitUntilReady } from './ready.ts'
import { canListen, listensOnly, serverSpec } from './server-spec.ts'
import { seekRoom } from './spares/give-way.ts'
import { carryStop, stopMilliseconds } from './stop.ts'

/** Thrown when this hub no longer holds the row. The step then ends and touches nothing, which may be another hub's. */
class HoldLost extends Error {
  override name = 'HoldLost'
}

/**
 * Carries a row from starting to ready, or through stopping to failed. An earlier hub may have tried this run already:
 * every step adopts what that hub has left, and every write names the hold under which it is done.
 */
export async function carryStart(
  hub: Hub,
  server: Server,
  hold: Hold,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  const { log } = hub
  const made = await madeOf(hub, server)
  const clock = phaseClock(made, server, milliseconds, (phase, seconds) =>
    observeFor(hub.counters.phases, phase, seconds, phaseBounds),
  )
  const began = performance.now()
  try {
    const target = await startAndWait(hub, { server, made }, hold, clock, AbortSignal.any([signal, clock.overtime]))
    await tellOfFullHome(hub, server)
    await askHook(hub, { server, made }, hold, signal)
    const ready = await hub.makeReady(hold)
    if (ready === undefined) throw new HoldLost()
    clock.stop()
    const took = Math.round(performance.now() - began)
    observeFor(hub.counters.starts, 'success ', secondsSince(began), startBounds)
    // A spare waits until no one else waits, and no one for it.
    if (!ready.spare && ready.started !== undefined && ready.queued !== undefined)
      hub.usualStarts.note(server.course, (ready.started - ready.queued) / 1000)
    log.info({ ...keyOf(server), course: server.course, target, milliseconds: took }, 'server is ready')
    hub.changes.announce(server.id, 'state')
    hub.admission.wake()
    if (!ready.spare) await hub.proxies.put(await newRouteOf(hub, ready))
  } catch (error) {
    if (error instanceof HoldLost || signal.aborted) {
      log.info(keyOf(server), 'let go of a start that is no longer ours')
      return
    }
    clock.stop()
    if ((error as Error).name === 'SpawnError' && (error as SpawnError).otherSpec) {
      return beginAnew(hub, hold, server, signal)
    }
    const isForeseen = clock.overtime.aborted || (error as Error).name === 'SpawnError'
    const why = error instanceof HookError ? error.why : ''
    observeFor(hub.counters.starts, isForeseen ? `failure ${why}` : 'error ', secondsSince(began), startBounds)
    await fail(hub, hold, server, clock.overtime.aborted ? await overtimeError(hub, server, clock) : error, signal)
  } finally {
    clock.stop()
  }
}

/** A run, with what it is made of. */
interface Run {
  server: Server
  made: MadeOf | undefined
}

async function startAndWait(
  hub: Hub,
  { server, made }: Run,
  hold: Hold,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<string> {
  const write = async (held: Held) => {
    const deadlineIn = clock.enter(held.phase)
    if (!(await writeHeld(hub.db, hold, { ...held, ...(deadlineIn && { deadlineIn }) }))) throw new HoldLost()
    hub.changes.announce(server.id, 'progress')
  }
  const tell = (message: string | null) => write({ message })
  const spec = await specOf(hub, { server, made }, signal, tell)
  if (made?.copied !== undefined) await noteCopies(hub, server, made.copied)
  const progress = thinOut(write)
  const room = seekRoom(hub, server)
  const started = await hub.spawner
    .start(spec, {
      signal,
      report(told) {
        progress.report(told)
        room.note(told.lacksRoom === true)
      },
      record: (spawnerState) => write({ specHash: spec.hash, spawnerState }),
      bundle: (digest) => hub.bundles.source(digest),
    })
    .finally(room.stop)
  await progress.settle()
  const { state: spawnerState, url: target, image } = started
  await write({ spawnerState, target, image, phase: 'starting', percent: null, message: null })
  if (started.adopted) {
    // The program there has what a hook said the first time, and not what it said now.
    hub.givenSecrets.forget(keyOf(server))
    hub.log.info(keyOf(server), 'adopted a run that was already there')
  }
  const poll = () => hub.spawner.poll(keyOf(server), started.state)
  const path = readyPath(made, server.path)
  await waitUntilReady({ target: started.url, path, poll, memory: made?.limits.memory, signal })
  return started.url
}

/** Notes which copies of the course's notebooks the server makes when it starts. The note stands before the files do. */
async function noteCopies(hub: Hub, server: Server, { digest, commit }: NonNullable<MadeOf['copied']>): Promise<void> {
  const holder = server.home ?? server.id
  await putCopiesAtStart(hub.db, { holder, bundle: digest, commit, anew: !keepsFiles(hub, server) })
}

/** Calls the hook of a server that answers. Its owner may have been removed meanwhile, and the server then ends soon. */
async function askHook(hub: Hub, { server, made }: Run, hold: Hold, signal: AbortSignal): Promise<void> {
  if (hub.config.hooks?.whenReady === undefined) return
  const user = await findUser(hub.db, server.user)
  if (user === undefined) return
  if (!(await askWhenReady(hub, { server, user, made }, hold, signal))) throw new HoldLost()
}

async function specOf(
  hub: Hub,
  { server, made }: Run,
  signal: AbortSignal,
  tell: (message: string | null) => Promise<void>,
) {
  const key = hub.secrets.keys.find(server.kid ?? '')
  const user = await findUser(hub.db, server.user)
  if (made === undefined) throw unknownRun(server)
  if (key === undefined || user === undefined) {
    throw new SpawnError(kept`The account or the key that this notebook was started with is gone.`, {
      detail: `kid ${server.kid}`,
    })
  }
  // The user may have lost the right, or the course may have closed, while the server waited.
  const refusal = server.spare ? undefined : await refusalOfQueued(hub, user, server.course)
  if (refusal !== undefined)
    throw new SpawnError(kept`The course was not open to you when it was your turn.`, { detail: refusal.why })
  requireFitting(hub, made)
  const secretEnv = await askBeforeStart(hub, { server, user, made }, signal, tell)
  hub.givenSecrets.give(keyOf(server), Object.values(secretEnv))
  const mounted = await provideHome(hub, { server, made }, signal)
  const home = mounted && { mounted, folder: hub.spawner.folderOf(mounted) }
  const listen = hub.spawner.listen(keyOf(server), listensOnly(made.program))
  if (!canListen(made.program, listen)) {
    throw new SpawnError(kept`The program of this course cannot be reached here.`, {
      detail: "program.listens is 'socket', and servers have no sockets here: let it listen on a port",
      lasts: true,
    })
  }
  const { id, run, path } = server
  if (made.bundles.length > 0 && hub.spawner.bundles === undefined) {
    throw new SpawnError(kept`The files of this course cannot be put into a notebook here.`, {
      detail: 'no files of the config can be laid into servers here',
      lasts: true,
    })
  }
  const { folderOf } = hub.spawner
  return serverSpec({
    server: id,
    run,
    path,
    madeOf: made,
    user: server.toldUser ?? user.name,
    listen,
    key,
    folderOf,
    home,
    secretEnv,
  })
}

/** Throws where another config has given the run options that this hub's spawner does not take. */
function requireFitting({ config }: Hub, { options }: MadeOf): void {
  const problems = optionProblems(config.spawner, options)
  if (problems.length === 0) return
  throw new SpawnError(kept`The notebook cannot be started with the settings that it has.`, {
    detail: problems.map(({ path, message }) => `${['options', ...path].join('.')}: ${message}`).join('; '),
    lasts: true,
  })
}

/** Returns the error of a run of which this hub cannot tell what it is made of. */
function unknownRun(server: Server): SpawnError {
  return server.madeOf === undefined
    ? new SpawnError(kept`This course is no longer offered here.`, { lasts: true })
    : new SpawnError(kept`The notebook could not be started.`, {
        detail: 'its run was queued by another version of Carrel',
      })
}

/**
 * Writes progress to the row at most once a second; of several reports in that second, the last. `settle` drops what is
 * not written yet and waits for a write that is under way.
 */
function thinOut(write: (held: Held) => Promise<void>) {
  let next: Held | undefined
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const flush = async () => {
    clearTimeout(timer)
    timer = undefined
    const held = next
    next = undefined
    if (held !== undefined) await write(held)
  }
  return {
    report({ phase, percent, message }: { phase: Held['phase']; percent?: number; message?: string }) {
      next = {
        ...(phase && { phase }),
        percent: percent === undefined ? null : Math.round(percent),
        message: message ?? null,
      }
      timer ??= setTimeout(() => {
        writing = flush().catch(() => undefined)
      }, 1000)
    },
    async settle() {
      clearTimeout(timer)
      next = undefined
      await writing
    },
  }
}

async function fail(hub: Hub, hold: Hold, server: Server, error: unknown, signal: AbortSignal): Promise<void> {
  const spawnError = (error as Error).name === 'SpawnError' ? (error as SpawnError) : undefined
  const failure = spawnError?.message ?? kept`The notebook could not be started.`
  const failureDetail = tellable(hub, server, spawnError?.detail ?? messageOf(error))
  const failureLasts = spawnError?.lasts === true
  const refused = error instanceof HookError && error.why === 'refused'
  const exitCode = error instanceof EndedError ? error.exitCode : undefined
  // The stack of a failure that its spawner foresaw says nothing about it.
  const bug = spawnError === undefined && { err: error }
  const what = { ...keyOf(server), course: server.course, failure }
  if (refused) hub.log.info(what, 'a hook of the config has refused a start')
  else hub.log.warn({ ...what, detail: failureDetail, ...bug }, 'a start failed')
  const begun = await hub.db.transaction(async (trx) => {
    const from = { id: hold.id, epoch: hold.epoch, run: server.run }
    const stop = await beginStop(trx, hub.id, from, { failure, failureDetail, failureLasts, refused }, stopMilliseconds)
    if (stop === undefined) return undefined
    if (server.spare) return stop
    await oweAfterStop(hub, trx, server, { reason: 'failed', failure, exitCode })
    const end = { failure, detail: failureDetail, lasts: failureLasts, cause: causeOf(error) }
    await noteRun(hub, trx, { ...server, image: stop.server.image }, { how: 'failed', ...end })
    await addEvent(trx, {
      kind: 'failed',
      user: server.user,
      course: server.course,
      ...keyOf(server),
      detail: { failure, ...(refused && { refused }), ...(stop.server.image && { image: stop.server.image }) },
    })
    return stop
  })
  if (begun === undefined) return
  hub.changes.announce(server.id, 'state')
  hub.admission.wake()
  await carryStop(hub, begun.server, begun.hold, signal)
}

/** Returns what went wrong with a start, in one word. */
function causeOf(error: unknown): RunCause {
  if (error instanceof EndedError || error instanceof HookError || error instanceof OvertimeError) return error.why
  return (error as Error).name === 'SpawnError' ? 'start' : 'fault'
}

/** The error of a phase that took too long. */
class OvertimeError extends SpawnError {
  readonly why: 'image' | 'unanswered'
  constructor(why: OvertimeError['why'], message: string, more: { detail?: string } = {}) {
    super(message, more)
    this.why = why
  }
}

/**
 * Ends a start whose object a hub of another version of Carrel has made, or one with other options of the spawner, and
 * queues it again. What is made of a definition depends on both, so that an upgrade would else fail a learner's start.
 */
async function beginAnew(hub: Hub, hold: Hold, server: Server, signal: AbortSignal): Promise<void> {
  hub.log.info({ ...keyOf(server), course: server.course }, 'a start begins anew, since its object is made otherwise')
  const from = { id: hold.id, epoch: hold.epoch, run: server.run }
  const begun = await hub.db.transaction(async (trx) => {
    const stop = await beginStop(trx, hub.id, from, { restart: true }, stopMilliseconds)
    if (stop !== undefined)
      await oweAfterStop(hub, trx, server, { reason: 'stopped', because: 'its start begins anew' })
    return stop
  })
  if (begun === undefined) return
  hub.changes.announce(server.id, 'state')
  await carryStop(hub, begun.server, begun.hold, signal)
}

/** Returns the error of a phase that took too long. A server that never answers is most likely out of reach. */
async function overtimeError(hub: Hub, server: Server, clock: PhaseClock): Promise<OvertimeError> {
  const row = await findServer(hub.db, server.id)
  if (row?.phase === 'pulling') {
    return new OvertimeError('image', kept`The course's software was not fetched within ${clock.seconds()} seconds.`)
  }
  const unreachable = row?.target === undefined ? undefined : hub.spawner.unreachable
  return new OvertimeError(
    'unanswered',
    kept`The notebook did not answer within ${clock.seconds()} seconds.`,
    unreachable === undefined ? {} : { detail: unreachable },
  )
}
