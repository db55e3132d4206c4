/** How much of the proxy one connection may have at once, and how much the proxy may have of what is behind it. */

/** Of one kind of connections to a backend. */
export interface Most {
  all: number
  /** Of these, how many one client may have; of IPv6 a /64, and its /56 and /48 more, though never all. */
  each: number
}

export interface PoolLimits {
  /** Requests under way. */
  requests: Most
  /** Answers that go on for as long as somebody listens (`text/event-stream`). They take no place from other requests. */
  streams: Most
  webSockets: Most
  /** Requests that may wait for one of the places of `requests`. Those beyond are told to come again. */
  waiting: number
}

/**
 * A class of two thousand in front of their waiting pages, each with a stream open, perhaps behind one address, is far
 * below these. Who wants to keep a whole hub for themselves needs several addresses and thousands of connections.
 */
const hub: PoolLimits = {
  requests: { all: 8192, each: 4096 },
  streams: { all: 10_000, each: 5000 },
  webSockets: { all: 1024, each: 256 },
  waiting: 2048,
}

export const limits = {
  /** Connections of one address (of IPv6 a /64), unless `--connections-per-address` says otherwise. */
  connectionsPerAddress: 10_000,
  /** Requests of one connection that wait for their answers. Browsers and load balancers send one after the other. */
  unanswered: 8,
  /** Bytes of the `Connection` header. Real ones have about twenty. */
  connectionHeader: 1024,
  /** Interim answers (1xx) before the real one. */
  interimAnswers: 32,
  /** How long a request waits for a place. */
  waitMilliseconds: 10_000,
  hub,
  /** A learner's server: some tabs of some people, with their kernels. */
  server: {
    requests: { all: 1024, each: 1024 },
    streams: { all: 1024, each: 1024 },
    webSockets: { all: 1024, each: 1024 },
    waiting: 256,
  } satisfies PoolLimits,
  /** Behind a route of others there may be a whole hub with all of its servers. */
  foreign: { ...hub, webSockets: { all: 10_000, each: 10_000 } } satisfies PoolLimits,
  /** Connections on which the proxy itself asks a hub, about tickets, tokens and routes, or the target of error pages. */
  questions: 128,
}
