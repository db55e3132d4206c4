import { once } from 'node:events'
import { lstat, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { hostPort } from '../net/endpoint.ts'
import type { Outcome } from './round.ts'

/** A port of one address (default 127.0.0.1), or a unix socket. */
export type HealthOptions = { port: number; ip?: string } | { socket: string }

export type LastRound = { ended: string } & (({ ok: true } & Outcome) | { ok: false; problem: string })

/**
 * Answers `GET /health` with 200 while the culler lives: a hub that is away is told, not made a reason to restart the
 * culler. Rejects when it cannot listen.
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
  if ('socket' in options) {
    await removeStale(options.socket)
    server.listen({ path: options.socket })
  } else server.listen(options.port, options.ip ?? '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: typeof address === 'object' && address !== null ? urlOf(address) : undefined,
    async stop() {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function presentRound(last: LastRound | undefined): Record<string, unknown> | null {
  if (last === undefined) return null
  if (!last.ok) return { ended: last.ended, problem: last.problem }
  const { ended, users, servers, serversRemoved, usersRemoved, changed, failed } = last
  return { ended, users, servers, servers_removed: serversRemoved, users_removed: usersRemoved, changed, failed }
}

/** A culler that was killed leaves its socket behind. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found?.isSocket()) await rm(path, { force: true })
}

function urlOf({ address, port }: { address: string; port: number }): string {
  return `http://${hostPort(address, port)}/health`
}
