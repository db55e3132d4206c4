import { setTimeout as sleep } from 'node:timers/promises'
import { differs } from '../../courses/choices.ts'
import type { Course } from '../../courses/course.ts'
import { chosenForStart, courseWith } from '../choices/decide.ts'
import type { Transaction } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import type { RunCause } from '../db/runs/runs.ts'
import { beginStop, type Ending, endStop, extendHold, type Hold, setServerHome } from '../db/servers/server-moves.ts'
import { keyOf } from '../db/servers/server-states.ts'
import type { Server } from '../db/servers/servers.ts'
import { findUser } from '../db/users.ts'
import { HttpError, messageOf } from '../errors.ts'
import { claimHome } from '../homes/claim.ts'
import { oweAfterStop } from '../hooks/after-stop.ts'
import type { HowStopped } from '../hooks/farewells.ts'
import type { Hub } from '../hub.ts'
import { namingMadeOf } from '../made-of/made-of.ts'
import { timed } from '../metrics/counters.ts'
import { answersForStart, sameAnswers } from '../questions/decide.ts'
import type { Ended } from './health/ended.ts'
import { keepLastWords, noteRun, tellable } from './past/last-words.ts'

/** How long a hub holds a stop before another hub may try. */
export const stopMilliseconds = 120_000
const retryMilliseconds = 5000
const graceSeconds = 5

export interface StopRequest extends Ending {
  event?: { kind: HowStopped['reason']; detail?: Record<string, string | number | boolean> }
  /** The exit code of a program that has ended by itself. */
  exitCode?: number | undefined
  /** What went wrong, where something did. */
  cause?: RunCause | undefined
  /** Throws what speaks against the stop, in the transaction that begins it. The row is locked by then. */
  precondition?: ((trx: Transaction) => Promise<void>) | undefined
}

/**
 * Begins to stop the run as it was seen. Returns false, and does nothing, when the row has moved since. Throws what the
 * precondition throws, and does nothing then either.
 */
export async function stopServer(hub: Hub, seen: Server, request: StopRequest = {}): Promise<boolean> {
  const { event, exitCode, cause, precondition, ...said } = request
  const ending = { ...said, failureDetail: tellable(hub, seen, said.failureDetail) }
  const begun = await hub.db.transaction(async (trx) => {
    const stop = await beginStop(trx, hub.id, seen, ending, stopMilliseconds)
    if (stop === undefined) return undefined
    await precondition?.(trx)
    // History is about users, and a spare has none.
    if (seen.spare) return stop
    const { user, course } = seen
    const { kind = 'stopped', detail } = event ?? {}
    const because = typeof detail?.reason === 'string' ? detail.reason : undefined
    await oweAfterStop(hub, trx, seen, { reason: kind, because, failure: ending.failure, exitCode })
    const by = typeof detail?.by === 'string' ? detail.by : undefined
    const { failure, failureDetail } = ending
    await noteRun(hub, trx, seen, { how: kind, cause, failure, detail: failureDetail, reason: because, by })
    await addEvent(trx, {
      kind,
      user,
      course,
      ...keyOf(seen),
      ...(detail && { detail }),
    })
    return stop
  })
  if (begun === undefined) return false
  hub.changes.announce(seen.id, 'state')
  await hub.tasks.cancel(seen.id, new Error('the server is being stopped'))
  hub.tasks.run(seen.id, (signal) => carryStop(hub, begun.server, begun.hold, signal))
  return true
}

/**
 * Stops a server that has ended by itself. With `restart` the server is queued again afterwards. Returns false, and does
 * nothing, when the row has moved since.
 */
export async function endServer(
  hub: Hub,
  server: Server,
  { failure, failureDetail, reason, exitCode, cause }: Ended,
  restart = false,
): Promise<boolean> {
  hub.log.info({ ...keyOf(server), reason, detail: failureDetail }, 'a server has ended')
  const event =
    failure === undefined
      ? { kind: 'stopped' as const, detail: { reason } }
      : { kind: 'failed' as const, detail: { failure, reason } }
  return stopServer(hub, server, { failure, failureDetail, restart, event, exitCode, cause })
}

/** Carries a row from stopping to stopped, failed or queued. Removes the route first, so no browser meets the end. */
export async function carryStop(hub: Hub, server: Server, hold: Hold, signal: AbortSignal): Promise<void> {
  await hub.proxies.remove(server.path, server.revision)
  await keepLastWords(hub, server, signal)
  while (!signal.aborted) {
    try {
      await timed(hub.counters.stops, () =>
        hub.spawner.stop(keyOf(server), server.spawnerState, { graceSeconds, signal }),
      )
      break
    } catch (error) {
      if (signal.aborted) return
      hub.log.error({ ...keyOf(server), reason: messageOf(error) }, 'could not stop a server, trying again')
      if (!(await extendHold(hub.db, hold, stopMilliseconds))) return
      await sleep(retryMilliseconds, undefined, { signal }).catch(() => undefined)
    }
  }
  if (signal.aborted) return
  const ended = await end(hub, server, hold)
  if (ended === undefined) return
  hub.givenSecrets.forget(keyOf(server))
  hub.log.info({ ...keyOf(server), state: ended.state }, 'server has stopped')
  hub.changes.announce(server.id, 'state')
  hub.farewells.wake()
  // A place is free, and a server whose launch came meanwhile is queued again.
  hub.admission.wake()
}

/** Ends the stop. A run that follows is made of what this hub's config says, or else of what the last one was. */
async function end(hub: Hub, server: Server, hold: Hold): Promise<Server | undefined> {
  const { kid } = hub.secrets.keys.all[0]
  const course = hub.courses.all[server.course]
  const owner = await findUser(hub.db, server.user)
  if (course === undefined || owner === undefined)
    return hub.db.transaction((trx) => endStop(trx, hold, { kid, madeOf: undefined }))
  for (;;) {
    const chosen = await chosenForStart(hub, owner, course)
    const { answers } = await answersForStart(hub, owner, course)
    const next = { ...courseWith(hub, owner, course, chosen), answers }
    const ended = await namingMadeOf(hub, next, (madeOf) =>
      hub.db.transaction(async (trx) => {
        const row = await endStop(trx, hold, { kid, madeOf })
        if (row?.state !== 'queued') return row
        if (differs(await chosenForStart(hub, owner, course, { db: trx }), chosen)) throw new ChosenAnew()
        const given = await answersForStart(hub, owner, course, { db: trx })
        if (!sameAnswers(given.answers, answers)) throw new ChosenAnew()
        return { ...row, home: await nextHome(hub, trx, row, course) }
      }),
    ).catch((error: unknown) => {
      if (!(error instanceof ChosenAnew)) throw error
      return 'again' as const
    })
    if (ended !== 'again') return ended
  }
}

/** Thrown where the launch for which a server starts again has just chosen or answered something else for it. */
class ChosenAnew extends Error {
  override name = 'ChosenAnew'
}

/** Gives a server that starts again its home. Where that is not to be had, the start fails and says so. */
async function nextHome(hub: Hub, trx: Transaction, server: Server, course: Course): Promise<string | undefined> {
  if (course.home === undefined && server.home === undefined) return undefined
  const user = await findUser(trx, server.user)
  const home = await (user && claimHome(hub, trx, user, course))?.catch((error: unknown) => {
    if (!(error instanceof HttpError)) throw error
    hub.log.warn({ server: server.id, reason: error.message }, 'a server starts again without its home')
    return undefined
  })
  await setServerHome(trx, server.id, home?.id)
  return home?.id
}
