import { z } from 'zod'
import { codeOf } from '../net/error-code.ts'
import { openPeer, type PeerAnswer } from '../net/peer.ts'

/*
 * The four calls that a culler makes, as `docs/wire.md` ("Culler to hub") describes them. Fields that the culler does
 * not know are ignored, so that a newer hub can send more; those that it knows must have the right form.
 */

const age = z.number().min(0).nullable()

const serverSchema = z.object({
  ready: z.boolean(),
  /** `start` or `stop` while the server moves. */
  pending: z.string().nullable(),
  run: z.int().min(0),
  last_activity: z.string().nullable(),
  age_seconds: age,
  /** Null when unknown. */
  idle_seconds: age,
  activity: z.enum(['active', 'idle', 'unknown']),
  reason: z.string(),
  /** The server's own limits, in place of the culler's; an older hub says none. */
  cull: z
    .union([
      z.literal('never'),
      z.object({ idle_seconds: z.number().positive().optional(), max_age_seconds: z.number().min(0).optional() }),
    ])
    .nullish(),
})

const userSchema = z.object({
  name: z.string().min(1),
  temporary: z.boolean(),
  last_activity: z.string().nullable(),
  age_seconds: age,
  idle_seconds: age,
  servers: z.record(z.string().min(1), serverSchema),
})

const pageSchema = z.object({
  items: z.array(z.unknown()),
  _pagination: z.object({ next: z.object({ offset: z.int(), limit: z.int().positive() }).nullable() }),
})

export type HubServer = z.output<typeof serverSchema>
export type HubUser = z.output<typeof userSchema>

/** The result of a removal. `changed`: the server or user is no longer as it was listed, so nothing was done. */
export type Removal = 'removed' | 'under way' | 'missing' | 'changed'

/** By what the culler goes in its rounds. The hub tells learners when their servers will be stopped. */
export interface ToldLimits {
  idleSeconds: number
  /** 0 is no limit. */
  maxAgeSeconds: number
  /** From round to round. */
  everySeconds: number
}

export interface HubClient {
  /** Tells the hub the limits. An older hub takes none, which is no error. */
  tellLimits(limits: ToldLimits, signal: AbortSignal): Promise<void>
  /** Returns all users. Calls `onProblem` for each user that could not be read, who is left alone. */
  listUsers(onProblem: (problem: string) => void, signal: AbortSignal): Promise<HubUser[]>
  removeServer(user: string, slug: string, condition: ServerCondition, signal: AbortSignal): Promise<Removal>
  removeUser(user: string, condition: UserCondition, signal: AbortSignal): Promise<Removal>
  close(): Promise<void>
}

/**
 * What must still be true for a removal. Without `last_activity` the run alone counts, for a server that is too old,
 * however busy it is. `reason` is for the hub's history.
 */
export type ServerCondition = { run: number; last_activity?: string; reason: string }
export type UserCondition = { last_activity: string }

export interface HubClientOptions {
  /** `http://127.0.0.1:8081`, or `unix+http://%2Frun%2Fhub.sock`. */
  hub: string
  token: string
  requestTimeoutSeconds: number
}

const pageSize = 200
const longestAnswer = 16 * 2 ** 20

export function openHubClient({ hub, token, requestTimeoutSeconds }: HubClientOptions): HubClient {
  const peer = openPeer(hub, { connections: 10, bytes: longestAnswer })

  async function call(
    method: 'GET' | 'PUT' | 'DELETE',
    path: string,
    signal: AbortSignal,
    body?: object,
  ): Promise<PeerAnswer> {
    const headers = {
      authorization: `token ${token}`,
      accept: method === 'GET' ? 'application/jupyterhub-pagination+json' : 'application/json',
      ...(body && { 'content-type': 'application/json' }),
    }
    const timeout = AbortSignal.timeout(requestTimeoutSeconds * 1000)
    const response = await peer
      .call({
        method,
        path,
        headers,
        body: body && JSON.stringify(body),
        signal: AbortSignal.any([signal, timeout]),
      })
      .catch((error: unknown) => {
        if (signal.aborted) throw signal.reason
        throw new Error(`the hub at ${hub} did not answer: ${whyNot(error)}`, { cause: error })
      })
    if (response.status === 401 || response.status === 403) {
      const said = messageIn(response.text)
      throw new Error(`the hub at ${hub} refuses this culler: both need the same CARREL_CULLER_TOKEN${said}`)
    }
    return response
  }

  async function remove(path: string, condition: object, signal: AbortSignal): Promise<Removal> {
    const { status, text } = await call('DELETE', path, signal, condition)
    const removal = removals[status]
    if (removal === undefined) throw new Error(`the hub answered ${status}${messageIn(text)}`)
    return removal
  }

  return {
    async tellLimits({ idleSeconds, maxAgeSeconds, everySeconds }, signal) {
      const body = { idle_seconds: idleSeconds, max_age_seconds: maxAgeSeconds, every_seconds: everySeconds }
      const { status, text } = await call('PUT', '/hub/api/culler', signal, body)
      if (![204, 404, 405].includes(status))
        throw new Error(`the hub answered ${status} when told of the limits${messageIn(text)}`)
    },
    async listUsers(onProblem, signal) {
      const users = new Map<string, HubUser>()
      let next: { offset: number; limit: number } | null = { offset: 0, limit: pageSize }
      // Pages go by offset, not by the URL in the answer: the token goes to no address that an answer names.
      while (next !== null) {
        const { offset, limit }: { offset: number; limit: number } = next
        const { status, text } = await call('GET', `/hub/api/users?offset=${offset}&limit=${limit}`, signal)
        if (status !== 200) throw new Error(`the hub answered ${status} when asked for its users${messageIn(text)}`)
        const page = parsePage(text)
        for (const item of page.items) {
          const { success, data, error } = userSchema.safeParse(item)
          if (success) users.set(data.name, data)
          else onProblem(`a user in the hub's list is not understood: ${z.prettifyError(error)}`)
        }
        next = page._pagination.next
        if (next !== null && next.offset <= offset) throw new Error("the hub's list of users does not end")
      }
      return [...users.values()]
    },
    removeServer: (user, slug, condition, signal) =>
      remove(`/hub/api/users/${encodeURIComponent(user)}/servers/${encodeURIComponent(slug)}`, condition, signal),
    removeUser: (user, condition, signal) => remove(`/hub/api/users/${encodeURIComponent(user)}`, condition, signal),
    close: async () => peer.close(),
  }
}

const removals: Record<number, Removal> = { 204: 'removed', 202: 'under way', 404: 'missing', 409: 'changed' }

function parsePage(text: string): z.output<typeof pageSchema> {
  try {
    return pageSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error("the hub's list of users is not understood: is this the address of a hub?", { cause })
  }
}

function messageIn(text: string): string {
  try {
    return `: ${z.object({ message: z.string() }).parse(JSON.parse(text)).message.slice(0, 500)}`
  } catch {
    return ''
  }
}

function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'it took too long'
  return error.message || (codeOf(error) ?? error.name)
}
