/*
 * Calls of a peer, which is another of our processes, over connections that stay open. Node's own client is in memory
 * wherever a process listens; undici with its `fetch` would take 20 MB more.
 */
import http, { type ClientRequest, type IncomingHttpHeaders } from 'node:http'
import { hostOf, socketOf } from './endpoint.ts'

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  headers: Record<string, string>
  body?: string | undefined
  signal: AbortSignal
}

export interface PeerAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export interface Peer {
  /** Resolves with the whole answer, whatever its status. Follows no redirect, and sends nothing a second time. */
  call(call: Call): Promise<PeerAnswer>
  /** Breaks off what is under way, and closes all connections. */
  close(): void
}

export interface PeerLimits {
  /** How many connections there may be. Further calls wait for one. */
  connections: number
  /** The longest answer. A longer one is an error. */
  bytes: number
}

/** Returns the peer at an endpoint: `http://host:port`, `https://…`, or `unix+http://%2Fpath%2Fto%2Fsock`. */
export function openPeer(url: string, limits: PeerLimits): Peer {
  const isSecure = url.startsWith('https:')
  const underWay = new Set<ClientRequest>()
  const options = { keepAlive: true, maxSockets: limits.connections }
  const opening = isSecure
    ? import('node:https').then(({ Agent, request }) => ({ agent: new Agent(options), request }))
    : Promise.resolve({ agent: new http.Agent(options), request: http.request })
  const where = whereOf(url)

  return {
    async call({ method, path, headers, body, signal }) {
      const { agent, request } = await opening
      const { promise, resolve, reject } = Promise.withResolvers<PeerAnswer>()
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const asked = request({ ...where, agent, method, path, headers: { ...headers, ...length }, signal })
      underWay.add(asked)
      const fail = (error: unknown) => reject(signal.aborted ? signal.reason : error)
      asked.on('error', fail)
      asked.on('response', (answer) => {
        const parts: Buffer[] = []
        let bytes = 0
        answer.on('error', fail)
        answer.on('data', (part: Buffer) => {
          bytes += part.length
          if (bytes <= limits.bytes) return void parts.push(part)
          fail(new Error('the answer is too long'))
          asked.destroy()
        })
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(parts).toString() })
        })
      })
      asked.end(body)
      try {
        return await promise
      } finally {
        underWay.delete(asked)
      }
    },
    close() {
      for (const asked of underWay) asked.destroy(new Error('the connection is closed'))
      void opening.then(({ agent }) => agent.destroy())
    },
  }
}

function whereOf(url: string) {
  const socketPath = socketOf(url)
  return socketPath === undefined ? { host: hostOf(url), port: new URL(url).port || undefined } : { socketPath }
}
