/** Asks hosts by HTTP at addresses that were looked at, and follows no redirect by itself. */
import { readFile } from 'node:fs/promises'
import { type Agent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'

export interface PinnedRequest {
  addresses: readonly string[]
  method?: 'GET' | 'POST'
  headers?: Readonly<Record<string, string>>
  body?: string
  /** Default: a connection of its own. */
  agent?: Agent
  signal: AbortSignal
}

/** Returns the answer, whatever its status. Its body must be read or destroyed. Rejects as `http.request` does. */
export async function askPinned(url: URL, asking: PinnedRequest): Promise<IncomingMessage> {
  const { addresses, method = 'GET', headers = {}, body, agent = false, signal } = asking
  const authority = process.env.GIT_SSL_CAINFO
  const options: RequestOptions = {
    ...{ method, signal, agent, headers, lookup: pinTo(addresses) },
    ...(authority !== undefined && { ca: await readFile(authority) }),
  }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve)
    request.once('error', reject)
    request.end(body)
  })
}

function pinTo(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, options, callback) => {
    if (options.all === true) callback(null, all)
    else callback(null, all[0]?.address ?? '', all[0]?.family)
  }
}
