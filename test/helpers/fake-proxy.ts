/** A proxy without a public listener, which keeps routes as docs/wire.md says and fails as a test tells it to. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { addressOf } from '../../net/endpoint.ts'
import { pauseMilliseconds, type Route, routesDigest } from '../../seats/route.ts'
import { isSilent } from '../../seats/silence.ts'

export interface FakeProxy {
  url: string
  routes: Map<string, Route & { lastActivity: number; lastUse?: number | undefined }>
  /** The writes in the order of their arrival, such as `POST /user/ann/demo/ 17`. */
  writes: string[]
  /** The `traceparent` of each write. */
  traces: (string | undefined)[]
  /** Whether it hears of every server that it is asked to look at. When undefined, it really looks. */
  hears: boolean | undefined
  /** The pauses that are on, by path. */
  pauses: Map<string, string>
  /** Refuses pauses for this reason, or as a proxy does that knows none. */
  refusesPauses: 'busy' | 'other' | 'away' | undefined
  /** Writes wait for this. */
  holds: Promise<void> | undefined
  /** Every call fails while this is set. */
  broken: boolean
  /** Forgets all routes, as a proxy does that is restarted without its file. */
  restart(): void
  stop(): Promise<void>
}

export async function startFakeProxy(token: string): Promise<FakeProxy> {
  const removed = new Map<string, number>()
  let instance = 1
  const proxy: FakeProxy = {
    url: '',
    routes: new Map(),
    writes: [],
    traces: [],
    hears: undefined,
    pauses: new Map(),
    refusesPauses: undefined,
    holds: undefined,
    broken: false,
    restart() {
      proxy.routes.clear()
      removed.clear()
      instance += 1
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }

  const isStale = (path: string, revision: number | undefined) => {
    const held = Math.max(proxy.routes.get(path)?.revision ?? -1, removed.get(path) ?? -1)
    return revision !== undefined && revision <= held
  }

  const pause = (method: string | undefined, path: string, id: string): [number, unknown?] => {
    if (proxy.refusesPauses === 'away') return [404]
    if (method === 'DELETE') return proxy.pauses.get(path) === id ? [proxy.pauses.delete(path) ? 204 : 404] : [404]
    const error = proxy.refusesPauses ?? (proxy.pauses.has(path) ? 'other' : undefined)
    if (error !== undefined) return [409, { error }]
    proxy.pauses.set(path, id)
    const end = () => proxy.pauses.get(path) === id && proxy.pauses.delete(path)
    setTimeout(end, pauseMilliseconds).unref()
    return [201]
  }

  const answer = async (request: IncomingMessage): Promise<[number, unknown?]> => {
    if (proxy.broken) return [503]
    if (request.headers.authorization !== `token ${token}`) return [403]
    const url = new URL(request.url ?? '/', 'http://proxy')
    if (url.pathname.startsWith('/api/pauses/'))
      return pause(request.method, url.pathname.slice('/api/pauses'.length), url.searchParams.get('id') ?? '')
    if (request.method !== 'GET') await proxy.holds
    if (request.method !== 'GET') proxy.traces.push(request.headers.traceparent?.toString())
    const path = url.pathname.slice('/api/routes'.length)
    if (request.method === 'GET' && url.searchParams.has('digest'))
      return [200, { instance: String(instance), ...routesDigest(proxy.routes.values()) }]
    const look = url.searchParams.get('look')
    if (request.method === 'GET' && look !== null) {
      const found = proxy.routes.get(path)
      if (found === undefined) return [404]
      const { path: _path, lastActivity, ...route } = found
      const knock = { where: addressOf(route.target), path: `${path}api`, milliseconds: Number(look) * 1000 }
      const silent = proxy.hears === undefined ? await isSilent(knock) : !proxy.hears
      return [200, { ...route, last_activity: new Date(lastActivity).toISOString(), silent }]
    }
    if (request.method === 'GET') {
      const table = [...proxy.routes].map(([key, { path: _path, lastActivity, lastUse, ...route }]) => [
        key,
        {
          ...route,
          last_activity: new Date(lastActivity).toISOString(),
          last_use: lastUse === undefined ? undefined : new Date(lastUse).toISOString(),
        },
      ])
      return [200, Object.fromEntries(table)]
    }
    if (request.method === 'POST') {
      const route = JSON.parse(await text(request))
      proxy.writes.push(`POST ${path} ${route.revision}`)
      if (isStale(path, route.revision)) return [409, { error: 'stale' }]
      proxy.routes.set(path, { path, ...route, lastActivity: Date.now() })
      return [201]
    }
    const revision = Number(url.searchParams.get('revision') ?? Number.NaN)
    proxy.writes.push(`DELETE ${path} ${revision}`)
    if (isStale(path, revision)) return [409, { error: 'stale' }]
    removed.set(path, revision)
    return [proxy.routes.delete(path) ? 204 : 404]
  }

  const server = createServer(async (request, response) => {
    const [status, body] = await answer(request)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return proxy
}
