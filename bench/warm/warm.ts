/** Measures the click on a course with spares, by HTTP: one visitor after another, and all at once. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Carrel, projectDir, startCarrel } from '../../test/helpers/carrel.ts'
import type { Row } from '../figures.ts'
import { unlessAborted } from '../interruption.ts'
import { benchSpawners, configAt } from '../launch/spawners.ts'
import { type Click, visit } from './visitor.ts'

export interface WarmOptions {
  /** How many clicks, and so how many spares. Default: 50, and 10 where each is a Jupyter of its own. */
  clicks: number | undefined
  /** Names of the places to measure. An empty list means all. */
  only: string[]
  report(line: string): void
  signal: AbortSignal
}

export interface WarmResult {
  name: string
  rows: Row[]
}

/** Fifty Jupyters, filled up five times, would take two cores a quarter of an hour. */
const usualClicks = { trivial: 50, jupyter: 10 }
/** Clicks without spares take long, and some are enough to compare with. */
const mostCold = 5
/** How often all click at once. The first herd also meets code that was not compiled yet. */
const herdsInAll = 4

export async function benchWarm(options: WarmOptions): Promise<WarmResult[]> {
  const { only, report, signal } = options
  const results: WarmResult[] = []
  if (only.length === 0 || only.includes('trivial')) {
    const backend = createServer((_request, response) => response.end('{"version":"2.21.0"}'))
    backend.listen(0, '127.0.0.1')
    await once(backend, 'listening')
    const clicks = options.clicks ?? usualClicks.trivial
    const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`
    results.push({
      name: 'hub and proxy alone',
      rows: await measured(withNothing(url, clicks), { ...options, clicks }),
    })
    backend.close()
    backend.closeAllConnections()
  }
  for (const spawner of benchSpawners.filter(({ name }) => only.length === 0 || only.includes(name))) {
    signal.throwIfAborted()
    report(`${spawner.name}: preparing`)
    const open = await spawner.open(report).catch((error: Error) => {
      report(`${spawner.name} is skipped: ${error.message}`)
    })
    if (open === undefined) continue
    try {
      const { place } = open
      const clicks = options.clicks ?? usualClicks.jupyter
      const course = { image: place.image, start: 'welcome.ipynb' }
      const config = configAt(place, { warm: { ...course, spares: clicks }, cold: course }, limits)
      results.push({ name: spawner.name, rows: await measured(config, { ...options, clicks }) })
    } finally {
      // What is gone already keeps no result from being told.
      await open.close().catch((error: Error) => report(`${spawner.name}: ${error.message}`))
    }
  }
  return results
}

const limits = { servers: 'unlimited', startsAtOnce: 20 }

/** Returns a config whose servers are all `url`, are there at once, and run for ever. */
function withNothing(url: string, spares: number): string {
  return `import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { nullSpawner } from '${join(projectDir, 'bench/hub/null-spawner.ts')}'

export default defineConfig({
  spawner: nullSpawner('${url}'),
  authenticators: [temporary()],
  courses: { warm: { image: '', spares: ${spares} }, cold: { image: '' } },
  limits: ${JSON.stringify(limits)},
})
`
}

async function measured(
  config: string,
  { clicks, report, signal }: Omit<WarmOptions, 'clicks'> & { clicks: number },
): Promise<Row[]> {
  const carrel = await startCarrel({ config })
  try {
    const link = (course: string) => new URL(`/launch/${course}`, carrel.link).href
    const cold: Click[] = []
    report('cold clicks')
    for (let number = 0; number < Math.min(mostCold, clicks); number += 1)
      cold.push(await unlessAborted(signal, visit(link('cold'))))
    await untilReady(carrel, clicks, signal, report)
    report('warm clicks, one after another')
    const single: Click[] = []
    for (let number = 0; number < clicks; number += 1) {
      single.push(await unlessAborted(signal, visit(link('warm'))))
      await untilReady(carrel, Math.min(clicks, 1), signal)
    }
    const herds: Click[] = []
    const spent: Record<'hub' | 'proxy', number>[] = []
    for (let herd = 0; herd < herdsInAll; herd += 1) {
      await untilReady(carrel, clicks, signal, report)
      report('warm clicks at once')
      const before = await processorTimes(carrel)
      herds.push(...(await unlessAborted(signal, Promise.all(single.map(() => visit(link('warm')))))))
      const after = await processorTimes(carrel)
      spent.push({ hub: (after.hub - before.hub) / clicks, proxy: (after.proxy - before.proxy) / clicks })
    }
    const [row] = await carrel.query<{ hits: number; misses: number }>('select hits, misses from spares')
    report(`${row?.hits} hits, ${row?.misses} misses`)
    return [
      ...rowsOf('cold', cold),
      ...rowsOf('warm, one after another', single),
      ...rowsOf(`warm, ${clicks} at once`, herds),
      ...(['hub', 'proxy'] as const).map((role) => ({
        what: `warm, at once: processor time of the ${role} for a click`,
        values: spent.map((each) => each[role]),
      })),
    ]
  } finally {
    await carrel.stop()
  }
}

function rowsOf(what: string, clicks: Click[]): Row[] {
  const last = (values: number[]) => values.sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0
  const bytes = clicks.map(({ firstByte }) => firstByte)
  return [
    { what: `${what}: the notebook is ready`, values: clicks.map(({ ready }) => ready) },
    { what: `${what}: first byte of the page`, values: bytes },
    { what: `${what}: first byte of the page, p99`, values: [last([...bytes])] },
  ]
}

/** Returns the milliseconds that hub and proxy have used of the processors, all their threads. */
async function processorTimes(carrel: Carrel): Promise<Record<'hub' | 'proxy', number>> {
  const of = async (role: 'hub' | 'proxy') => {
    const stat = await readFile(`/proc/${await carrel.pidOf(role)}/stat`, 'utf8')
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    // Linux counts in hundredths of a second.
    return (Number(user) + Number(system)) * 10
  }
  return { hub: await of('hub'), proxy: await of('proxy') }
}

/** Waits until so many spares are ready. */
async function untilReady(carrel: Carrel, many: number, signal: AbortSignal, report?: (line: string) => void) {
  report?.(`waiting for ${many} spares`)
  for (;;) {
    signal.throwIfAborted()
    const [row] = await carrel.query<{ many: number }>(
      "select count(*) as many from servers where spare and state = 'ready'",
    )
    if ((row?.many ?? 0) >= many) return
    await sleep(50)
  }
}
