/** Measures how long a hub takes from a click until a notebook of the course can be read, while no server comes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createFakeServers, neverSpawner } from '../../test/helpers/fake-spawners.ts'
import { startTestHub } from '../../test/helpers/test-hub.ts'
import type { Row } from '../figures.ts'
import { untilQuiet } from '../machine.ts'
import { opened } from './repository.ts'

/** The first clicks find nothing compiled or remembered. */
const warmUps = 10
const clicks = 50

/**
 * Returns the milliseconds from a hub's getting the request until the last byte of the notebook's page, of visitors who come one after
 * the other: new ones, whose page posts the launch, and those who have a session, whose click is the launch.
 */
export async function benchReading(git: string, signal: AbortSignal): Promise<{ rows: Row[]; busy: number[] }> {
  const world = createFakeServers()
  const courses = { demo: { image: 'demo', content: { git, pullMinutes: false as const } } }
  const config = { spawner: neverSpawner(world), git: { hosts: ['127.0.0.1'] }, courses, limits: { servers: 1000 } }
  const hub = await startTestHub({ world, config })
  try {
    const link = `/launch/demo/${opened}`
    while ((await hub.db('previews').where({ path: opened })).length === 0) await sleep(100, undefined, { signal })
    const busy = [await untilQuiet(signal)]
    const fresh: number[] = []
    const known: number[] = []
    for (let click = 0; click < warmUps + clicks; click += 1) {
      signal.throwIfAborted()
      const browser = hub.browser()
      const page = (address: string) => browser.fetch(address, { headers: { 'accept-encoding': 'gzip' } })
      await browser.navigate(link)
      browser.setNonce()
      let began = performance.now()
      const { reading } = (await browser.post('/hub/launches', { link })).json()
      await page(reading.address)
      fresh.push(performance.now() - began)
      began = performance.now()
      const [, address = ''] = /src="(\/hub\/launches\/[^"]+\/preview)"/.exec((await browser.navigate(link)).text) ?? []
      await page(address)
      known.push(performance.now() - began)
    }
    const rows = [
      { what: 'a new visitor', values: fresh.slice(warmUps) },
      { what: 'a visitor with a session', values: known.slice(warmUps) },
    ]
    return { rows, busy }
  } finally {
    await hub.stop()
    await world.close()
  }
}
