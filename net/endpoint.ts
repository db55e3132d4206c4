import { Agent, type Dispatcher, type RequestInit, type Response, fetch as undiciFetch } from 'undici'

/** Another process at an `http://…` or `unix+http://%2F…` URL. */
export interface Endpoint {
  /** Follows no redirect: the far end may be a learner's server. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

export function openEndpoint(url: string): Endpoint {
  const socketPath = socketOf(url)
  const dispatcher: Dispatcher = new Agent({
    connections: 16,
    ...(socketPath !== undefined && { connect: { socketPath } }),
  })
  const base = socketPath === undefined ? url : 'http://localhost'
  return {
    fetch: (path, init = {}) => undiciFetch(base + path, { redirect: 'manual', ...init, dispatcher }),
    close: () => dispatcher.destroy(),
  }
}

/** One request over a connection of its own. */
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

/** The same for Node's own client. */
export function addressOf(url: string): { socketPath: string } | { host: string; port: number } {
  const socketPath = socketOf(url)
  if (socketPath !== undefined) return { socketPath }
  const { hostname, port } = new URL(url)
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 80) }
}

function socketOf(url: string): string | undefined {
  const prefix = 'unix+http://'
  return url.startsWith(prefix) ? decodeURIComponent(url.slice(prefix.length)) : undefined
}
