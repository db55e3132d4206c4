import { Agent, fetch, type RequestInit, type Response } from 'undici'
import { originOf } from '../net/endpoint.ts'

/**
 * Sends one request over a connection of its own, and returns what `read` makes of the answer. Follows no redirect,
 * because the other end may be a learner's server.
 */
export async function fetchOnce<T>(
  url: string,
  path: string,
  init: RequestInit,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { origin, connect } = originOf(url)
  const dispatcher = new Agent({ connect })
  try {
    return await read(await fetch(origin + path, { redirect: 'manual', ...init, dispatcher }))
  } finally {
    await dispatcher.destroy()
  }
}
