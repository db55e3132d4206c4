/** What programs ask of a hub, by JupyterHub's API: the same requests to ours and to JupyterHub. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import type { RunningHub } from './contender.ts'

export interface Client {
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object, token?: string): Promise<Answer>
  close(): Promise<void>
}

export interface Answer {
  status: number
  text: string
}

const waitMilliseconds = 1_200_000
const paged = 'application/jupyterhub-pagination+json'

/** Opens a client, whose requests fail as soon as the signal aborts. */
export function openClient({ api, token: admin }: RunningHub, connections: number, signal: AbortSignal): Client {
  const { origin, pathname } = new URL(api)
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: waitMilliseconds,
    bodyTimeout: waitMilliseconds,
  })
  const cut = () => void pool.destroy(signal.reason)
  signal.addEventListener('abort', cut)
  return {
    async ask(method, path, body, token = admin) {
      const { statusCode, body: received } = await pool.request({
        method,
        path: pathname + path,
        headers: {
          authorization: `token ${token}`,
          accept: paged,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: statusCode, text: await received.text() }
    },
    async close() {
      signal.removeEventListener('abort', cut)
      if (!pool.destroyed) await pool.close()
    },
  }
}

/** Throws unless the status is one of these. */
function expect({ status, text }: Answer, what: string, ...statuses: number[]): void {
  if (!statuses.includes(status)) throw new Error(`${what} was answered with ${status}: ${text.slice(0, 300)}`)
}

/** Runs `act` on all items, so many at a time, and returns the milliseconds that each took. */
export async function timed<T>(atOnce: number, items: T[], act: (item: T) => Promise<void>): Promise<number[]> {
  const times: number[] = []
  const left = items.values()
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (const item of left) {
        const began = performance.now()
        await act(item)
        times.push(performance.now() - began)
      }
    }),
  )
  return times
}

/** Starts the user's only server and returns when it is ready. */
export async function startServer(client: Client, name: string): Promise<void> {
  for (;;) {
    const answer = await client.ask('POST', `/users/${name}/server`, {})
    if (answer.status === 201) return
    // 202 means that it is still on its way; asking again then tells when it runs.
    if (answer.status === 400 && answer.text.includes('already running')) return
    expect(answer, `the start of ${name}'s server`, 202)
    await sleep(50)
  }
}

/** Stops the user's only server and returns when it has stopped. */
export async function stopServer(client: Client, name: string): Promise<void> {
  for (;;) {
    const answer = await client.ask('DELETE', `/users/${name}/server`)
    if (answer.status === 204) return
    expect(answer, `the stop of ${name}'s server`, 202)
    await sleep(20)
  }
}

export async function makeUsers(client: Client, usernames: string[]): Promise<void> {
  expect(await client.ask('POST', '/users', { usernames }), 'the list of new users', 201)
}

/** Makes an API token for the user. */
export async function makeToken(client: Client, name: string): Promise<string> {
  const answer = await client.ask('POST', `/users/${name}/tokens`, { note: 'bench' })
  expect(answer, `a token for ${name}`, 201)
  return JSON.parse(answer.text).token
}

export async function whoAmI(client: Client, token: string): Promise<void> {
  expect(await client.ask('GET', '/user', undefined, token), 'the question who I am', 200)
}

/** Reads the list of all users in pages of this size, one after the other, and returns how many users there are. */
export async function listUsers(client: Client, limit: number): Promise<number> {
  let users = 0
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const answer = await client.ask('GET', `/users?offset=${offset}&limit=${limit}`)
    expect(answer, 'a page of users', 200)
    const { items, _pagination } = JSON.parse(answer.text)
    users += items.length
    offset = _pagination.next?.offset
  }
  return users
}
