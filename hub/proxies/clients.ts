import type { Logger } from 'pino'
import { z } from 'zod'
import { type Histograms, observe } from '../../metrics/histogram.ts'
import { openPeer, type Peer } from '../../net/peer.ts'
import { traceHeaders } from '../../net/trace.ts'
import { drainMilliseconds, type Route } from '../../seats/route.ts'
import { messageOf } from '../errors.ts'
import { type HubCounters, secondsSince, timed } from '../metrics/counters.ts'

/** Which proxies a write reached. What has ended and is still open at the unconfirmed ones ends once they are back. */
export interface Delivery {
  /** The number of all proxies. */
  proxies: number
  /** URLs of the proxies that did not confirm the write. */
  unconfirmed: string[]
}

/** What is counted about proxies. */
type ProxyCounts = Pick<HubCounters, 'routeWrites' | 'routeRemovals' | 'tableReads' | 'unconfirmed'>

/** The REST clients of all proxies. A proxy that cannot be reached is a warning: it is brought up to date later. */
export interface Proxies {
  readonly all: ProxyClient[]
  /** Resolves when every proxy has the route or has failed to answer. Returns the URLs of those that failed. */
  put(route: Route): Promise<string[]>
  remove(path: string, revision: number): Promise<string[]>
  /** Calls the listener with every proxy that a write of this hub did not reach. */
  onMiss(listener: (proxy: ProxyClient) => void): void
  close(): Promise<void>
}

export interface ProxyClient {
  url: string
  /** Returns true while the hub is new and this proxy has not answered yet, which is no reason for an alarm. */
  isStarting(): boolean
  /** Rejects when the proxy does not answer in time, by default in five seconds. */
  digest(milliseconds?: number): Promise<{ instance: string; count: number; digest: string }>
  routes(): Promise<ProxyTable>
  /**
   * Has the proxy itself ask the server of a route whether it answers, which takes so many seconds at most. Undefined
   * where the proxy has no such route.
   */
  look(path: string, seconds: number): Promise<ProxyLook | undefined>
  put(route: Route): Promise<void>
  remove(path: string, revision: number): Promise<void>
  /**
   * Has the proxy hold back what changes files of the server at a path, once nothing of that is under way: for a moment, and at
   * most as long as `seats/route.ts` says.
   */
  pause(path: string, id: string): Promise<PauseAnswer>
  /** Ends a pause. Returns whether it has lasted until now. */
  goOn(path: string, id: string): Promise<boolean>
}

/**
 * `other`: the server is paused already. `busy`: something was under way and took too long. `away`: the proxy knows no pauses,
 * being of an earlier version.
 */
export type PauseAnswer = 'paused' | 'other' | 'busy' | 'away'

/** What a proxy has found out about a server. */
export interface ProxyLook {
  run: number
  /** Whether the proxy asked the server and got not a single byte. */
  silent: boolean
  /** When it last forwarded something that was answered, by the proxy's own clock, to be compared for equality only. */
  lastActivity: string
}

export interface ProxyTable {
  /** The proxy's own clock when it answered, in milliseconds since 1970. The times of the table are by this clock. */
  clock: number
  routes: Map<
    string,
    {
      target: string
      revision: number | undefined
      lastActivity: number
      /** When something else happened last than what open pages ask by themselves. */
      lastUse: number
      server: string | undefined
      run: number | undefined
    }
  >
}

const requestMilliseconds = 5000
/** A proxy that does not answer keeps a learner waiting for no longer. */
const pausing = { milliseconds: drainMilliseconds + 1500 }
/** An answer with 100,000 routes has 50 MB. */
const peerLimits = { connections: 16, bytes: 2 ** 28 }
/** How long a proxy may take to start. Hub and proxy often start together, which takes seconds on a busy machine. */
const startMilliseconds = 15_000

export function openProxies(urls: string[], token: string, log: Logger, counters: ProxyCounts): Proxies {
  const opened = urls.map((url) => openProxy(url, token, counters))
  const missed: ((proxy: ProxyClient) => void)[] = []
  const toAll = async (action: string, seconds: Histograms, act: (proxy: ProxyClient) => Promise<void>) => {
    const failed = await Promise.all(
      opened.map(async ({ proxy }) => {
        try {
          await timed(seconds, () => act(proxy))
          return []
        } catch (error) {
          counters.unconfirmed += 1
          log.warn({ proxy: proxy.url, reason: messageOf(error) }, `a proxy did not take a route's ${action}`)
          for (const listener of missed) listener(proxy)
          return [proxy.url]
        }
      }),
    )
    return failed.flat()
  }
  return {
    all: opened.map(({ proxy }) => proxy),
    put: (route) => toAll('writing', counters.routeWrites, (proxy) => proxy.put(route)),
    remove: (path, revision) => toAll('removal', counters.routeRemovals, (proxy) => proxy.remove(path, revision)),
    onMiss: (listener) => void missed.push(listener),
    close: async () => {
      for (const { peer } of opened) peer.close()
    },
  }
}

const digestSchema = z.object({ instance: z.string(), count: z.number(), digest: z.string() })
const pauseSchema = z.object({ error: z.enum(['other', 'busy']) })
const lookSchema = z.object({
  silent: z.boolean(),
  last_activity: z.string(),
  access: z.object({ run: z.number() }),
})
const tableSchema = z.record(
  z.string(),
  z.looseObject({
    target: z.string(),
    revision: z.number().optional(),
    last_activity: z.iso.datetime(),
    last_use: z.iso.datetime().optional(),
    access: z.looseObject({ server: z.string(), run: z.number() }).optional(),
  }),
)

function openProxy(url: string, token: string, counters: ProxyCounts): { proxy: ProxyClient; peer: Peer } {
  const peer = openPeer(url, peerLimits)
  const opened = performance.now()
  let hasAnswered = false
  const call = async (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    accept: number[],
    { body, milliseconds = requestMilliseconds }: { body?: object; milliseconds?: number } = {},
  ) => {
    const { status, headers, text } = await peer.call({
      method,
      path,
      headers: {
        ...traceHeaders(),
        authorization: `token ${token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(milliseconds),
    })
    hasAnswered = true
    if (!accept.includes(status)) throw new Error(`${method} ${path} was answered with ${status}`)
    return { status, text, date: Date.parse(headers.date ?? '') }
  }
  const proxy: ProxyClient = {
    url,
    isStarting: () => !hasAnswered && performance.now() - opened < startMilliseconds,
    async digest(milliseconds = requestMilliseconds) {
      const { text } = await call('GET', '/api/routes?digest', [200], { milliseconds })
      return digestSchema.parse(JSON.parse(text))
    },
    async routes() {
      const began = performance.now()
      const { text, date } = await call('GET', '/api/routes', [200])
      observe(counters.tableReads, secondsSince(began))
      const routes = Object.entries(tableSchema.parse(JSON.parse(text))).map(
        ([path, route]) =>
          [
            path.endsWith('/') ? path : `${path}/`,
            {
              target: route.target,
              revision: route.revision,
              lastActivity: Date.parse(route.last_activity),
              lastUse: Date.parse(route.last_use ?? route.last_activity),
              server: route.access?.server,
              run: route.access?.run,
            },
          ] as const,
      )
      return { clock: date, routes: new Map(routes) }
    },
    async look(path, seconds) {
      const milliseconds = seconds * 1000 + requestMilliseconds
      const { text } = await call('GET', `/api/routes${path}?look=${Number(seconds.toFixed(3))}`, [200, 404], {
        milliseconds,
      })
      if (text === '') return undefined
      const { silent, last_activity, access } = lookSchema.parse(JSON.parse(text))
      return { run: access.run, silent, lastActivity: last_activity }
    },
    async put({ path, ...route }) {
      // 409 means that the proxy holds a newer revision of this path already, which is as good.
      await call('POST', `/api/routes${path}`, [201, 409], { body: route })
    },
    async remove(path, revision) {
      await call('DELETE', `/api/routes${path}?revision=${revision}`, [204, 404, 409])
    },
    async pause(path, id) {
      const { status, text } = await call('POST', `/api/pauses${path}?id=${id}`, [201, 404, 409], pausing)
      if (status === 404) return 'away'
      return status === 201 ? 'paused' : pauseSchema.parse(JSON.parse(text)).error
    },
    async goOn(path, id) {
      const { status } = await call('DELETE', `/api/pauses${path}?id=${id}`, [204, 404], pausing)
      return status === 204
    },
  }
  return { proxy, peer }
}
