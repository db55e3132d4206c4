/** Requests to Jupyter's Contents API at a learner's server, as its owner. The answers may be anything. */
import { serverToken } from '../../seats/keys.ts'
import type { Server } from '../db/servers/servers.ts'
import type { Hub } from '../hub.ts'
import { callServer } from '../servers/server-call.ts'

/** Sends a request for a path below the server's own, with JSON as its body. The method is GET unless another is named. */
export type Ask = (path: string, what?: ContentsRequest) => Promise<{ status: number; text: string }>

export interface ContentsRequest {
  method?: string
  body?: unknown
  /** The most bytes of the answer. Default: few, as facts of files have. */
  mostBytes?: number
}

/** Returns a function that asks this run of the server. All requests together have so many milliseconds. */
export function asker(hub: Hub, { id, run, kid, target, path: base }: Server, milliseconds: number): Ask {
  const key = hub.secrets.keys.find(kid ?? '')
  if (key === undefined || target === undefined) throw new Error('its key is gone')
  const headers = { authorization: `token ${serverToken(key, id, run)}` }
  const signal = AbortSignal.timeout(milliseconds)
  return (path, { method = 'GET', body, mostBytes } = {}) => {
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const call = { target, path: base + path, method, headers, body: sent, mostBytes, signal }
    return callServer(call, async ({ status, text }) => ({
      status,
      text: status === 200 ? await text() : '',
    }))
  }
}

/** Returns the address of a file or folder in the Contents API. */
export function contentsOf(path: string): string {
  return `api/contents/${encoded(path)}`
}

/** Returns a path as part of an address. */
export function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
