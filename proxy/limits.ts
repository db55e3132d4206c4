/** Limits on what one client may use of the proxy at once, and on what the proxy may use of a backend. */

/** The most connections of one kind to a backend. */
export interface Most {
  all: number
  /**
   * How many of these one client may have. An IPv6 client is a /64; its /56 and /48 may have more: up to three quarters
   * of `all`, or `each` where that is more.
   */
  each: number
}

export interface PoolLimits {
  /** Requests under way. */
  requests: Most
  /** Answers of type `text/event-stream`, which last while the client listens. They take no place of `requests`. */
  streams: Most
  webSockets: Most
  /** Requests that may wait for a place of `requests`. Further ones are told at once to come again later. */
  waiting: number
}

/**
 * The limits of a hub. A class of two thousand on waiting pages, each with an open stream and perhaps all behind one
 * address, stays far below them. An attacker who wants to occupy a whole hub needs several addresses and thousands of
 * connections.
 */
const hub: PoolLimits = {
  requests: { all: 8192, each: 4096 },
  streams: { all: 10_000, each: 5000 },
  webSockets: { all: 1024, each: 256 },
  waiting: 2048,
}

/** How many requests may wait for a hub that is away. A class may share one address, and no client takes all places. */
const held: PoolLimits = {
  requests: { all: 2048, each: 1024 },
  streams: { all: 0, each: 0 },
  webSockets: { all: 0, each: 0 },
  waiting: 0,
}

/** Returns the part of a limit that each of several workers gets, rounded up. */
export function partOf(most: number, workers: number): number {
  return Math.ceil(most / workers)
}

/** Returns the part of a pace that each of several workers gets. */
export function paceOf<Pace extends { burst: number; perSecond: number }>(pace: Pace, workers: number): Pace {
  return { ...pace, burst: partOf(pace.burst, workers), perSecond: pace.perSecond / workers }
}

/** Returns the part of a backend's limits that each of several workers gets. */
export function poolPartOf({ requests, streams, webSockets, waiting }: PoolLimits, workers: number): PoolLimits {
  const part = ({ all, each }: Most): Most => ({ all: partOf(all, workers), each: partOf(each, workers) })
  return {
    requests: part(requests),
    streams: part(streams),
    webSockets: part(webSockets),
    waiting: partOf(waiting, workers),
  }
}

export const limits = {
  /** Connections of one address (for IPv6: of a /64), unless `--connections-per-address` says otherwise. */
  connectionsPerAddress: 10_000,
  /** Requests of one connection to the routes API or the metrics that may wait for answers. Real programs send one at a time. */
  unanswered: 8,
  /** Bytes of the `Connection` header. Real programs send about twenty. */
  connectionHeader: 1024,
  /** Interim answers (1xx) before the real one. */
  interimAnswers: 32,
  /** How long a request waits for a place. */
  waitMilliseconds: 10_000,
  hub,
  held,
  /** The limits of a learner's server, which serves a few people with a few tabs and kernels each. */
  server: {
    requests: { all: 1024, each: 1024 },
    streams: { all: 1024, each: 1024 },
    webSockets: { all: 1024, each: 1024 },
    waiting: 256,
  } satisfies PoolLimits,
  /** The limits of a route without `access`, behind which there may be a whole hub with all of its servers. */
  foreign: { ...hub, webSockets: { all: 10_000, each: 10_000 } } satisfies PoolLimits,
  /**
   * Answers of servers that are compressed at once, of all and of one, each of which takes a megabyte of memory; and how
   * many bytes of one server are compressed, since a body of nothing but spaces takes no time to send any more. What is
   * above goes out as it came.
   */
  compressed: { streams: 128, streamsOfServer: 16, burstBytes: 64 * 1024 ** 2, bytesPerSecond: 4 * 1024 ** 2 },
  /** Connections for the proxy's own questions: to a hub about tickets, tokens and routes, and to the error target. */
  questions: 128,
}
