import { observeFor } from '../../../metrics/histogram.ts'
import { tally } from '../../../metrics/tally.ts'
import { inParallel } from '../../../net/in-parallel.ts'
import { keyOf } from '../../db/servers/server-states.ts'
import { readyServers } from '../../db/servers/servers.ts'
import { messageOf } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { secondsSince } from '../../metrics/counters.ts'
import { endServer } from '../stop.ts'
import { disappeared, endOf, memoryOf } from './ended.ts'

/** Polls all ready servers. A server that has exited is ended at once; one that is gone, only in the second round. */
export function createHealthCheck(hub: Hub): (signal: AbortSignal) => Promise<void> {
  let missing = new Set<string>()
  return async (signal) => {
    const missingNow = new Set<string>()
    await inParallel(10, await readyServers(hub.db), async (server) => {
      if (signal.aborted) return
      const name = `${server.id}-${server.run}`
      try {
        const began = performance.now()
        const status = await hub.spawner.poll(keyOf(server), server.spawnerState)
        const isThere = status.state !== 'exited' && status.state !== 'gone'
        observeFor(hub.counters.polls, isThere ? 'running' : 'stopped', secondsSince(began))
        if (status.state === 'exited') {
          const ends = await endServer(hub, server, endOf(status, await memoryOf(hub, server)))
          if (ends && status.outOfMemory) tally(hub.counters.outOfMemory, 'server')
        }
        if (status.state === 'gone' && missing.has(name)) await endServer(hub, server, disappeared())
        else if (status.state === 'gone') missingNow.add(name)
      } catch (error) {
        hub.log.warn({ server: server.id, reason: messageOf(error) }, 'could not ask how a server is doing')
      }
    })
    missing = missingNow
  }
}
