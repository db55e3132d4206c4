import { chp } from './contenders.ts'
import type { ScenarioName } from './scenarios.ts'

/** One contender in one round of a scenario. */
export interface Slice {
  perSecond: number
  p50: number
  p99: number
  /** Microseconds of processor time for each request, of all threads of the proxy. */
  processorEach: number
}

export interface ScenarioResult {
  title: string
  unit: string
  /** The slices of each round, by the contender's name. */
  rounds: Map<string, Slice>[]
  /** How busy the machine was with other things before each round, from 0 to 1. */
  busy: number[]
  /** The share of a core that load generator and server took in each slice. */
  othersShare: number[]
}

export interface ProxyResult {
  scenarios: Map<ScenarioName, ScenarioResult>
  /** Resident memory before the scenarios of ten thousand, by the contender's name; without them, at the end. */
  megabytes: Map<string, number>
  /** Resident memory after the scenarios of ten thousand; empty without them. */
  megabytesAtEnd: Map<string, number>
  /** Connections of the server that waited for a client after all clients had left. */
  stuck: number
}

/** Returns the ratio of a contender to configurable-http-proxy, round by round. */
export function ratiosOf(
  { rounds }: ScenarioResult,
  name: string,
  value: (slice: Slice) => number,
  to = chp,
): number[] {
  return rounds.flatMap((slices) => {
    const [one, other] = [slices.get(name), slices.get(to)]
    const ratio = one === undefined || other === undefined ? Number.NaN : value(one) / value(other)
    return Number.isFinite(ratio) ? [ratio] : []
  })
}
