import { once } from 'node:events'
import { mayHaveGuests } from '../../../courses/home.ts'
import type { Database, Transaction } from '../../db/dialect.ts'
import { serversWithWideHome } from '../../db/homes/homes.ts'
import { keepLines, noteEnd, type RunEnd, wantsLines } from '../../db/runs/runs.ts'
import { keyOf } from '../../db/servers/server-states.ts'
import type { Server } from '../../db/servers/servers.ts'
import { messageOf } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { keptLines, withoutSecrets } from './without-secrets.ts'

/** How long the stop of a server may wait for its last lines. */
const patience = 5000

/**
 * Notes for staff how a run ends, in the transaction that begins its stop, if the config wants it. A run that was still in the
 * queue has not begun, and a spare has no user.
 */
export async function noteRun(hub: Hub, trx: Transaction, server: Server, end: RunEnd): Promise<void> {
  if (hub.config.runs.keepDays === 0 || server.state === 'queued' || server.spare) return
  const isTold = end.detail !== undefined && (await isOfItsCourse(hub, trx, server))
  await noteEnd(trx, server, isTold ? end : { ...end, detail: undefined })
}

/**
 * Reads the last lines of a run that ends, and keeps them, before its stop removes them. A stop that another hub goes on with
 * keeps what the first one has read. Nothing that goes wrong here keeps a server from being stopped.
 */
export async function keepLastWords(hub: Hub, server: Server, signal: AbortSignal): Promise<void> {
  const key = keyOf(server)
  try {
    if (hub.spawner.lastLines === undefined || !(await wantsLines(hub.db, server))) return
    if (!(await isOfItsCourse(hub, hub.db, server))) return
    const within = AbortSignal.any([signal, AbortSignal.timeout(patience)])
    within.throwIfAborted()
    // A spawner may pay no attention to the signal.
    const over = once(within, 'abort').then(() => Promise.reject(within.reason))
    const lines = await Promise.race([hub.spawner.lastLines(key, server.spawnerState, within), over])
    const given = secretsOf(hub, server)
    if (given === undefined && lines.length > 0)
      return hub.log.info(key, 'the last lines of a server are not kept, since this hub does not know its secrets')
    await keepLines(hub.db, server, keptLines(lines, given ?? []))
  } catch (error) {
    if (!signal.aborted) hub.log.info({ ...key, reason: messageOf(error) }, 'the last lines of a server were not read')
  }
}

/** Returns what a program has said without the secrets of its run; where they are not known, only how it has ended. */
export function tellable(hub: Hub, server: Server, detail: string | undefined): string | undefined {
  const given = secretsOf(hub, server)
  // What a program has printed comes behind the first line.
  const told = given === undefined ? detail?.split('\n', 1)[0] : detail
  return told && withoutSecrets(told, given ?? [])
}

/** Returns what a hook has given to the run; undefined where another hub asked the hook, or this one before it was restarted. */
function secretsOf(hub: Hub, server: Server): string[] | undefined {
  return hub.config.hooks?.beforeStart === undefined ? [] : hub.givenSecrets.of(keyOf(server))
}

/** Returns whether a run has no files but those of its course. Staff may not see more of another one than how it ended. */
async function isOfItsCourse(hub: Hub, db: Database, server: Server): Promise<boolean> {
  const course = hub.courses.all[server.course]
  if (course !== undefined && !mayHaveGuests(course)) return false
  return !(await serversWithWideHome(db, [server.id])).has(server.id)
}
