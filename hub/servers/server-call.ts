/** The hub's requests to learners' servers, which may answer with any bytes, at any speed, for any length of time. */
import { request } from 'node:http'
import { addressOf } from '../../net/endpoint.ts'

export interface ServerCall {
  /** The server's URL. */
  target: string
  /** The path at the server. */
  path: string
  /** Default: GET. */
  method?: string
  headers?: Record<string, string>
  /** JSON to send. */
  body?: string | undefined
  /** The most bytes of the answer's body. */
  mostBytes?: number | undefined
  signal: AbortSignal
}

export interface ServerResponse {
  status: number
  /** Reads the body, once. */
  text(): Promise<string>
}

/** Why a call fails whose answer passes a limit. */
export const tooLongText = 'its answer was too long'

/** The limits of one answer, since the thread that reads it also serves all pages. */
const most = { interim: 8, bodyBytes: 131_072, wireBytes: 262_144, chunks: 2000, bytesEach: 16 }

/**
 * Sends one request over a connection of its own, which ends with `read`. Follows no redirect and unpacks nothing.
 * Rejects as soon as the answer passes a limit, and at the latest when `signal` aborts.
 */
export async function callServer<T>(call: ServerCall, read: (answer: ServerResponse) => T | Promise<T>): Promise<T> {
  const { target, path, method = 'GET', headers, body, mostBytes = most.bodyBytes, signal } = call
  const { promise, resolve, reject } = Promise.withResolvers<ServerResponse>()
  const sent = { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) }
  const options = { method, headers: sent, signal, agent: false, maxHeaderSize: 16_384 }
  const asked = request({ ...addressOf(target), path, ...options })
  const over = Promise.withResolvers<never>()
  over.promise.catch(reject)
  const refuse = () => {
    over.reject(new Error(tooLongText))
    asked.destroy()
  }
  let interim = 0
  asked.on('error', over.reject)
  asked.on('information', () => {
    interim += 1
    if (interim === most.interim + 1) refuse()
  })
  asked.on('upgrade', (_answer, socket) => {
    over.reject(new Error('it changed the protocol without being asked'))
    socket.destroy()
  })
  asked.on('socket', (socket) => {
    // Counts raw bytes: extensions of chunks and the like are no part of the body, and could go on without end.
    socket.on('data', () => {
      if (socket.bytesRead > mostBytes + most.wireBytes - most.bodyBytes) refuse()
    })
  })
  asked.on('response', (answer) => {
    answer.on('error', over.reject)
    const text = () => {
      const parts: Buffer[] = []
      let bytes = 0
      const body = Promise.withResolvers<string>()
      const keep = (part: Buffer) => {
        parts.push(part)
        bytes += part.length
        const areCrumbs = parts.length > most.chunks && bytes < parts.length * most.bytesEach
        if (bytes <= mostBytes && !areCrumbs) return
        answer.off('data', keep)
        refuse()
      }
      answer.on('data', keep).on('end', () => body.resolve(Buffer.concat(parts).toString()))
      return Promise.race([body.promise, over.promise])
    }
    resolve({ status: answer.statusCode ?? 0, text })
  })
  asked.end(body)
  try {
    return await read(await promise)
  } finally {
    asked.destroy()
  }
}
