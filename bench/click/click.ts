/** Measures clicks of one browser, one after the other, without and with a slow line, beside JupyterHub's. */
import type { Browser, BrowserContext } from 'playwright-core'
import { demoFolder } from '../../test/helpers/carrel.ts'
import { until } from '../../test/helpers/until.ts'
import { openBrowser, openProfile } from '../launch/browser.ts'
import { type Click, click } from '../launch/click.ts'
import type { Contender } from '../launch/contender.ts'
import { startOurs } from '../launch/ours.ts'
import { startPeer } from '../launch/peer.ts'
import { benchSpawners, configAt } from '../launch/spawners.ts'
import { untilQuiet } from '../machine.ts'
import { type Line, lines, slowDown } from './line.ts'

/**
 * The clicks of one browser: the very first one, with no server and nothing in the cache; again, while the server runs;
 * the three after that (often), of which the median counts; a link to another course of the same image; again after the
 * cookies have gone, as a new temporary user; and the first one in a new browser where a spare waits.
 */
export const clickKinds = ['cold', 'again', 'often', 'other course', 'other user', 'warm'] as const
export type ClickKind = (typeof clickKinds)[number]

export type Measured = Pick<Click, 'firstByteMilliseconds' | 'visibleMilliseconds' | 'kilobytes' | 'requests'>

/** What was measured in one round, of one contender at one line. */
export type Round = Partial<Record<ClickKind, Measured>>

export interface ClickResult {
  line: string
  /** By contender; rounds of the same number were measured in turn. */
  rounds: Map<string, Round[]>
  /** How busy the machine was with other work before each round, from 0 to 1. */
  busy: number[]
}

export interface Herd {
  name: string
  clicks: Measured[]
  /** Why others of the clicks brought no notebook. */
  failures: string[]
}

export interface ClickOptions {
  rounds: number
  peer: boolean
  /** How many new browsers click at once at the end. */
  herd: number
  report(line: string): void
  signal: AbortSignal
}

interface Clicked extends Contender {
  name: string
  otherCourse?: string
  /** The link to a course with spares, and the wait for one of them. */
  warm?: { link: string; untilReady(): Promise<void> }
}

export async function benchClick(options: ClickOptions): Promise<{ results: ClickResult[]; herds: Herd[] }> {
  const { rounds, report, signal, herd } = options
  await using opened = new AsyncDisposableStack()
  const browser = await openBrowser()
  opened.defer(() => browser.close())
  signal.addEventListener('abort', () => void browser.close())
  const contenders = await startAll(options, opened)
  const results = lines.map(({ name }) => ({
    ...{ line: name, busy: [] as number[] },
    rounds: new Map<string, Round[]>(contenders.map((each) => [each.name, []])),
  }))
  for (let round = 1; round <= rounds; round += 1) {
    for (const [at, line] of lines.entries()) {
      for (const contender of contenders) {
        signal.throwIfAborted()
        results[at]?.busy.push(await untilQuiet(signal))
        const measured = await oneRound(contender, line, signal)
        results[at]?.rounds.get(contender.name)?.push(measured)
        report(`${contender.name}, ${line.name}, round ${round} of ${rounds}: ${said(measured)}`)
      }
    }
  }
  const herds: Herd[] = []
  for (const contender of herd > 0 ? contenders : []) {
    signal.throwIfAborted()
    herds.push({ name: contender.name, ...(await herdOf(browser, contender, herd)) })
    report(`${contender.name}: ${herd} have clicked at once`)
  }
  return { results, herds }
}

async function startAll({ peer, report }: ClickOptions, opened: AsyncDisposableStack): Promise<Clicked[]> {
  const place = await benchSpawners.find(({ name }) => name === 'process')?.open(report)
  if (place === undefined) throw new Error('no processes can be started here')
  const course = { image: demoFolder, start: 'welcome.ipynb' }
  const ours = await startOurs(configAt(place.place, { demo: course, other: course, warm: { ...course, spares: 1 } }))
  opened.defer(() => ours.close())
  const linkTo = (name: string) => ours.link.replace(/course=[^&]*/, `course=${name}`)
  const isReady = async () => {
    const [found] = await ours.carrel.query<{ count: number }>(
      `select count(*) as count from servers where spare and state = 'ready'`,
    )
    return (found?.count ?? 0) > 0
  }
  const all: Clicked[] = [
    {
      ...ours,
      name: 'Carrel',
      link: linkTo('demo'),
      otherCourse: linkTo('other'),
      warm: { link: linkTo('warm'), untilReady: () => until(isReady, 'a spare').then(() => undefined) },
    },
  ]
  if (!peer) return all
  const theirs = await startPeer(report)
  opened.defer(() => theirs.close())
  return [...all, { ...theirs, name: 'JupyterHub' }]
}

async function oneRound(contender: Clicked, line: Line, signal: AbortSignal): Promise<Round> {
  const round: Round = {}
  const pages: URL[] = []
  const measure = async (link: string, at: BrowserContext): Promise<Measured> => {
    const { page, url, ...measured } = await click(at, link, { prepare: (tab) => slowDown(tab, line) })
    pages.push(url)
    await page.close()
    return measured
  }
  {
    await using profile = await openProfile(signal)
    const { context } = profile
    round.cold = await measure(contender.link, context)
    round.again = await measure(contender.link, context)
    const first = await measure(contender.link, context)
    const more = [first, await measure(contender.link, context), await measure(contender.link, context)]
    round.often = more.sort((one, other) => one.visibleMilliseconds - other.visibleMilliseconds)[1] ?? first
    if (contender.otherCourse !== undefined) round['other course'] = await measure(contender.otherCourse, context)
    await context.clearCookies()
    round['other user'] = await measure(contender.link, context)
  }
  const { warm } = contender
  if (warm !== undefined) {
    await warm.untilReady()
    await using profile = await openProfile(signal)
    round.warm = await measure(warm.link, profile.context)
  }
  for (const path of new Set(pages.map(({ pathname }) => pathname.split('/').slice(0, 4).join('/')))) {
    const page = pages.find(({ pathname }) => pathname.startsWith(`${path}/`))
    if (page !== undefined) await contender.stopServer(page)
  }
  return round
}

/** Opens the link in so many new browsers at once. */
async function herdOf(browser: Browser, contender: Clicked, count: number): Promise<Omit<Herd, 'name'>> {
  const contexts = await Promise.all(Array.from({ length: count }, () => newBrowser(browser)))
  try {
    const ends = await Promise.allSettled(
      contexts.map(async (context) => {
        const { page, url, ...measured } = await click(context, contender.link, { limitMilliseconds: 600_000 })
        await page.close()
        await contender.stopServer(url)
        return measured
      }),
    )
    return {
      clicks: ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])),
      failures: ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : [])),
    }
  } finally {
    await Promise.all(contexts.map((context) => context.close()))
  }
}

function newBrowser(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1280, height: 900 } })
}

function said(round: Round): string {
  return Object.entries(round)
    .map(([kind, { visibleMilliseconds }]) => `${kind} ${Math.round(visibleMilliseconds)} ms`)
    .join(', ')
}
