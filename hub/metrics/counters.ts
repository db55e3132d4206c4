import { createHistogram, type Histogram, type Histograms, observeFor } from '../../metrics/histogram.ts'
import { type Tally, zeros } from '../../metrics/tally.ts'

/**
 * What one hub has counted since it started. All are plain numbers; `hub/metrics/snapshot.ts` turns them into metrics
 * when somebody asks. A key of several words holds the values of several labels.
 */
export interface HubCounters {
  /** Seconds of requests, by method, handler and status. */
  requests: Histograms
  /** Refusals, by the code in the answer. */
  refusals: Tally
  /** Seconds of starts, by status and reason. */
  starts: Histograms
  /** Seconds of the phases of starts. */
  phases: Histograms
  /** Seconds of stops, of questions to the spawner, of writes to proxies and of sign-ins, by their end. */
  stops: Histograms
  polls: Histograms
  routeWrites: Histograms
  routeRemovals: Histograms
  signIns: Histograms
  signOuts: Histogram
  /** Seconds of looking whether proxies have the right routes, and of reading their whole tables. */
  routeChecks: Histogram
  tableReads: Histogram
  /** Seconds of builds of images, by their end. */
  builds: Histograms
  /** Seconds of pulls of courses' content, by their end. */
  pulls: Histograms
  /** Seconds until this hub took requests. */
  startUp: Histogram
  /** Seconds of statements, by their end. */
  statements: Histograms
  /** Writes of routes that a proxy did not confirm. */
  unconfirmed: number
  /** Stops of servers that may not go on, by reason, and of idle or old ones by the culler. */
  evictions: Tally
  culls: Tally
  /** Servers that did not answer any more, by what was done, and rounds in which there were too many of them. */
  silent: Tally
  /** Servers and programs in them that were ended for want of memory. */
  outOfMemory: Tally
  /** Objects that belong to no server, by what the sweep did. */
  swept: Tally
  /** Starts of courses with spares, by what they found. */
  spares: Tally
  /** Copies of static files out of images, by their end. */
  staticFiles: Tally
  /** Bytes of the mirrors of repositories on this hub's disk, as they were measured last. */
  mirrorBytes: Tally
}

export const startBounds = [0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 180, 300, 600]
export const phaseBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]
export const buildBounds = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200]
export const pullBounds = [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]
export const statementBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

export function createHubCounters(): HubCounters {
  return {
    requests: new Map(),
    refusals: new Map(),
    starts: histograms(startBounds, [
      'success ',
      'failure ',
      'error ',
      'failure throttled',
      'failure too-many-users',
      'failure already-pending',
      'failure refused',
      'failure hook',
    ]),
    phases: histograms(phaseBounds, ['queued', 'creating', 'pulling', 'starting']),
    stops: histograms(undefined, ['success', 'failure']),
    polls: histograms(undefined, ['running', 'stopped']),
    routeWrites: histograms(undefined, ['success', 'failure']),
    routeRemovals: histograms(undefined, ['success', 'failure']),
    signIns: histograms(undefined, ['success', 'failure']),
    signOuts: createHistogram(),
    routeChecks: createHistogram(),
    tableReads: createHistogram(),
    builds: histograms(buildBounds, ['success', 'failure']),
    pulls: histograms(pullBounds, ['success', 'failure']),
    startUp: createHistogram(),
    statements: histograms(statementBounds, ['success', 'failure']),
    unconfirmed: 0,
    evictions: zeros('inactive-user', 'ended-seats', 'dropped-key', 'sign-out', 'deleted-course', 'all'),
    culls: zeros('idle', 'age'),
    silent: zeros('ended', 'refused'),
    outOfMemory: zeros('server', 'program'),
    swept: zeros('removed', 'failed', 'newer', 'refused'),
    spares: zeros('hits', 'misses', 'others'),
    staticFiles: zeros('copied', 'refused'),
    mirrorBytes: zeros('courses', 'images'),
  }
}

/** Makes the histograms that there must be before the first value, since an alarm cannot wait for one. */
function histograms(bounds: readonly number[] | undefined, names: string[]): Histograms {
  return new Map(names.map((name) => [name, createHistogram(bounds)]))
}

/** Observes how long `act` took, under `success` or `failure`. */
export async function timed<T>(histograms: Histograms, act: () => Promise<T>): Promise<T> {
  const began = performance.now()
  let end = 'failure'
  try {
    const result = await act()
    end = 'success'
    return result
  } finally {
    observeFor(histograms, end, secondsSince(began))
  }
}

export function secondsSince(began: number): number {
  return (performance.now() - began) / 1000
}
