import { connect } from 'node:net'
import type { Address } from '../net/endpoint.ts'
import { codeOf } from '../net/error-code.ts'

export interface Knock {
  where: Address
  /** The path of a request that any server answers at once. A refusal is an answer too. */
  path: string
  milliseconds: number
  /** Ends the wait. The server then counts as one that answers. */
  signal?: AbortSignal
}

/**
 * Sends a server one request, and returns true when not a single byte comes back in time. Any byte is an answer: a
 * program that answers nonsense is alive, and one that is frozen sends nothing, although connections to it still open.
 * Returns false also where this process could not ask, since what is not known counts as an answer.
 */
export async function isSilent({ where, path, milliseconds, signal }: Knock): Promise<boolean> {
  if (signal?.aborted) return false
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect('socketPath' in where ? { path: where.socketPath } : where)
  const timer = setTimeout(() => resolve(true), milliseconds)
  const leave = () => resolve(false)
  signal?.addEventListener('abort', leave)
  socket
    .on('connect', () => socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`))
    .on('data', () => resolve(false))
    .on('error', (error) => resolve(signsOfSilence.has(codeOf(error) ?? '')))
    .on('close', () => resolve(true))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', leave)
    socket.destroy()
  }
}

/**
 * Errors of a connection that lie with the other side. `EAGAIN` is a unix socket on which as many connections wait as
 * may. All others, such as too many open files, lie with this process.
 */
const signsOfSilence: ReadonlySet<string> = new Set([
  ...['EAGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENOENT', 'EPIPE', 'ETIMEDOUT'],
])
