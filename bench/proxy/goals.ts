import { chp, ours, oursPlain, oursTwo } from './contenders.ts'
import { type ProxyResult, ratiosOf, type Slice } from './result.ts'
import type { ScenarioName } from './scenarios.ts'

interface Goal {
  what: string
  scenario: ScenarioName
  value(slice: Slice): number
  /** The contender that is to reach it, where that is not our proxy with its defaults. */
  of?: string
  /** The ratio to configurable-http-proxy that is to be reached. */
  least?: number
  most?: number
  /** Another contender to be compared with. */
  to?: string
}

const goals: Goal[] = [
  { what: 'requests a second, 64 connections', scenario: '64', value: ({ perSecond }) => perSecond, least: 2.5 },
  {
    what: 'processor time of a request, 64 connections',
    scenario: '64',
    value: ({ processorEach }) => processorEach,
    most: 0.4,
  },
  { what: 'p99, 64 connections', scenario: '64', value: ({ p99 }) => p99, most: 0.33 },
  { what: 'requests of 1 MiB a second', scenario: 'long', value: ({ perSecond }) => perSecond, least: 1.8 },
  { what: 'p50 of one connection', scenario: '1', value: ({ p50 }) => p50, most: 0.74 },
  { what: 'p99 of one connection', scenario: '1', value: ({ p99 }) => p99, most: 1 },
  { what: 'WebSocket messages a second', scenario: 'ws1000', value: ({ perSecond }) => perSecond, least: 1 },
  { what: 'uploads a second', scenario: 'uploads', value: ({ perSecond }) => perSecond, least: 1.2 },
  {
    what: 'requests a second with admission, of those without',
    scenario: '64',
    value: ({ perSecond }) => perSecond,
    least: 0.95,
    to: oursPlain,
  },
  {
    what: 'processor time of a request with two workers, of that with one process',
    scenario: 'workers',
    value: ({ processorEach }) => processorEach,
    of: oursTwo,
    most: 1.1,
    to: ours,
  },
]
const megabytesAtMost = 130

/** Returns a line for each goal that was measured: whether it is reached, and by how much. */
export function goalLines(result: ProxyResult): string {
  const lines = goals.flatMap(({ what, scenario, value, least, most, of = ours, to = chp }) => {
    const found = result.scenarios.get(scenario)
    const ratios = found === undefined ? [] : ratiosOf(found, of, value, to)
    if (ratios.length === 0) return []
    const sorted = ratios.toSorted((a, b) => a - b)
    const at = (share: number) => (sorted[Math.round((sorted.length - 1) * share)] ?? 0).toFixed(2)
    const median = (sorted[(sorted.length - 1) >> 1] ?? 0) / 2 + (sorted[sorted.length >> 1] ?? 0) / 2
    const isMet = median >= (least ?? Number.NEGATIVE_INFINITY) && median <= (most ?? Number.POSITIVE_INFINITY)
    const goal = least === undefined ? `at most ${most}` : `at least ${least}`
    return [
      `  ${isMet ? 'reached' : 'MISSED '}  ${what}: ${median.toFixed(2)} (half of the rounds: ${at(0.25)}..${at(0.75)}), ${goal}`,
    ]
  })
  const megabytes = result.megabytes.get(ours)
  if (megabytes !== undefined) {
    const isMet = megabytes <= megabytesAtMost
    lines.push(`  ${isMet ? 'reached' : 'MISSED '}  memory: ${Math.round(megabytes)} MB, at most ${megabytesAtMost}`)
  }
  if (result.scenarios.has('leave')) {
    lines.push(
      `  ${result.stuck === 0 ? 'reached' : 'MISSED '}  connections left open after their clients: ${result.stuck}`,
    )
  }
  return ['goals, as ratios to configurable-http-proxy', ...lines].join('\n')
}
