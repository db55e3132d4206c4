/** Measures the time from click to notebook, cold and again, with Chromium, for each spawner. */
import type { Browser } from 'playwright-core'
import type { Row } from '../figures.ts'
import { untilQuiet } from '../machine.ts'
import { openBrowser } from './browser.ts'
import { click } from './click.ts'
import type { Contender, RequestCost } from './contender.ts'
import { startOurs } from './ours.ts'
import { startPeer } from './peer.ts'
import { type BenchSpawner, benchSpawners } from './spawners.ts'

export interface LaunchOptions {
  rounds: number
  /** Names of the spawners to measure. An empty list means all. */
  only: string[]
  /** Whether to measure JupyterHub too, in turn with Carrel's processes. */
  peer: boolean
  report(line: string): void
  /** Ends the benchmark early: all that runs is ended, and nothing more begins. */
  signal: AbortSignal
}

export interface LaunchResult {
  name: string
  rows: Row[]
  /** How busy the machine was with other work before each cold launch, from 0 to 1. */
  busy: number[]
  /** Time of each request at hub and proxy, in a cold launch and in one that finds its server running. */
  requests: Row[]
}

interface Round {
  busy: number
  cold: Attempt
  again: Attempt
}

interface Attempt {
  page: URL
  firstByte: number
  visible: number
  kilobytes: number
  server: number
  requests: RequestCost[]
}

export async function benchLaunch(options: LaunchOptions): Promise<LaunchResult[]> {
  const { only, report, signal } = options
  const browser = await openBrowser()
  const stop = () => browser.close()
  signal.addEventListener('abort', stop)
  try {
    const results: LaunchResult[] = []
    for (const spawner of benchSpawners.filter(({ name }) => only.length === 0 || only.includes(name))) {
      signal.throwIfAborted()
      // The figures of other spawners are shown even if this one fails.
      const measured = await benchSpawner(browser, spawner, options).catch((error: unknown) => {
        signal.throwIfAborted()
        report(`${spawner.name}: failed, ${messageOf(error)}`)
        process.exitCode = 1
        return []
      })
      results.push(...measured)
    }
    return results
  } finally {
    signal.removeEventListener('abort', stop)
    await browser.close()
  }
}

async function benchSpawner(browser: Browser, spawner: BenchSpawner, options: LaunchOptions): Promise<LaunchResult[]> {
  const { peer, report } = options
  const skip = (name: string) => (error: unknown) => {
    report(`${name}: skipped, ${messageOf(error)}`)
    return undefined
  }
  await using opened = new AsyncDisposableStack()
  const ready = await spawner.open(report).catch(skip(spawner.name))
  if (ready === undefined) return []
  opened.defer(() => ready.close())
  const ours = await startOurs(ready.config)
  opened.defer(() => ours.close())
  const contenders = new Map<string, Contender>([[`Carrel, ${spawner.name}`, ours]])
  const theirs = peer && spawner.name === 'process' ? await startPeer(report).catch(skip('JupyterHub')) : undefined
  if (theirs !== undefined) {
    opened.defer(() => theirs.close())
    contenders.set('JupyterHub, process', theirs)
  }
  // Awaits the result here, because all that was opened closes when this function returns.
  return await inTurn(browser, contenders, options)
}

/**
 * Measures one launch of each contender, then the next of each, so that other work of the machine affects all alike.
 */
async function inTurn(browser: Browser, contenders: Map<string, Contender>, { rounds, report }: LaunchOptions) {
  const done = new Map<string, Round[]>([...contenders.keys()].map((name) => [name, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, contender] of contenders) {
      const measured = await measure(browser, contender)
      done.get(name)?.push(measured)
      report(`${name}, launch ${round} of ${rounds}: notebook after ${Math.round(measured.cold.visible)} ms`)
    }
  }
  return [...done].map(([name, all]): LaunchResult => {
    const cold = all.map((round) => round.cold)
    const again = all.map((round) => round.again)
    const serverStart = { what: 'cold: server start', values: cold.map(({ server }) => server) }
    return {
      name,
      rows: [...rowsOf('cold', cold), serverStart, ...rowsOf('again', again)],
      busy: all.map(({ busy }) => busy),
      requests: [...requestRows('cold', cold), ...requestRows('again', again)],
    }
  })
}

/** Clicks in a new browser profile, and clicks again while the server runs. */
async function measure(browser: Browser, contender: Contender): Promise<Round> {
  const busy = await untilQuiet()
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const attempt = async (): Promise<Attempt> => {
    await contender.begin()
    const { page, url, firstByteMilliseconds, visibleMilliseconds, kilobytes } = await click(context, contender.link)
    const { serverMilliseconds, requests } = await contender.account(url)
    await page.close()
    return {
      page: url,
      firstByte: firstByteMilliseconds,
      visible: visibleMilliseconds,
      kilobytes,
      server: serverMilliseconds,
      requests,
    }
  }
  try {
    const cold = await attempt()
    const again = await attempt()
    await contender.stopServer(cold.page)
    return { busy, cold, again }
  } finally {
    await context.close()
  }
}

/** Returns the rows that have a value in every attempt. Other rows are left out, since logs differ in what they say. */
function rowsOf(kind: string, attempts: Attempt[]): Row[] {
  const total = (cost: (request: RequestCost) => number | undefined) =>
    attempts.map(({ requests }) => requests.reduce((sum, request) => sum + (cost(request) ?? Number.NaN), 0))
  const rows: Row[] = [
    { what: `${kind}: first byte of the page`, values: attempts.map(({ firstByte }) => firstByte) },
    { what: `${kind}: notebook visible`, values: attempts.map(({ visible }) => visible) },
    { what: `${kind}: downloaded, kB`, values: attempts.map(({ kilobytes }) => kilobytes) },
    { what: `${kind}: hub's share`, values: total((request) => request.ownMilliseconds) },
    { what: `${kind}: hub's share with waits`, values: total((request) => request.waitedMilliseconds) },
  ]
  return rows.filter(({ values }) => values.every(Number.isFinite))
}

/** Returns one row for each request. Two requests of one name in a launch are added. */
function requestRows(kind: string, attempts: Attempt[]): Row[] {
  const names = new Set(attempts.flatMap(({ requests }) => requests.map(({ what }) => what)))
  return [...names].map((name) => ({
    what: `${kind}: ${name}`,
    values: attempts.map(({ requests }) =>
      requests.reduce((sum, { what, ownMilliseconds }) => (what === name ? sum + ownMilliseconds : sum), 0),
    ),
  }))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
