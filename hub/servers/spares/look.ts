import { inParallel } from '../../../net/in-parallel.ts'
import { kept } from '../../../words/kept.ts'
import { readClock } from '../../db/clock.ts'
import { findImages } from '../../db/images/images.ts'
import { allSpares, type Spare } from '../../db/servers/claims.ts'
import { keyOf } from '../../db/servers/server-states.ts'
import type { Server } from '../../db/servers/servers.ts'
import type { Hub } from '../../hub.ts'
import { type MadeOf, madeOfEach } from '../../made-of/made-of.ts'
import { readyPath } from '../../made-of/program.ts'
import { areTooMany } from '../health/silence.ts'
import { isAnswering } from '../ready.ts'
import { stopServer } from '../stop.ts'

const asked = { atOnce: 10, milliseconds: 5000 }

/**
 * Returns a round of looks at the spares that wait, which stops those of an image whose name stands for another one by now, and
 * those that have answered in neither of two rounds running, so that no click has to find out. Where many are silent at once the
 * fault lies with what they share, and none is stopped. Spares that have ended are for the health check.
 */
export function createSpareLook(hub: Hub): (signal: AbortSignal) => Promise<void> {
  let before = new Set<string>()
  return async (signal) => {
    const spares = (await allSpares(hub.db)).filter(({ server }) => server.state === 'ready')
    const ready = spares.map(({ server }) => server)
    const made = await madeOfEach(hub, ready)
    for (const server of await ofOldImages(hub, spares, made)) {
      if (await stopServer(hub, server))
        hub.log.info({ ...keyOf(server), course: server.course }, 'a spare is of an earlier image, so it is stopped')
    }
    const silent: Server[] = []
    await inParallel(asked.atOnce, ready, async (server) => {
      if (signal.aborted || server.target === undefined) return
      const path = readyPath(made.get(server.id), server.path)
      if (!(await isAnswering(server.target, path, asked.milliseconds))) silent.push(server)
    })
    if (signal.aborted || areTooMany(silent.length, ready.length)) return
    const failure = kept`A spare did not answer while it waited.`
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

/**
 * Returns the spares whose image was another one than that of their course when it was last looked for. Only of one engine is
 * it known which image a start takes: each node of a cluster may have its own.
 */
async function ofOldImages({ db }: Hub, spares: Spare[], made: Map<string, MadeOf>): Promise<Server[]> {
  const known = await findImages(db, [...new Set([...made.values()].map(({ image }) => image))])
  const clock = await readClock(db)
  return spares.flatMap(({ server, age = 0 }) => {
    const found = known.get(made.get(server.id)?.image ?? '')
    if (found?.id === undefined || found.places.all !== 1 || clock - age >= found.looked) return []
    return server.image === undefined || server.image === found.id ? [] : [server]
  })
}

function nameOf({ id, run }: Server): string {
  return `${id}-${run}`
}
