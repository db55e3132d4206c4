/** Ends servers that run but do not answer, as docs/decisions/0024-servers-that-do-not-answer.md says. */

import { tally } from '../../../metrics/tally.ts'
import { addressOf } from '../../../net/endpoint.ts'
import { inParallel } from '../../../net/in-parallel.ts'
import { isSilent } from '../../../seats/silence.ts'
import { kept } from '../../../words/kept.ts'
import { readClock } from '../../db/clock.ts'
import { activityOf } from '../../db/servers/activity.ts'
import { keyOf } from '../../db/servers/server-states.ts'
import { readyServers, type Server } from '../../db/servers/servers.ts'
import { messageOf } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { madeOfEach } from '../../made-of/made-of.ts'
import { readyPath } from '../../made-of/program.ts'
import type { ProxyClient, ProxyLook } from '../../proxies/clients.ts'
import { stopServer } from '../stop.ts'

/** A server that has answered neither the hub nor any proxy. */
interface Silent {
  server: Server
  /** The last activity that the database knew before the look. */
  lastActivity: number
  /** All that is known of its traffic. The same text in two looks means that nothing passed in between. */
  traffic: string
}

/** From so many silent servers on, the fault lies with what they share, such as a network or a machine. */
const tooMany = 3

/** Returns whether so many servers are silent that none is ended. One is never too many, however few there are. Pure. */
export function areTooMany(silent: number, ready: number): boolean {
  return silent >= tooMany || (silent > 1 && silent >= ready / 10)
}

/**
 * Returns a round of looks, which ends the servers that are silent in two rounds running. What the first look saw is in
 * memory only: a hub that dies between the two costs one more round.
 */
export function createSilenceWatch(hub: Hub): (signal: AbortSignal) => Promise<void> {
  let last = { ended: Number.NEGATIVE_INFINITY, seen: new Map<string, string>() }
  return async (signal) => {
    // Looks of long ago, when this hub was the housekeeper before, are none.
    const isRecent = performance.now() - last.ended < 3000 * hub.config.activity.lookSeconds + 5000
    const before = isRecent ? last.seen : new Map<string, string>()
    last = { ended: Number.NEGATIVE_INFINITY, seen: new Map() }
    const ready = await readyServers(hub.db)
    const silent = await heardByNone(hub, await unheardByHub(hub, ready, signal), signal)
    if (signal.aborted) return
    if (areTooMany(silent.length, ready.length)) {
      tally(hub.counters.silent, 'refused')
      hub.log.error(
        { silent: silent.map(({ server }) => server.id), ready: ready.length },
        'so many servers do not answer at once that it looks like a fault of their network or machine; none is ended',
      )
      return
    }
    for (const one of silent) {
      if (before.get(nameOf(one.server)) === one.traffic) await endSilent(hub, one)
    }
    last = { ended: performance.now(), seen: new Map(silent.map(({ server, traffic }) => [nameOf(server), traffic])) }
  }
}

function nameOf({ id, run }: Server): string {
  return `${id}-${run}`
}

type Unheard = Pick<Silent, 'server' | 'lastActivity'>

/** Asks the ready servers that have had no traffic lately, and returns those that have not answered this hub. */
async function unheardByHub(hub: Hub, ready: Server[], signal: AbortSignal): Promise<Unheard[]> {
  const { lookSeconds, answerSeconds } = hub.config.activity
  const activities = await activityOf(
    hub.db,
    ready.map(({ id }) => id),
  )
  const clock = await readClock(hub.db)
  const made = await madeOfEach(hub, ready)
  const unheard: Unheard[] = []
  await inParallel(100, ready, async (server) => {
    const activity = activities.get(server.id)
    // A server of which no proxy has told yet counts as active, as one with traffic does.
    if (signal.aborted || server.target === undefined || activity?.run !== server.run) return
    const { lastActivity } = activity
    if (clock - lastActivity < lookSeconds * 1000) return
    const path = readyPath(made.get(server.id), server.path)
    const knock = { where: addressOf(server.target), path, milliseconds: answerSeconds * 1000 }
    if (await isSilent({ ...knock, signal })) unheard.push({ server, lastActivity })
  })
  return unheard
}

/**
 * Has every proxy look at these servers, one after the other, and returns those that run and have answered none.
 * Returns no server where a proxy is away, and stops as soon as there are too many.
 */
async function heardByNone(hub: Hub, unheard: Unheard[], signal: AbortSignal): Promise<Silent[]> {
  const silent: Silent[] = []
  let heard = 0
  for (const { server, lastActivity } of unheard) {
    if (signal.aborted || silent.length >= tooMany) break
    const looks = await Promise.all(hub.proxies.all.map((proxy) => look(hub, proxy, server)))
    if (looks.includes('away')) return []
    if (looks.some((seen) => typeof seen === 'object' && !seen.silent)) heard += 1
    const areSilent = looks.every((seen) => typeof seen === 'object' && seen.silent && seen.run === server.run)
    if (looks.length > 0 && areSilent && (await stillRuns(hub, server)))
      silent.push({ server, lastActivity, traffic: JSON.stringify([lastActivity, looks]) })
  }
  if (heard > 0) {
    const { unreachable } = hub.spawner
    hub.log.warn({ servers: heard, unreachable }, 'this hub does not reach servers that its proxies reach')
  }
  return silent
}

async function look(hub: Hub, proxy: ProxyClient, server: Server): Promise<ProxyLook | undefined | 'away'> {
  try {
    return await proxy.look(server.path, hub.config.activity.answerSeconds)
  } catch (error) {
    if (!proxy.isStarting())
      hub.log.warn(
        { proxy: proxy.url, reason: messageOf(error) },
        'a proxy did not say whether servers answer, so none is ended',
      )
    return 'away'
  }
}

/** Returns whether the spawner sees the server running. One that has ended is for the health check. */
async function stillRuns(hub: Hub, server: Server): Promise<boolean> {
  try {
    return (await hub.spawner.poll(keyOf(server), server.spawnerState)).state === 'running'
  } catch (error) {
    hub.log.warn({ server: server.id, reason: messageOf(error) }, 'could not ask how a silent server is doing')
    return false
  }
}

/** Begins to stop a silent server, unless its row or its activity has moved since the look. */
async function endSilent(hub: Hub, { server, lastActivity }: Silent): Promise<void> {
  const now = (await activityOf(hub.db, [server.id])).get(server.id)
  if (now?.lastActivity !== lastActivity) return
  const failure = kept`The notebook did not answer any more, so it was ended.`
  const failureDetail = kept`It ran, but neither the hub nor a proxy (${hub.proxies.all.length}) got an answer in two looks, at least ${hub.config.activity.lookSeconds} s apart, and nothing passed in between.`
  const event = { kind: 'failed', detail: { failure, reason: 'it did not answer' } } as const
  if (!(await stopServer(hub, server, { failure, failureDetail, event, cause: 'silent' }))) return
  tally(hub.counters.silent, 'ended')
  hub.log.warn(keyOf(server), 'a server did not answer any more, so it is ended')
}
