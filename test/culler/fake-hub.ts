import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HubServer, HubUser } from '../../culler/hub-client.ts'

export const cullerToken = 'culler-token-of-the-tests-0123456789'

/** Starts a small hub that answers as `docs/wire.md` says and records its requests. */
export async function startFakeHub(users: HubUser[], where: { socket?: string } = {}): Promise<FakeHub> {
  const requests: FakeHub['requests'] = []
  const failing = new Map<string, number>()
  const hub: FakeHub = { url: '', users, requests, failing, pageSize: 200, beforeRemoval: () => undefined, stop }
  const server = createServer(async (request, response) => {
    const body = await request.toArray()
    const call = `${request.method} ${request.url}`
    const condition = body.length > 0 ? JSON.parse(Buffer.concat(body).toString()) : undefined
    requests.push({ call, condition })
    const { status, answer } = answerTo(hub, request, condition)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(answer === undefined ? undefined : JSON.stringify(answer))
  })
  if (where.socket === undefined) server.listen(0, '127.0.0.1')
  else server.listen(where.socket)
  await once(server, 'listening')
  hub.url =
    where.socket === undefined
      ? `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      : `unix+http://${encodeURIComponent(where.socket)}`
  return hub

  async function stop(): Promise<void> {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
}

export interface FakeHub {
  url: string
  users: HubUser[]
  requests: { call: string; condition: unknown }[]
  /** Removals that fail: the path, and the status of the answer. */
  failing: Map<string, number>
  /** The most users that a page has. */
  pageSize: number
  /** Runs before each removal, as a change between the list and the removal. */
  beforeRemoval: () => void
  stop(): Promise<void>
}

export function user(name: string, more: Partial<HubUser> = {}): HubUser {
  return {
    name,
    temporary: true,
    last_activity: '2026-01-01T10:00:00.000Z',
    age_seconds: 1000,
    idle_seconds: 0,
    servers: {},
    ...more,
  }
}

export function server(more: Partial<HubServer> = {}): HubServer {
  return {
    ready: true,
    pending: null,
    run: 1,
    last_activity: '2026-01-01T10:00:00.000Z',
    age_seconds: 1000,
    idle_seconds: 0,
    activity: 'idle',
    reason: 'no kernel is busy',
    ...more,
  }
}

interface Reply {
  status: number
  answer?: unknown
}

function answerTo(hub: FakeHub, request: IncomingMessage, condition: Record<string, unknown> | undefined): Reply {
  const url = new URL(request.url ?? '/', 'http://hub')
  if (request.headers.authorization !== `token ${cullerToken}`) return error(403, 'forbidden')
  if (request.method === 'GET' && url.pathname === '/hub/api/users') return page(hub, request, url)
  if (request.method === 'PUT' && url.pathname === '/hub/api/culler') return { status: 204 }
  const [, name, slug] = /^\/hub\/api\/users\/([^/]+)(?:\/servers\/([^/]+))?$/.exec(url.pathname)?.map(decoded) ?? []
  if (request.method !== 'DELETE' || name === undefined) return error(404, 'not_found')
  const failure = hub.failing.get(url.pathname)
  if (failure !== undefined) return error(failure, 'made_to_fail')
  hub.beforeRemoval()
  const found = hub.users.find((one) => one.name === name)
  if (found === undefined) return error(404, 'user_not_found')
  if (slug === undefined) {
    if (condition?.last_activity !== found.last_activity) return error(409, 'changed')
    hub.users = hub.users.filter((one) => one !== found)
    return { status: 204 }
  }
  const running = found.servers[slug]
  if (running === undefined) return error(404, 'server_not_found')
  const { run, last_activity = running.last_activity } = condition ?? {}
  if (run !== running.run || last_activity !== running.last_activity) return error(409, 'changed')
  delete found.servers[slug]
  return { status: 202, answer: { state: 'stopping' } }
}

function page(hub: FakeHub, request: IncomingMessage, url: URL): Reply {
  if (request.headers.accept !== 'application/jupyterhub-pagination+json') return { status: 200, answer: hub.users }
  const offset = Number(url.searchParams.get('offset') ?? 0)
  const limit = Math.min(Number(url.searchParams.get('limit') ?? 50), hub.pageSize)
  const total = hub.users.length
  const more = offset + limit < total
  const next = more ? { offset: offset + limit, limit, url: 'http://elsewhere.invalid/hub/api/users' } : null
  const items = hub.users.slice(offset, offset + limit).map((one) => ({ kind: 'user', created: null, ...one }))
  return { status: 200, answer: { items, _pagination: { offset, limit, total, next } } }
}

function error(status: number, code: string): Reply {
  return { status, answer: { error: code, message: `This is ${code}.`, status } }
}

function decoded(part: string | undefined): string | undefined {
  return part === undefined ? undefined : decodeURIComponent(part)
}
