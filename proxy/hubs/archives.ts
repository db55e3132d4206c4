import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Readable } from 'node:stream'
import { parseTarget } from '../../net/endpoint.ts'
import { proxyAuthHeader } from '../../seats/links.ts'

/** The longest time for an archive, which has some tens of megabytes. */
const mostMilliseconds = 120_000

/**
 * Asks one hub after the other for the archive of static files, and hands it to `take` as it comes. Returns what `take` returns;
 * `unknown` where a hub says that there are no such files, and `unreachable` where none could be asked. Rejects as `take` does,
 * and where the archive breaks off.
 */
export async function fetchArchive<T>(
  { hubs, token }: { hubs: readonly string[]; token: string },
  digest: string,
  take: (archive: Readable) => Promise<T>,
): Promise<T | 'unknown' | 'unreachable'> {
  for (const hub of hubs) {
    const signal = AbortSignal.timeout(mostMilliseconds)
    const answer = await get(hub, `/hub/api/static-files/${digest}`, { token, signal }).catch(() => undefined)
    if (answer?.statusCode === 200) return take(answer)
    answer?.destroy()
    if (answer?.statusCode === 404) return 'unknown'
  }
  return 'unreachable'
}

function get(hub: string, path: string, { token, signal }: { token: string; signal: AbortSignal }) {
  const target = parseTarget(hub)
  if (target === undefined) throw new Error('a hub is given as http://host:port or unix+http://%2Fpath%2Fto%2Fsocket')
  const { request } = hub.startsWith('https:') ? https : http
  const headers = { authorization: `token ${token}`, [proxyAuthHeader]: token }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const asked = request({ ...target.where, path: target.path + path, headers, signal, agent: false })
  asked.on('response', resolve)
  asked.on('error', reject)
  asked.end()
  return promise
}
