/** Tells the config's hook `afterStop` of runs that are over: each at least once, however hubs end. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { HookRun, HookSettings, StoppedRun } from '../../config/sections/hooks.ts'
import type { Database } from '../db/dialect.ts'
import { addEvent } from '../db/events.ts'
import { forgetUntold, freeUntold, takeOverdue, takeUntold, tellLater, type Untold } from '../db/servers/untold.ts'
import { messageOf } from '../errors.ts'
import { callHook, logged, reasonOf } from './call.ts'

/** How and why a run has ended. */
export type HowStopped = Pick<StoppedRun, 'reason'> & {
  [Name in 'because' | 'failure' | 'exitCode']?: StoppedRun[Name] | undefined
}

/** What the database keeps for the hook. Times are milliseconds since 1970. */
export interface Farewell extends HowStopped {
  of: HookRun
  /** The user's id, for the history. */
  owner: string
  queued?: number | undefined
  ready?: number | undefined
}

/** How long the next call waits after one that has failed: a day altogether. After the last of them it is given up. */
const waits = [10, 60, 300, 900, 3600, 4 * 3600, 8 * 3600, 11 * 3600].map((seconds) => seconds * 1000)
const dayMilliseconds = 24 * 3600 * 1000

/** Calls that one hub has under way at most. */
const mostAtOnce = 10

const retryMilliseconds = 5000

/** How long calls that are under way when the hub stops may still take, in milliseconds. */
const stopWait = 5000

/** Tells the hook of runs that were seen gone. */
export interface Farewells {
  /** Looks for runs that are due. Called by a hub that has just seen one gone. */
  wake(): void
  /** Frees what dead hubs had in hand, and looks for runs that are due. The housekeeper's work. */
  act(): Promise<void>
  /** Resolves when nothing is under way any more, after some seconds at most. What was not told is left to the next hub. */
  stop(): Promise<void>
}

/** The parts of a hub that are needed here. */
interface Parts {
  id: string
  db: Database
  config: { hooks?: HookSettings | undefined }
  log: Logger
}

/** Returns what tells the hook. `pauses` are the waits after calls that have failed, in milliseconds. */
export function createFarewells(hub: Parts, pauses: readonly number[] = waits): Farewells {
  const { db, id: holder, config, log } = hub
  const inHand = new Map<string, Promise<void>>()
  const over = new AbortController()
  let isOver = false

  const look = async () => {
    if (config.hooks?.afterStop === undefined) return
    while (!isOver && inHand.size < mostAtOnce) {
      const untold = await takeUntold(db, holder)
      if (untold === undefined) return
      const { id } = untold
      const done = tell(untold)
        .then(noted)
        .finally(() => inHand.delete(id))
      inHand.set(id, done)
      done.then(() => api.wake())
    }
  }

  /** Calls the hook, and returns what notes the result. */
  const tell = async (untold: Untold): Promise<() => Promise<unknown>> => {
    const { afterStop, timeoutSeconds: seconds = 0 } = config.hooks ?? {}
    const { id, tries } = untold
    try {
      const stop = stoppedRun(untold)
      await callHook('afterStop', (signal) => afterStop?.({ ...stop, signal }), { signal: over.signal, seconds })
      return () => forgetUntold(db, id, holder)
    } catch (error) {
      // The next hub finds that this one is gone.
      if (over.signal.aborted) return async () => undefined
      const reason = reasonOf(error)
      const later = pauses[tries - 1]
      log.error({ run: id, hook: 'afterStop', tries, ...logged(error) }, 'a hook of the config has failed')
      return () =>
        later === undefined ? giveUp(hub, untold, reason) : tellLater(db, { id, holder }, { later, reason })
    }
  }

  /** Notes a result, also where the database is away for a while: other hubs leave the run to this one. */
  const noted = async (note: () => Promise<unknown>) => {
    while (!over.signal.aborted) {
      try {
        await note()
        return
      } catch (error) {
        log.warn({ hook: 'afterStop', reason: messageOf(error) }, 'could not note that a hook was called; trying again')
        await sleep(retryMilliseconds, undefined, { signal: over.signal }).catch(() => undefined)
      }
    }
  }

  const api: Farewells = {
    wake() {
      look().catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'could not look for runs that are over'))
    },
    async act() {
      const freed = await freeUntold(db)
      if (freed > 0) log.info({ runs: freed }, 'runs of which a hub was telling when it ended')
      if (config.hooks?.afterStop === undefined) return giveUpOld(hub)
      await look()
    },
    async stop() {
      isOver = true
      const all = Promise.all(inHand.values())
      await Promise.race([all, sleep(stopWait, undefined, { ref: false })])
      over.abort(new Error('the hub is stopping'))
      await all
    },
  }
  return api
}

function stoppedRun({ about, gone, tries }: Untold): Omit<StoppedRun, 'signal'> {
  const { of, reason, because, failure, exitCode, queued, ready }: Farewell = JSON.parse(about)
  return {
    ...of,
    reason,
    ...(because !== undefined && { because }),
    ...(failure !== undefined && { failure }),
    ...(exitCode !== undefined && { exitCode }),
    ...(queued !== undefined && { queued: new Date(queued) }),
    ...(ready !== undefined && { ready: new Date(ready) }),
    gone: new Date(gone),
    attempt: tries,
  }
}

/** Gives up runs that a hub of another config has noted, and of which no hub that has the hook has told in a day. */
async function giveUpOld(hub: Parts): Promise<void> {
  for (;;) {
    const untold = await takeOverdue(hub.db, hub.id, dayMilliseconds)
    if (untold === undefined) return
    await giveUp(hub, untold, 'The config has no hook afterStop any more.')
  }
}

async function giveUp({ db, id: holder, log }: Parts, { id, about, tries }: Untold, reason: string): Promise<void> {
  const { of, owner }: Farewell = JSON.parse(about)
  const { server, run, course } = of
  await db.transaction(async (trx) => {
    if (!(await forgetUntold(trx, id, holder))) return
    const detail = { hook: 'afterStop', tries, reason: reason.slice(0, 500) }
    await addEvent(trx, { kind: 'hook-given-up', user: owner, course: course.slug, server, run, detail })
  })
  log.error({ server, run, hook: 'afterStop', tries, reason }, 'a hook was called in vain for a day, and is given up')
}
