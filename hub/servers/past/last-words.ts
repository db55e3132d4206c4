import type { Transaction } from '../../db/dialect.ts'
import { keepLines, noteEnd, type RunEnd, wantsLines } from '../../db/runs/runs.ts'
import { keyOf } from '../../db/servers/server-states.ts'
import type { Server } from '../../db/servers/servers.ts'
import { messageOf } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { keptLines } from './without-secrets.ts'

/** How long the stop of a server may wait for its last lines. */
const patience = 5000

/**
 * Notes for staff how a run ends, in the transaction that begins its stop, if the config wants it. A run that was still in the
 * queue has not begun, and a spare has no user.
 */
export async function noteRun(hub: Hub, trx: Transaction, server: Server, end: RunEnd): Promise<void> {
  if (hub.config.runs.keepDays === 0 || server.state === 'queued' || server.spare) return
  await noteEnd(trx, server, end)
}

/**
 * Reads the last lines of a run that ends, and keeps them, before its stop removes them. A stop that another hub goes on with
 * keeps what the first one has read. Nothing that goes wrong here keeps a server from being stopped.
 */
export async function keepLastWords(hub: Hub, server: Server, signal: AbortSignal): Promise<void> {
  const key = keyOf(server)
  try {
    if (hub.spawner.lastLines === undefined || !(await wantsLines(hub.db, server))) return
    const within = AbortSignal.any([signal, AbortSignal.timeout(patience)])
    const lines = await hub.spawner.lastLines(key, server.spawnerState, within)
    await keepLines(hub.db, server, keptLines(lines, hub.givenSecrets.of(key)))
  } catch (error) {
    if (!signal.aborted) hub.log.info({ ...key, reason: messageOf(error) }, 'the last lines of a server were not read')
  }
}
