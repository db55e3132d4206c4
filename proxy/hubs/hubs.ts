/** The hubs behind this proxy. All of them are equal, so the proxy uses any hub that answers. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { z } from 'zod'
import { tally } from '../../metrics/tally.ts'
import { createBuckets, linePace } from '../../net/bucket.ts'
import { parseTarget, socketUrl, type Target } from '../../net/endpoint.ts'
import { codeOf, lineOf } from '../../net/error-code.ts'
import { openPeer, type Peer } from '../../net/peer.ts'
import {
  admittedSchema,
  type KnownRoutes,
  knownRoutesSchema,
  type Redeemed,
  redeemedSchema,
  type TokenAdmitted,
} from '../../seats/answers.ts'
import { proxyAuthHeader } from '../../seats/links.ts'
import { type OwnRoute, ownRouteSchema } from '../../seats/route.ts'
import { limits } from '../limits.ts'
import type { ProxyCounters } from '../metrics/counters.ts'

/** The request for which a hub is asked, so that both logs name it alike. */
export interface Cause {
  /** The id of the request. */
  request: string
  traceparent: string
}

export interface Hubs {
  /** Returns a hub that takes connections now, tried from the last good one on; the first hub when none does. */
  reachable(): Promise<Target>
  /**
   * Resolves true as soon as a hub takes connections, and false when none does before this moment, which is a
   * `performance.now()`.
   */
  untilBack(end: number): Promise<boolean>
  /** Until when a request that no hub takes now waits for one, as `performance.now()`. */
  holdEnd(): number
  /** Redeems a ticket at the first hub that answers. */
  redeem(ticket: string, cause: Cause): Promise<Redeemed | 'unknown' | 'unreachable'>
  /** Asks the first hub that answers whether a user's token admits to a run. */
  checkToken(
    question: { token: string; server: string; run: number },
    cause: Cause,
  ): Promise<TokenAdmitted | 'unknown' | 'rate-limited' | 'unreachable'>
  /** Returns all routes from the first hub that answers; `unusable` when its answer is no list of routes. */
  routes(signal: AbortSignal): Promise<KnownRoutes | 'unreachable' | 'unusable'>
  close(): Promise<void>
}

/** For this long after a hub took a connection, it gets requests without a new check. */
const trustedMilliseconds = 2000
const connectMilliseconds = 1000
/** The pause between two looks whether a hub is back. */
const lookMilliseconds = 20
const requestMilliseconds = 10_000
const routesMilliseconds = 10_000
/** An answer with 100,000 routes has 50 MB. */
const longestAnswer = 2 ** 28

export function createHubs(
  endpoints: readonly string[],
  token: string,
  log: Logger,
  counters: Pick<ProxyCounters, 'questions'>,
  { connections = limits.questions, holdSeconds = 0 }: { connections?: number; holdSeconds?: number } = {},
): Hubs {
  const hubs = endpoints.map((endpoint) => openHub(endpoint, connections))
  let good = hubs[0]
  let checked = Number.NEGATIVE_INFINITY
  const lines = createBuckets(linePace)

  const holdEnd = () => performance.now() + holdSeconds * 1000

  let nextLook: Promise<boolean> | undefined
  const lookSoon = async () => {
    await sleep(lookMilliseconds)
    for (const hub of hubs) {
      if (!(await takesConnections(hub.target))) continue
      good = hub
      checked = performance.now()
      return true
    }
    return false
  }
  const untilBack = async (end: number) => {
    while (performance.now() < end) {
      // All that wait share one look.
      nextLook ??= lookSoon().finally(() => {
        nextLook = undefined
      })
      if (await nextLook) return true
    }
    return false
  }

  /**
   * Returns the first hub's answer to a question; `unknown` where the hub answers 404. A question that no hub has taken
   * waits for one. One whose connection was cut is asked once more: the hub may have closed it just when it was used
   * again, and a hub that has redeemed the ticket nevertheless does so only once.
   */
  const request = async <T>(path: string, question: object, cause: Cause, schema: z.ZodType<T>) => {
    const end = holdEnd()
    for (let cuts = 0; ; ) {
      const answer = await askAll(path, question, cause, schema)
      if (answer !== 'away' && answer !== 'cut') return answer
      if (answer === 'cut') cuts += 1
      if (cuts > 1) return 'unreachable'
      // A hub that is there is asked at once.
      if (answer === 'away' && !(await untilBack(end))) return 'unreachable'
    }
  }

  const askAll = async <T>(path: string, question: object, cause: Cause, schema: z.ZodType<T>) => {
    const ends = new Set<'away' | 'cut' | 'failed'>()
    for (const hub of hubs) {
      try {
        const { status, text } = await hub.peer.call({
          method: 'POST',
          path: hub.target.path + path,
          headers: {
            authorization: `token ${token}`,
            [proxyAuthHeader]: token,
            'x-request-id': cause.request,
            traceparent: cause.traceparent,
            'content-type': 'application/json',
          },
          body: JSON.stringify(question),
          signal: AbortSignal.timeout(requestMilliseconds),
        })
        if (status === 200) return schema.parse(JSON.parse(text))
        if (status === 404) return 'unknown'
        if (status === 429) return 'rate-limited'
        ends.add('failed')
        if (lines.take(hub.endpoint) === 0) {
          log.error({ hub: hub.endpoint, path, status, request: cause.request }, 'hub did not answer a question')
        }
      } catch (error) {
        ends.add(wasRefused(error) ? 'away' : wasCut(error) ? 'cut' : 'failed')
        if (lines.take(hub.endpoint) === 0) {
          log.error(
            { hub: hub.endpoint, path, reason: lineOf(error), request: cause.request },
            'hub could not be asked',
          )
        }
      }
    }
    return ends.has('failed') ? 'unreachable' : ends.has('cut') ? 'cut' : 'away'
  }

  const count = (about: 'ticket' | 'token', answer: object | string) =>
    tally(counters.questions, `${about} ${typeof answer === 'string' ? answer : 'known'}`)

  let looking: Promise<Target> | undefined
  const look = async (first: Hub, last: Hub): Promise<Target> => {
    for (const hub of [last, ...hubs.filter((one) => one !== last)]) {
      if (await takesConnections(hub.target)) {
        good = hub
        checked = performance.now()
        return hub.target
      }
      if (lines.take(hub.endpoint) === 0) log.warn({ hub: hub.endpoint }, 'hub takes no connections')
    }
    return first.target
  }

  return {
    async reachable() {
      const [first] = hubs
      if (first === undefined || good === undefined) throw new Error('this proxy has no hub')
      if (hubs.length === 1 || performance.now() - checked < trustedMilliseconds) return good.target
      // All requests that come in meanwhile share one check.
      looking ??= look(first, good).finally(() => {
        looking = undefined
      })
      return looking
    },

    untilBack,
    holdEnd,

    async redeem(ticket, cause) {
      const answer = await request('/hub/api/seats', { ticket }, cause, redeemedSchema)
      count('ticket', answer)
      return answer === 'rate-limited' ? 'unreachable' : answer
    },

    async checkToken(question, cause) {
      const answer = await request('/hub/api/admissions', question, cause, admittedSchema)
      count('token', answer)
      return answer
    },

    async routes(signal) {
      for (const hub of hubs) {
        try {
          const { status, text } = await hub.peer.call({
            method: 'GET',
            path: `${hub.target.path}/hub/api/routes`,
            headers: { authorization: `token ${token}`, [proxyAuthHeader]: token },
            signal: AbortSignal.any([signal, AbortSignal.timeout(routesMilliseconds)]),
          })
          if (status >= 500) continue
          const known = knownRoutesSchema.safeParse(status === 200 ? JSON.parse(text) : undefined)
          if (known.success) {
            const { revision, routes } = known.data
            return { revision, routes: routes.flatMap((route) => usable(route, log)) }
          }
          log.error({ hub: hub.endpoint, status }, 'hub answered no list of routes')
          return 'unusable'
        } catch (error) {
          if (!signal.aborted) log.debug({ hub: hub.endpoint, err: error }, 'hub could not be asked for the routes')
        }
      }
      return 'unreachable'
    },

    async close() {
      for (const hub of hubs) hub.peer.close()
    },
  }
}

/** Returns the route, or nothing where it is unusable. So an unusable route closes its own server, and no other. */
function usable(route: unknown, log: Logger): OwnRoute[] {
  const { data, error } = ownRouteSchema.safeParse(route)
  if (data !== undefined) return [data]
  log.error(
    { path: (route as { path?: unknown } | null)?.path, problem: z.prettifyError(error) },
    'a route is unusable',
  )
  return []
}

/** Returns whether a connection was never taken, so that nothing was sent. */
function wasRefused(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'connect'
}

/**
 * Returns whether the hub has closed the connection. A hub closes one that was not used for some seconds, and a busy proxy
 * may not have heard of it when it sends the next question.
 */
function wasCut(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')
}

interface Hub {
  endpoint: string
  target: Target
  peer: Peer
}

function openHub(endpoint: string, connections: number): Hub {
  const target = parseTarget(endpoint)
  if (target === undefined) throw new Error('a hub is given as http://host:port or unix+http://%2Fpath%2Fto%2Fsocket')
  const { where } = target
  const url = 'socketPath' in where ? socketUrl(where.socketPath) : new URL(endpoint).origin
  const peer = openPeer(url, { connections, bytes: longestAnswer })
  return { endpoint, target, peer }
}

function takesConnections({ where }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = 'socketPath' in where ? connect(where.socketPath) : connect(where.port, where.host)
    const settle = (takes: boolean) => {
      socket.destroy()
      resolve(takes)
    }
    socket.setTimeout(connectMilliseconds, () => settle(false))
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}
