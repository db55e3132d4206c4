/** What the hub asks learners' servers, which answer with any bytes, at any speed, for as long as they like. */
import { request } from 'node:http'
import { addressOf } from '../../net/endpoint.ts'

export interface ServerCall {
  /** The server's URL, and the path there. */
  target: string
  path: string
  headers?: Record<string, string>
  signal: AbortSignal
}

export interface ServerResponse {
  status: number
  /** Reads the body, once. */
  text(): Promise<string>
}

/** What one answer may hold: it is read by the thread that serves everybody's pages. */
const most = { interim: 8, bodyBytes: 131_072, wireBytes: 262_144, chunks: 2000, bytesEach: 16 }

/**
 * Asks once, over a connection of its own that ends with `read`. Follows no redirect and unpacks nothing. Rejects as soon
 * as the answer is more than it may be: no later than the time limit of `signal`, but mostly long before.
 */
export async function callServer<T>(call: ServerCall, read: (answer: ServerResponse) => T | Promise<T>): Promise<T> {
  const { target, path, headers, signal } = call
  const { promise, resolve, reject } = Promise.withResolvers<ServerResponse>()
  const asked = request({ ...addressOf(target), path, headers, signal, agent: false, maxHeaderSize: 16_384 })
  const over = Promise.withResolvers<never>()
  over.promise.catch(reject)
  const refuse = () => {
    over.reject(new Error('its answer was too long'))
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
    // Extensions of chunks and the like are no body, and have no end.
    socket.on('data', () => {
      if (socket.bytesRead > most.wireBytes) refuse()
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
        if (bytes <= most.bodyBytes && !areCrumbs) return
        answer.off('data', keep)
        refuse()
      }
      answer.on('data', keep).on('end', () => body.resolve(Buffer.concat(parts).toString()))
      return Promise.race([body.promise, over.promise])
    }
    resolve({ status: answer.statusCode ?? 0, text })
  })
  asked.end()
  try {
    return await read(await promise)
  } finally {
    asked.destroy()
  }
}
