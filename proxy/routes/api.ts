/** The routes API, on a listener of its own: that of configurable-http-proxy, with revisions, `access` and a digest. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { readBody } from '../../net/body.ts'
import { isSameSecret } from '../../net/same-secret.ts'
import { coversServers } from '../../seats/host.ts'
import { loggedPath } from '../../seats/logged-path.ts'
import { plainPathSchema, routeSchema } from '../../seats/route.ts'
import { isSilent } from '../../seats/silence.ts'
import { countApi, type ProxyCounters } from '../metrics/counters.ts'
import type { Pauses } from './pauses.ts'
import type { HeldRoute, RouteTable, Write } from './route-table.ts'

const bodyBytes = 1024 * 1024
/** The longest time that a look at a server may take. */
const mostLookSeconds = 60

/** The body of a POST. Further keys are kept for their writer, as configurable-http-proxy does. */
const routeBodySchema = routeSchema.omit({ path: true }).loose()

export type ApiHandler = (req: IncomingMessage, res: ServerResponse) => Promise<void>

export interface ApiParts {
  table: RouteTable
  /** The secret shared with the hubs, which send it with each request. */
  token: string
  /** An id of this start of the proxy, so that hubs notice a restart. */
  instance: string
  /**
   * Where learners' servers are for browsers; undefined for a plain proxy, which knows no seats and refuses routes to
   * servers.
   */
  serversUrl: string | undefined
  /** Undefined for a plain proxy. */
  pauses: Pauses | undefined
  /** Resolves when every worker has all writes so far. Nothing is answered before. Default: at once. */
  confirmed?: (() => Promise<void>) | undefined
  counters: ProxyCounters
  log: Logger
}

export function createApi(parts: ApiParts): ApiHandler {
  const { table, token, instance, serversUrl, pauses, counters, log, confirmed } = parts
  return async (req, res) => {
    const url = URL.parse(req.url ?? '/', 'http://proxy.invalid')
    if (url === null) return respond(res, 400, 'The request target is not an address.')
    const { pathname, searchParams } = url
    if (pathname === '/health') return respond(res, 200, { status: 'OK', instance, routes: table.all().length })
    res.once('finish', () => countApi(counters, req.method ?? '', res.statusCode))
    // The token is checked before any other part of the request.
    if (!isAuthorized(req.headers.authorization, token)) return respond(res, 403)
    if (pathname.startsWith('/api/pauses/'))
      return pause(req, res, tablePath(pathname.slice('/api/pauses'.length)), searchParams)
    if (pathname !== '/api/routes' && !pathname.startsWith('/api/routes/')) return respond(res, 404)
    const path = tablePath(pathname.slice('/api/routes'.length))
    if (path === undefined) return respond(res, 400, 'The path has a malformed escape.')
    const isWhole = pathname === '/api/routes' || pathname === '/api/routes/'

    switch (req.method) {
      case 'GET':
      case 'HEAD':
        await confirmed?.()
        return isWhole ? list(res, searchParams) : one(res, path, searchParams)
      case 'POST':
        return put(req, res, path)
      case 'DELETE':
        return remove(res, path, searchParams)
      default:
        return respond(res, 405, undefined, { allow: 'GET, POST, DELETE' })
    }
  }

  function list(res: ServerResponse, query: URLSearchParams) {
    if (query.has('digest')) return respond(res, 200, { instance, ...table.digest() })
    const since = query.get('inactive_since') ?? query.get('inactiveSince')
    const limit = since === null ? Number.POSITIVE_INFINITY : Date.parse(since)
    if (Number.isNaN(limit)) return respond(res, 400, `Not a time: inactive_since looks like 2026-01-31T12:00:00.000Z.`)
    const routes = table.all().filter((entry) => entry.lastActivity < limit)
    respond(res, 200, Object.fromEntries(routes.map((entry) => [shownPath(entry), shown(entry)])))
  }

  async function one(res: ServerResponse, path: string, query: URLSearchParams): Promise<void> {
    const entry = table.get(path)
    if (entry === undefined) return respond(res, 404)
    const asked = query.get('look')
    if (asked === null) return respond(res, 200, shown(entry))
    const seconds = /^\d{1,2}(\.\d{1,3})?$/.test(asked) ? Number(asked) : 0
    if (seconds === 0 || seconds > mostLookSeconds)
      return respond(res, 400, `look: is a number of seconds, more than 0 and at most ${mostLookSeconds}`)
    const { access } = entry.route
    if (access === undefined) return respond(res, 400, "look: this route leads to no learner's server")
    const silent = await isSilentFor(entry, seconds)
    // Another run may have taken this place meanwhile, of which nothing is known.
    const now = table.get(path)
    if (now?.route.access?.run !== access.run) return respond(res, 404)
    respond(res, 200, { ...shown(now), silent })
  }

  async function put(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
    const read = await readJson(req)
    if (read === 'left') return log.info({ route: loggedPath(path) }, 'the writer of a route has left half-way')
    if (read === 'unreadable') return respond(res, 400, 'The body is not JSON, or is over 1 MiB.')
    const parsed = read.value
    if (typeof (parsed as { target?: unknown } | null)?.target !== 'string') {
      return respond(res, 400, "Must specify 'target' as string")
    }
    const body = routeBodySchema.safeParse(parsed)
    if (!body.success)
      return respond(res, 400, body.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
    const { target, revision, access, last_activity: _, ...extra } = body.data
    if (access !== undefined) {
      if (serversUrl === undefined)
        return respond(res, 400, 'access: this proxy was started without hub URL and servers URL')
      const plain = plainPathSchema.safeParse(path)
      if (!plain.success) return respond(res, 400, `path: ${plain.error.issues[0]?.message}`)
      const own = [...access.ancestors, ...access.cors].find((origin) => coversServers(serversUrl, origin))
      if (own !== undefined) return respond(res, 400, `access: ${own} covers learners' servers`)
    }
    const write = table.put({ path, target, revision, access }, extra)
    await confirmed?.()
    if (typeof write === 'object') return stale(res, path, write)
    log.info({ route: loggedPath(path), revision, server: access?.server, run: access?.run }, 'route added')
    respond(res, 201)
  }

  async function remove(res: ServerResponse, path: string, query: URLSearchParams): Promise<void> {
    const given = query.get('revision')
    if (given !== null && !/^\d{1,15}$/.test(given)) return respond(res, 400, 'revision: is not a whole number')
    const write = table.remove(path, given === null ? undefined : Number(given))
    await confirmed?.()
    if (typeof write === 'object') return stale(res, path, write)
    log.info({ route: loggedPath(path), revision: given ?? undefined, known: write === 'done' }, 'route removed')
    respond(res, write === 'done' ? 204 : 404)
  }

  async function pause(req: IncomingMessage, res: ServerResponse, path: string | undefined, query: URLSearchParams) {
    const id = query.get('id') ?? ''
    if (path === undefined || !pauseId.test(id)) return respond(res, 400, 'id: has 8 to 64 letters and digits')
    if (pauses === undefined) return respond(res, 404)
    if (req.method === 'DELETE') return respond(res, (await pauses.end(path, id)) ? 204 : 404)
    if (req.method !== 'POST') return respond(res, 405, undefined, { allow: 'POST, DELETE' })
    const result = await pauses.begin(path, id)
    if (result === 'paused') return respond(res, 201)
    respond(res, 409, { error: result, message: pauseProblems[result], status: 409 })
  }

  function stale(res: ServerResponse, path: string, { stale: revision }: Exclude<Write, string>) {
    log.info({ route: loggedPath(path), revision }, 'stale route write ignored')
    respond(res, 409, {
      error: 'stale',
      message: 'A write with this or a higher revision came before.',
      status: 409,
      revision,
    })
  }
}

const pauseId = /^[\w-]{8,64}$/
const pauseProblems = { other: 'This server is paused already.', busy: 'A file of this server is just being changed.' }

function isAuthorized(header: string | undefined, token: string): boolean {
  const given = /^token (.+)$/.exec(header ?? '')?.[1]
  return given !== undefined && isSameSecret(given, token)
}

/** Returns the path as the table holds it: decoded once, with a slash at both ends. */
function tablePath(path: string): string | undefined {
  try {
    const bare = decodeURIComponent(path).replace(/^\/+|\/+$/g, '')
    return bare === '' ? '/' : `/${bare}/`
  } catch {
    return undefined
  }
}

/** Returns a route's name in answers: as our hubs write it, and without its last slash for a foreign route. */
function shownPath({ route }: HeldRoute): string {
  return route.revision !== undefined || route.path === '/' ? route.path : route.path.slice(0, -1)
}

/**
 * Asks a learner's server for the one address of Jupyter's that needs no token and counts as no activity there, or for the
 * address that its program has for looks.
 */
function isSilentFor({ target, route }: HeldRoute, seconds: number): Promise<boolean> {
  const look = route.access?.program?.look ?? `${route.path}api`
  return isSilent({ where: target.where, path: target.path + look, milliseconds: seconds * 1000 })
}

function shown({ route, extra, lastActivity, lastUse }: HeldRoute) {
  const { target, revision, access } = route
  const last_use = lastUse === undefined ? undefined : new Date(lastUse).toISOString()
  return { ...extra, target, revision, access, last_activity: new Date(lastActivity).toISOString(), last_use }
}

/** Reads a JSON body. `unreadable`: the body is no JSON or too long. `left`: the sender waits for no answer. */
async function readJson(req: IncomingMessage): Promise<{ value: unknown } | 'unreadable' | 'left'> {
  try {
    const body = await readBody(req, bodyBytes)
    return body === 'long' ? 'unreadable' : { value: JSON.parse(body.bytes.toString()) }
  } catch {
    return req.complete ? 'unreadable' : 'left'
  }
}

function respond(res: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}) {
  const isText = typeof body === 'string'
  const content = body === undefined ? '' : isText ? `${body}\n` : `${JSON.stringify(body)}\n`
  if (body !== undefined) res.setHeader('content-type', isText ? 'text/plain; charset=utf-8' : 'application/json')
  res.writeHead(status, { ...headers, 'cache-control': 'no-store', 'content-length': Buffer.byteLength(content) })
  res.end(content)
}
