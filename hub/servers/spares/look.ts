import { inParallel } from '../../../net/in-parallel.ts'
import { allSpares } from '../../db/servers/claims.ts'
import { keyOf } from '../../db/servers/server-states.ts'
import type { Server } from '../../db/servers/servers.ts'
import type { Hub } from '../../hub.ts'
import { madeOfEach } from '../../made-of/made-of.ts'
import { readyPath } from '../../made-of/program.ts'
import { areTooMany } from '../health/silence.ts'
import { isAnswering } from '../ready.ts'
import { stopServer } from '../stop.ts'

const asked = { atOnce: 10, milliseconds: 5000 }

/**
 * Returns a round of looks at the spares that wait, which stops those that have answered in neither of two rounds running, so
 * that no click has to find out. Where many are silent at once the fault lies with what they share, and none is stopped. Spares
 * that have ended are for the health check.
 */
export function createSpareLook(hub: Hub): (signal: AbortSignal) => Promise<void> {
  let before = new Set<string>()
  return async (signal) => {
    const ready = (await allSpares(hub.db)).map(({ server }) => server).filter(({ state }) => state === 'ready')
    const made = await madeOfEach(hub, ready)
    const silent: Server[] = []
    await inParallel(asked.atOnce, ready, async (server) => {
      if (signal.aborted || server.target === undefined) return
      const path = readyPath(made.get(server.id), server.path)
      if (!(await isAnswering(server.target, path, asked.milliseconds))) silent.push(server)
    })
    if (signal.aborted || areTooMany(silent.length, ready.length)) return
    const failure = 'A spare did not answer while it waited.'
    for (const server of silent.filter((one) => before.has(nameOf(one)))) {
      // One that has found its user meanwhile is left alone: its epoch is another.
      if (!(await stopServer(hub, server, { failure }))) continue
      hub.log.warn(
        { ...keyOf(server), course: server.course },
        'a spare did not answer while it waited, so it is stopped',
      )
    }
    before = new Set(silent.map(nameOf))
  }
}

function nameOf({ id, run }: Server): string {
  return `${id}-${run}`
}
