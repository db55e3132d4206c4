import { createServer } from 'node:http'
import { openListener } from '../net/listen.ts'
import type { Outcome } from './round.ts'

/** Where the health listener is: a port of one address (default 127.0.0.1), or a unix socket. */
export type HealthOptions = { port: number; ip?: string } | { socket: string }

export type LastRound = { ended: string } & (({ ok: true } & Outcome) | { ok: false; problem: string })

/**
 * Answers `GET /health` with 200 while the culler lives. The body says when the hub is away, which is no reason to
 * restart the culler. Rejects when it cannot listen.
 */
export async function startHealth(
  options: HealthOptions,
  lastRound: () => LastRound | undefined,
): Promise<{ url: string | undefined; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const found = request.url?.split('?')[0] === '/health'
    const allowed = request.method === 'GET' || request.method === 'HEAD'
    const last = lastRound()
    const status = !found ? 404 : allowed ? 200 : 405
    const body =
      status === 200
        ? { status: last === undefined ? 'starting' : last.ok ? 'ok' : 'hub_away', last_round: presentRound(last) }
        : {
            error: found ? 'method_not_allowed' : 'not_found',
            message: 'There is GET /health and nothing else.',
            status,
          }
    response.writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(status === 405 && { allow: 'GET, HEAD' }),
    })
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body))
  })
  const place = 'socket' in options ? options : { ips: [options.ip ?? '127.0.0.1'] as const, port: options.port }
  const { urls, stop } = await openListener(place, () => server)
  return { url: 'socket' in options ? undefined : `${urls[0]}/health`, stop: () => stop(0) }
}

function presentRound(last: LastRound | undefined): Record<string, unknown> | null {
  if (last === undefined) return null
  if (!last.ok) return { ended: last.ended, problem: last.problem }
  const { ended, users, servers, serversRemoved, usersRemoved, changed, failed } = last
  return { ended, users, servers, servers_removed: serversRemoved, users_removed: usersRemoved, changed, failed }
}
