import { Agent, type RequestInit, type Response, fetch as undiciFetch } from 'undici'
import { originOf } from './endpoint.ts'

/** A connection to another process, for requests to it. */
export interface Endpoint {
  /** Sends a request. Follows no redirect, because the other end may be a learner's server. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

export function openEndpoint(url: string): Endpoint {
  const { origin, connect } = originOf(url)
  const dispatcher = new Agent({ connections: 16, connect })
  return {
    fetch: (path, init = {}) => undiciFetch(origin + path, { redirect: 'manual', ...init, dispatcher }),
    close: () => dispatcher.destroy(),
  }
}

/** Sends one request over a connection of its own, and returns what `read` makes of the answer. */
export async function fetchOnce<T>(
  url: string,
  path: string,
  init: RequestInit,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const endpoint = openEndpoint(url)
  try {
    return await read(await endpoint.fetch(path, init))
  } finally {
    await endpoint.close()
  }
}
