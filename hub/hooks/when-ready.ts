import { z } from 'zod'
import { insidePath } from '../../courses/start.ts'
import { readClock } from '../db/clock.ts'
import { extendHold, type Hold, writeHeld } from '../db/servers/server-moves.ts'
import { keyOf } from '../db/servers/server-states.ts'
import { addTrouble, endTrouble } from '../db/servers/troubles.ts'
import type { Hub } from '../hub.ts'
import { callHook, inOneLine, logged, readAnswer } from './call.ts'
import { hookRun, type RunParts } from './run.ts'

const answerSchema = z.strictObject({ message: z.string().optional(), path: insidePath.optional() })

const longestMessage = 500

/** What a hub still needs after the hook, until the row is ready. */
const spareMilliseconds = 60_000

/**
 * Calls the hook of a server that answers, if the config has one, and writes what it says under the hold. Whatever the hook
 * does, the start goes on. Returns false when the hold is lost. Rejects with the signal's reason when that aborts.
 */
export async function askWhenReady(hub: Hub, run: RunParts, hold: Hold, signal: AbortSignal): Promise<boolean> {
  const { hooks } = hub.config
  if (hooks?.whenReady === undefined) return true
  const { server } = run
  const { whenReady, timeoutSeconds: seconds } = hooks
  if (!(await extendHold(hub.db, hold, seconds * 1000 + spareMilliseconds))) return false
  let said: z.output<typeof answerSchema> = {}
  try {
    const asked = hookRun(hub, run)
    const answer = await callHook('whenReady', (over) => whenReady({ ...asked, signal: over }), { signal, seconds })
    said = readAnswer('whenReady', answerSchema, answer) ?? {}
  } catch (error) {
    signal.throwIfAborted()
    hub.log.error(
      { ...keyOf(server), hook: 'whenReady', ...logged(error) },
      'a hook of the config has failed; the notebook opens without it',
    )
  }
  const message = inOneLine(said.message ?? '', longestMessage)
  const at = await readClock(hub.db)
  return hub.db.transaction(async (trx) => {
    if (!(await writeHeld(trx, hold, { opens: said.path?.slice(1) ?? null }))) return false
    if (message === '') await endTrouble(trx, server, 'hook')
    else await addTrouble(trx, { server: server.id, run: server.run, kind: 'hook', at, message })
    return true
  })
}
