/** Measures how a course's repository comes to the hub, and the time from a click to one of its notebooks. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { type Carrel, demoFolder } from '../../test/helpers/carrel.ts'
import type { Row } from '../figures.ts'
import { openBrowser } from '../launch/browser.ts'
import { click } from '../launch/click.ts'
import { startOurs } from '../launch/ours.ts'
import { benchSpawners, configAt, type Place } from '../launch/spawners.ts'
import { untilQuiet } from '../machine.ts'
import { benchReading } from './reading.ts'
import { opened, type Size, serveRepositories } from './repository.ts'

export interface ContentOptions {
  rounds: number
  /** Names of the spawners to measure. An empty list means all. */
  only: string[]
  /** The sizes of the repositories. */
  sizes: Record<string, Size>
  report(line: string): void
  /** Ends the benchmark early: all that runs is ended, and nothing more begins. */
  signal: AbortSignal
}

export interface ContentResult {
  name: string
  unit: string
  rows: Row[]
  /** How busy the machine was with other work before each first click, from 0 to 1. */
  busy: number[]
}

/** The sizes that are measured unless others are named. */
export const usualSizes: Record<string, Size> = {
  small: { notebooks: 10, megabytes: 1 },
  large: { notebooks: 500, megabytes: 300 },
}

const ways = ['lazy', 'all'] as const

/** The longest wait for a notebook. A server that copies 300 MB takes long on a busy machine. */
const patienceMilliseconds = 300_000

export async function benchContent(options: ContentOptions): Promise<ContentResult[]> {
  const { only, sizes, signal, report } = options
  await using stack = new AsyncDisposableStack()
  const cleanup = { defer: (end: () => unknown) => stack.defer(async () => void (await end())) }
  const addresses = await serveRepositories(cleanup, Object.values(sizes))
  const urls = Object.fromEntries(Object.keys(sizes).map((name, number) => [name, addresses[number] ?? '']))
  const browser = await openBrowser()
  stack.defer(() => browser.close())
  const stop = () => browser.close()
  signal.addEventListener('abort', stop)
  stack.defer(() => signal.removeEventListener('abort', stop))

  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-bench-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }))
  const courses = Object.entries(urls).flatMap(([size, git]) => ways.map((copies) => ({ size, copies, git })))
  const results = await pulls(dataDir, courses, options)
  const reading = await benchReading(addresses[0] ?? '', signal)
  results.push({ name: 'click to something to read, of the hub alone', unit: 'ms', ...reading })
  for (const spawner of benchSpawners.filter(({ name }) => only.length === 0 || only.includes(name))) {
    signal.throwIfAborted()
    try {
      const ready = await spawner.open(report)
      try {
        results.push(...(await clicks(browser, { dataDir, place: ready.place, courses }, options)))
      } finally {
        await ready.close()
      }
    } catch (error) {
      // The figures of other spawners are shown even if this one fails or is missing.
      signal.throwIfAborted()
      report(`${spawner.name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return results
}

interface Course {
  size: string
  copies: (typeof ways)[number]
  git: string
}

const nameOf = ({ size, copies }: Course) => `${size}-${copies}`

function configOf(place: Place, courses: Course[]): string {
  const entries = courses.map((one) => {
    const { git, copies } = one
    const home = { path: '/home/jovyan/work' }
    return [nameOf(one), { image: place.image, home, strip: false, content: { git, copies, pullMinutes: false } }]
  })
  return configAt(place, Object.fromEntries(entries))
}

/** Has one hub after the other fetch one repository, and reads what that took of the hub's process. Later hubs need not fetch it. */
async function pulls(dataDir: string, courses: Course[], { report, signal }: ContentOptions): Promise<ContentResult[]> {
  const place: Place = { spawner: 'process', options: {}, image: demoFolder }
  const rows = { seconds: [] as Row[], megabytes: [] as Row[] }
  for (const [number, course] of courses.entries()) {
    signal.throwIfAborted()
    const ours = await startOurs(configOf(place, courses.slice(0, number + 1)), dataDir)
    try {
      const before = await megabytesOf(await ours.carrel.pidOf('hub'), 'VmRSS')
      await pulled(ours.carrel, number + 1, signal)
      const jobs = await ours.carrel.query<{ started: number; ended: number }>(
        'select started, ended from jobs order by id',
      )
      const { started = 0, ended = 0 } = jobs.at(-1) ?? {}
      const most = await megabytesOf(await ours.carrel.pidOf('hub'), 'VmHWM')
      const name = nameOf(course)
      report(`${name}: pulled in ${(ended - started) / 1000} s, the hub grew from ${before} to ${most} MB at most`)
      rows.seconds.push({ what: name, values: [(ended - started) / 1000] })
      rows.megabytes.push({ what: `${name}: before`, values: [before] }, { what: `${name}: at most`, values: [most] })
    } finally {
      await ours.close()
    }
  }
  return [
    { name: 'fetched, read and stored', unit: 's', rows: rows.seconds, busy: [] },
    { name: 'memory of the hub with its thread that reads, RSS', unit: 'MB', rows: rows.megabytes, busy: [] },
  ]
}

/** Clicks on a notebook of each course: with a new browser, while the server runs, and after it has stopped. */
async function clicks(
  browser: Browser,
  { dataDir, place, courses }: { dataDir: string; place: Place; courses: Course[] },
  { rounds, report, signal }: ContentOptions,
): Promise<ContentResult[]> {
  const ours = await startOurs(configOf(place, courses), dataDir)
  const busy: number[] = []
  const values = new Map<string, number[]>()
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const course of courses) {
        signal.throwIfAborted()
        busy.push(await untilQuiet(signal))
        const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
        const link = new URL(`/launch/${nameOf(course)}/${opened}`, ours.link).href
        const note = async (what: string) => {
          const { page, url, visibleMilliseconds } = await click(context, link, {
            limitMilliseconds: patienceMilliseconds,
          })
          const row = `${nameOf(course)}, ${what}`
          values.set(row, [...(values.get(row) ?? []), visibleMilliseconds])
          report(`${place.spawner}, ${row}: notebook after ${Math.round(visibleMilliseconds)} ms`)
          await page.close()
          return url
        }
        try {
          const page = await note(round === 1 ? 'the first of all' : 'first')
          await note('again')
          await ours.stopServer(page)
          await note('after a stop')
          await ours.stopServer(page)
        } finally {
          await context.close()
        }
      }
    }
  } catch (error) {
    // The clicks before this one are shown.
    signal.throwIfAborted()
    report(`${place.spawner}: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  } finally {
    await ours.close()
  }
  const rows = [...values].map(([what, values]) => ({ what, values }))
  return [{ name: `click to notebook, ${place.spawner}`, unit: 'ms', rows, busy }]
}

/** Waits until the content of so many courses counts. Rejects with the reason when one cannot be had. */
async function pulled({ query }: Carrel, courses: number, signal: AbortSignal): Promise<void> {
  while ((await query('select course from brought')).length < courses) {
    const [failed] = await query<{ problem: string }>("select problem from jobs where state = 'failed'")
    if (failed !== undefined) throw new Error(failed.problem)
    await sleep(100, undefined, { signal })
  }
}

async function megabytesOf(pid: number, name: 'VmRSS' | 'VmHWM'): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024)
}
