import { createHistogram, type Histogram, observe } from '../../metrics/histogram.ts'
import { type Tally, tally, zeros } from '../../metrics/tally.ts'

/**
 * What one process of a proxy has counted since it started. All are plain numbers, so that a request costs a few
 * additions; `proxy/metrics/snapshot.ts` turns them into metrics when somebody asks.
 */
export interface ProxyCounters {
  /** Requests and WebSockets that have begun. */
  webRequests: number
  webSocketRequests: number
  /** Requests, and WebSockets that are open or being opened, at this moment. */
  requestsUnderWay: number
  webSocketsOpen: number
  /** Requests that are over, by the kind of who answered and the class of the status: see `overAt`. */
  over: number[]
  /** Answers by status. */
  statuses: number[]
  /** Answers that refuse something, by row of the rules (`-` for none) and error code. */
  refusals: Tally
  seatsChecked: number
  seatsRenewed: number
  /** How long the proxy worked on a request before it forwarded it, in seconds. */
  work: Histogram
  /** How long the hub and the servers took for the head of an answer, in seconds. */
  hubWait: Histogram
  serverWait: Histogram
  /** Judgements about tokens, by their state. */
  tokens: Tally
  /** Questions to a hub, by what they are about and how they ended. */
  questions: Tally
  /** Waits of requests for a hub that was away, by how they ended. */
  held: Tally
  /** Good calls of the routes API, and its answers by status. */
  routeReads: number
  routeWrites: number
  routeRemovals: number
  apiStatuses: number[]
}

/** Who answered a request: a hub, a learner's server, the target of a route without `access`, or the proxy itself. */
export const kinds = ['hub', 'server', 'foreign', 'proxy'] as const

/** Classes of a status by its first digit. Of the first kind are requests that ended before they had an answer. */
export const classes = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const

/** How a question to a hub may end. */
const answers = ['known', 'unknown', 'rate-limited', 'unreachable']

const workBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1]
const waitBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const statusesAtMost = 1000

export function createCounters(): ProxyCounters {
  return {
    webRequests: 0,
    webSocketRequests: 0,
    requestsUnderWay: 0,
    webSocketsOpen: 0,
    over: new Array(kinds.length * classes.length).fill(0),
    statuses: new Array(statusesAtMost).fill(0),
    refusals: new Map(),
    seatsChecked: 0,
    seatsRenewed: 0,
    work: createHistogram(workBounds),
    hubWait: createHistogram(waitBounds),
    serverWait: createHistogram(waitBounds),
    tokens: zeros('valid', 'refused', 'ambiguous', 'undecided', 'rate-limited'),
    questions: zeros(...['ticket', 'token'].flatMap((about) => answers.map((answer) => `${about} ${answer}`))),
    held: zeros('sent', 'refused', 'left'),
    routeReads: 0,
    routeWrites: 0,
    routeRemovals: 0,
    apiStatuses: new Array(statusesAtMost).fill(0),
  }
}

/** The facts of one request: for its line in the log, and for the counters when it is over. */
export interface ExchangeRecord {
  started: number
  /** When the request was forwarded, and when the head of the answer came; as `performance.now()`, like `started`. */
  forwarded?: number
  answered?: number
  /** How long the proxy waited for the hub's answer to a question of its own. */
  hubMilliseconds?: number
  /** The process that answered. */
  by: 'proxy' | 'hub' | 'server'
  status?: number
  /** Whether the answer renews the seat's cookie. */
  renewed?: boolean
  /** What explains the answer: the row of the rules that decided, the error code, the server. */
  why: Record<string, string | number>
}

export function countBegun(counters: ProxyCounters, isUpgrade: boolean): void {
  if (isUpgrade) {
    counters.webSocketRequests += 1
    counters.webSocketsOpen += 1
  } else {
    counters.webRequests += 1
    counters.requestsUnderWay += 1
  }
}

export function countOver(counters: ProxyCounters, record: Readonly<ExchangeRecord>, isUpgrade: boolean): void {
  const { by, status = 0, why, started, forwarded, answered, hubMilliseconds = 0 } = record
  if (isUpgrade) counters.webSocketsOpen -= 1
  else counters.requestsUnderWay -= 1
  const isForeign = by === 'server' && why.server === undefined
  addTo(counters.over, overAt(isForeign ? 'foreign' : by, status))
  if (status > 0) addTo(counters.statuses, status)
  if (forwarded !== undefined) {
    observe(counters.work, (forwarded - started - hubMilliseconds) / 1000)
    if (answered !== undefined)
      observe(by === 'hub' ? counters.hubWait : counters.serverWait, (answered - forwarded) / 1000)
  }
  if (why.row !== undefined) counters.seatsChecked += 1
  if (record.renewed === true) counters.seatsRenewed += 1
  const code = why.error ?? (by === 'proxy' && status === 303 && why.row !== undefined ? 'launch' : undefined)
  if (code !== undefined) tally(counters.refusals, `${why.row ?? '-'} ${code}`)
}

/** Returns the place of a kind and a status in `over`. */
export function overAt(kind: (typeof kinds)[number], status: number): number {
  return kinds.indexOf(kind) * classes.length + Math.min(classes.length - 1, Math.floor(status / 100))
}

/** Counts the wait of a request for a hub that was away. */
export function countHeld(counters: ProxyCounters, how: 'sent' | 'refused' | 'left'): void {
  tally(counters.held, how)
}

/** Counts an answer of the routes API. */
export function countApi(counters: ProxyCounters, method: string, status: number): void {
  addTo(counters.apiStatuses, status)
  if (status === 200 && method === 'GET') counters.routeReads += 1
  if (status === 201) counters.routeWrites += 1
  if (status === 204 && method === 'DELETE') counters.routeRemovals += 1
}

function addTo(counts: number[], at: number): void {
  counts[at] = (counts[at] ?? 0) + 1
}
