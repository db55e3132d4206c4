import { z } from 'zod'
import { inParallel } from '../../net/in-parallel.ts'
import { serverToken } from '../../seats/keys.ts'
import { kept } from '../../words/kept.ts'
import { readClock } from '../db/clock.ts'
import { activityOf, addProbe, type ProbeResult } from '../db/servers/activity.ts'
import { readyServers, type Server } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { whyTrafficAlone } from '../made-of/activity.ts'
import { madeOfEach } from '../made-of/made-of.ts'
import { callServer } from './server-call.ts'

/** Probes ready servers without recent traffic, so that a long computation is not mistaken for idleness. */
export async function probeQuietServers(hub: Hub, signal: AbortSignal): Promise<void> {
  const servers = await readyServers(hub.db)
  const known = await activityOf(
    hub.db,
    servers.map((server) => server.id),
  )
  const clock = await readClock(hub.db)
  const quiet = servers.filter((server) => {
    const activity = known.get(server.id)
    return activity !== undefined && clock - activity.lastActivity >= hub.config.activity.quietSeconds * 1000
  })
  const made = await madeOfEach(hub, quiet)
  await inParallel(10, quiet, async (server) => {
    if (signal.aborted) return
    const reason = whyTrafficAlone(made.get(server.id))
    const result = reason === undefined ? await probe(hub, server, clock) : { result: 'idle' as const, reason }
    await addProbe(hub.db, server.id, server.run, result)
  })
}

const kernelsSchema = z.array(z.looseObject({ id: z.string(), execution_state: z.string() })).max(1000)
const terminalsSchema = z
  .array(z.looseObject({ name: z.string(), last_activity: z.iso.datetime({ offset: true }) }))
  .max(1000)

/**
 * Asks one server for its kernels and terminals. A busy kernel counts as activity now, a terminal with its own last
 * activity. The result is `unknown` when the server does not answer.
 */
async function probe(hub: Hub, server: Server, clock: number): Promise<ProbeResult> {
  try {
    const kernels = kernelsSchema.parse(await requestJson(hub, server, 'api/kernels'))
    const busy = kernels.find((kernel) => kernel.execution_state !== 'idle' && kernel.execution_state !== 'dead')
    if (busy !== undefined)
      return { result: 'active', reason: kept`kernel ${busy.id.slice(0, 8)} is ${busy.execution_state.slice(0, 20)}` }
    const terminals = terminalsSchema.parse(await requestJson(hub, server, 'api/terminals'))
    const latest = Math.max(0, ...terminals.map((terminal) => Date.parse(terminal.last_activity)))
    // A learner controls the server's clock, so a time in the future is cut to now.
    const lastActivity = Math.min(latest, clock)
    const reason =
      terminals.length === 0 ? kept`no kernel is busy` : kept`no kernel is busy, and its terminals are quiet`
    return { result: 'idle', reason, ...(latest > 0 && { lastActivity }) }
  } catch (error) {
    return { result: 'unknown', reason: kept`the server did not say what it is doing: ${messageOf(error)}` }
  }
}

async function requestJson(hub: Hub, server: Server, path: string): Promise<unknown> {
  const key = hub.secrets.keys.find(server.kid ?? '')
  if (key === undefined || server.target === undefined) throw new Error(kept`its key is gone`)
  const headers = { authorization: `token ${serverToken(key, server.id, server.run)}` }
  const signal = AbortSignal.timeout(5000)
  return callServer({ target: server.target, path: server.path + path, headers, signal }, async ({ status, text }) => {
    // An image without terminals answers 404.
    if (status === 404 && path === 'api/terminals') return []
    if (status !== 200) throw new Error(kept`it answered ${status}`)
    return JSON.parse(await text())
  })
}
