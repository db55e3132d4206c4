import { z } from 'zod'
import { inParallel } from '../../net/in-parallel.ts'
import { serverToken } from '../../seats/keys.ts'
import { readClock } from '../db/dialect.ts'
import { knownUntil, noteCollected } from '../db/proxies.ts'
import { type Activity, activityOf, addProbe, addTraffic, type ProbeResult } from '../db/servers/activity.ts'
import { readyServers, type Server, serversById } from '../db/servers/servers.ts'
import { messageOf } from '../errors.ts'
import type { Hub } from '../hub.ts'
import { callServer } from './server-call.ts'

/** Takes what every proxy has seen into the database, in the database's time. */
export async function collectActivity(hub: Hub): Promise<void> {
  for (const proxy of hub.proxies.all) {
    try {
      const { clock, routes } = await proxy.routes()
      const offset = (await readClock(hub.db)) - clock
      const known = new Set(await knownServers(hub, [...routes.values()]))
      const seen = [...routes.values()].flatMap(({ server, run, lastActivity }) =>
        server === undefined || run === undefined || !known.has(server)
          ? []
          : [{ server, run, at: lastActivity + offset }],
      )
      await addTraffic(hub.db, seen)
      await noteCollected(hub.db, proxy.url)
    } catch (error) {
      hub.log.error(
        { proxy: proxy.url, reason: messageOf(error) },
        'a proxy did not tell of its traffic; its servers count as active',
      )
    }
  }
}

/** A proxy may still hold routes of servers that are gone. */
async function knownServers(hub: Hub, routes: { server: string | undefined }[]): Promise<string[]> {
  const rows = await serversById(
    hub.db,
    routes.flatMap(({ server }) => server ?? []),
  )
  return rows.map((row) => row.id)
}

/** Asks servers without traffic what they are doing, so that a long computation is not mistaken for idleness. */
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
  await inParallel(10, quiet, async (server) => {
    if (!signal.aborted) await addProbe(hub.db, server.id, server.run, await probe(hub, server, clock))
  })
}

const kernelsSchema = z.array(z.looseObject({ id: z.string(), execution_state: z.string() })).max(1000)
const terminalsSchema = z
  .array(z.looseObject({ name: z.string(), last_activity: z.iso.datetime({ offset: true }) }))
  .max(1000)

/** A busy kernel is activity now; a terminal counts with its own last activity; no answer is no answer. */
async function probe(hub: Hub, server: Server, clock: number): Promise<ProbeResult> {
  try {
    const kernels = kernelsSchema.parse(await requestJson(hub, server, 'api/kernels'))
    const busy = kernels.find((kernel) => kernel.execution_state !== 'idle' && kernel.execution_state !== 'dead')
    if (busy !== undefined)
      return { result: 'active', reason: `kernel ${busy.id.slice(0, 8)} is ${busy.execution_state.slice(0, 20)}` }
    const terminals = terminalsSchema.parse(await requestJson(hub, server, 'api/terminals'))
    const latest = Math.max(0, ...terminals.map((terminal) => Date.parse(terminal.last_activity)))
    // The server's clock is a learner's word: it cannot lie in the future.
    const lastActivity = Math.min(latest, clock)
    const reason = terminals.length === 0 ? 'no kernel is busy' : 'no kernel is busy, and its terminals are quiet'
    return { result: 'idle', reason, ...(latest > 0 && { lastActivity }) }
  } catch (error) {
    return { result: 'unknown', reason: `the server did not say what it is doing: ${messageOf(error)}` }
  }
}

async function requestJson(hub: Hub, server: Server, path: string): Promise<unknown> {
  const key = hub.secrets.keys.find(server.kid ?? '')
  if (key === undefined || server.target === undefined) throw new Error('its key is gone')
  const headers = { authorization: `token ${serverToken(key, server.id, server.run)}` }
  const signal = AbortSignal.timeout(5000)
  return callServer({ target: server.target, path: server.path + path, headers, signal }, async ({ status, text }) => {
    // An image without terminals answers 404: then there are none.
    if (status === 404 && path === 'api/terminals') return []
    if (status !== 200) throw new Error(`it answered ${status}`)
    return JSON.parse(await text())
  })
}

export interface Idleness {
  /** Undefined: not known, which counts as active. */
  idleMilliseconds: number | undefined
  activity: Activity['result']
  reason: string
}

/**
 * How idle a ready server is, with the reason in words. Only a server that was asked after its traffic ceased, and
 * not too long ago, is idle; everything that is not known counts as active. Pure.
 */
export function idlenessOf(
  activity: Activity | undefined,
  run: number,
  clock: {
    known: number | undefined
    now: number
    collectMilliseconds: number
    quietMilliseconds: number
    probeMilliseconds: number
  },
): Idleness {
  const unknown = (reason: string): Idleness => ({ idleMilliseconds: undefined, activity: 'unknown', reason })
  if (clock.known === undefined) return unknown('a proxy has never told of its traffic')
  if (clock.now - clock.known > 3 * clock.collectMilliseconds + 5000)
    return unknown('a proxy has not told of its traffic lately')
  if (activity === undefined || activity.run !== run) return unknown('its traffic is not known yet')
  if (activity.result === 'active') {
    const recent = clock.now - activity.lastActivity < clock.quietMilliseconds
    return recent
      ? { idleMilliseconds: 0, activity: 'active', reason: activity.reason }
      : unknown('it was not asked yet what it is doing')
  }
  if (activity.probed === undefined || clock.now - activity.probed > 3 * clock.probeMilliseconds + 5000) {
    return unknown('it was not asked lately what it is doing')
  }
  if (activity.result === 'unknown') return unknown(activity.reason)
  return {
    idleMilliseconds: Math.max(0, clock.known - activity.lastActivity),
    activity: 'idle',
    reason: activity.reason,
  }
}

/** The idleness of many servers with two queries. */
export async function idlenessOfAll(
  hub: Hub,
  servers: Server[],
): Promise<(server: Server) => Idleness & { lastActivity: number | undefined }> {
  const known = await knownUntil(
    hub.db,
    hub.proxies.all.map((proxy) => proxy.url),
  )
  const activities = await activityOf(
    hub.db,
    servers.map((server) => server.id),
  )
  const { collectSeconds, quietSeconds, probeSeconds } = hub.config.activity
  const clock = {
    known,
    now: await readClock(hub.db),
    collectMilliseconds: collectSeconds * 1000,
    quietMilliseconds: quietSeconds * 1000,
    probeMilliseconds: probeSeconds * 1000,
  }
  return (server) => {
    const activity = activities.get(server.id)
    return { ...idlenessOf(activity, server.run, clock), lastActivity: activity?.lastActivity }
  }
}
