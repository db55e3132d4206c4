/**
 * Gives `@kubernetes/client-node` credentials and one pool of HTTP/1.1 connections, which is kept until the credentials
 * change.
 *
 * Version 2 of the client itself makes a new pool of connections, and so a new handshake, for every request. It also
 * lets undici speak HTTP/2, where an API server that closes a connection (`GOAWAY`: at a restart, after a refused
 * token, or now and then on purpose) ends all requests under way on it.
 */
import type { RequestOptions } from 'node:https'
import type { KubeConfig, RequestContext, SecurityAuthentication } from '@kubernetes/client-node'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'

const connections = 16

export interface PooledAuthentication extends SecurityAuthentication {
  close(): Promise<void>
}

export function pooledAuthentication(config: KubeConfig): PooledAuthentication {
  let kept: { dispatcher: Dispatcher; made: string } | undefined

  function poolFor(options: RequestOptions): Dispatcher | undefined {
    const credentials = credentialsOf(options)
    const made = Object.values(credentials).map(String).join()
    if (kept?.made === made) return kept.dispatcher
    const dispatcher = openPool(config.getCurrentCluster()?.proxyUrl, credentials)
    // The old pool is not closed: requests may be under way on it, and idle connections end by themselves.
    if (dispatcher !== undefined) kept = { dispatcher, made }
    return dispatcher
  }

  return {
    getName: () => 'kubeconfig',

    async applySecurityAuthentication(context: RequestContext) {
      const options: RequestOptions = {}
      await config.applyToHTTPSOptions(options)
      const dispatcher = poolFor(options)
      if (dispatcher === undefined) return config.applySecurityAuthentication(context)
      context.setDispatcher(dispatcher)
      if (options.auth) context.setHeaderParam('Authorization', `Basic ${btoa(options.auth)}`)
      for (const [name, value] of Object.entries(options.headers ?? {})) context.setHeaderParam(name, String(value))
    },

    async close() {
      await kept?.dispatcher.close()
    },
  }
}

/** Opens a pool of connections. Returns undefined for a SOCKS proxy, which only the client itself supports. */
function openPool(proxyUrl: string | undefined, tls: Credentials): Dispatcher | undefined {
  if (proxyUrl?.startsWith('socks')) return undefined
  const pool = { connections, allowH2: false }
  if (proxyUrl) return new ProxyAgent({ ...pool, uri: proxyUrl, requestTls: tls })
  return new Agent({ ...pool, connect: tls })
}

type Credentials = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>

function credentialsOf(options: RequestOptions): Credentials {
  const { ca, cert, key, servername, rejectUnauthorized } = options
  return { ca, cert, key, servername, rejectUnauthorized }
}
