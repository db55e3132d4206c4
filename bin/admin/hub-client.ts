/** The way of commands to a hub: by the socket in the data folder, or by `--hub` with an admin's token. */
import { lstat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { socketUrl } from '../../net/endpoint.ts'
import { codeOf, lineOf } from '../../net/error-code.ts'
import { adminSocketOf } from '../../net/machine/admin-socket.ts'
import { type Call, openPeer, type PeerAnswer } from '../../net/peer.ts'
import { isOwnMachine } from '../../seats/host.ts'
import { flag, type Options, text, UsageError, type Values } from '../options.ts'
import { dataOption } from '../shared-options.ts'

/** The options of every command that talks to a hub. */
export const hubOptions = {
  ...dataOption,
  hub: {
    value: 'URL',
    help: "A hub elsewhere, with an admin's API token in CARREL_HUB_TOKEN. Default: the hub of the data folder.",
    schema: text,
  },
  json: { help: 'Print the answer as JSON, for programs.', schema: flag },
} satisfies Options

export interface HubCall {
  method: Call['method']
  /** For example `/hub/api/users`. */
  path: string
  body?: object
  headers?: Record<string, string>
}

export interface AdminClient {
  /**
   * Returns the status and the JSON of the hub's answer; undefined for an empty one. Rejects with a message for people
   * when no hub answers or the hub refuses.
   */
  call(call: HubCall): Promise<{ status: number; data: unknown }>
  close(): void
}

const waitMilliseconds = 60_000
const longestAnswer = 16 * 2 ** 20

/** Returns the hub that the options name. Throws a `UsageError` when they name none that may be used. */
export async function openAdminClient(
  values: Pick<Values<typeof hubOptions>, 'data' | 'hub'>,
  env: NodeJS.ProcessEnv,
): Promise<AdminClient> {
  const { url, token } = await whichHub(values, env)
  const peer = openPeer(url, { connections: 4, bytes: longestAnswer })
  return {
    async call({ method, path, body, headers }) {
      const answer = await peer
        .call({
          ...{ method, path, signal: AbortSignal.timeout(waitMilliseconds) },
          headers: {
            accept: 'application/json',
            ...(body && { 'content-type': 'application/json' }),
            ...(token !== undefined && { authorization: `token ${token}` }),
            ...headers,
          },
          body: body && JSON.stringify(body),
        })
        .catch((error: unknown) => {
          throw new Error(whyUnreachable(error, values), { cause: error })
        })
      if (answer.status >= 300) throw new Error(refusalIn(answer))
      return { status: answer.status, data: answer.text === '' ? undefined : parsed(answer.text) }
    },
    close: () => peer.close(),
  }
}

/** Returns the endpoint of the hub that the options name, and the token for it. Throws a `UsageError` where none may be used. */
export async function whichHub(
  values: Pick<Values<typeof hubOptions>, 'data' | 'hub'>,
  env: NodeJS.ProcessEnv,
): Promise<{ url: string; token?: string }> {
  return values.hub === undefined ? hubHere(values.data) : hubElsewhere(values.hub, env)
}

async function hubHere(data: string): Promise<{ url: string; token?: string }> {
  const socket = adminSocketOf(data)
  const [found, folder] = await Promise.all([socket, dirname(socket)].map((path) => lstat(path).catch(() => undefined)))
  // An account that may write in the folder could lay a socket of its own there, and get what commands say.
  if (found !== undefined && found.uid !== 0 && found.uid !== folder?.uid) {
    throw new Error(`${socket} belongs to another account than its folder. Look what it is, and remove it.`)
  }
  return { url: socketUrl(socket) }
}

function hubElsewhere(hub: string, env: NodeJS.ProcessEnv): { url: string; token: string } {
  const url = URL.parse(hub)
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw new UsageError('--hub is the public address of a hub, for example https://hub.example.org')
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--hub takes no token or password. Put the token into CARREL_HUB_TOKEN')
  }
  if (url.protocol === 'http:' && !isOwnMachine(url.origin)) {
    throw new UsageError('--hub is http, so that others on the way could read the token. Use the https address')
  }
  const token = env.CARREL_HUB_TOKEN
  if (!token) {
    throw new UsageError(
      `--hub needs CARREL_HUB_TOKEN in the environment: the API token of an admin, made at ${url.origin}/hub/token`,
    )
  }
  if (!/^[\w-]+$/.test(token)) throw new UsageError('CARREL_HUB_TOKEN is no API token: it has characters that none has')
  return { url: url.origin, token }
}

/** Returns why no hub could be asked, for people. */
export function whyUnreachable(error: unknown, { data, hub }: Pick<Values<typeof hubOptions>, 'data' | 'hub'>): string {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return 'the hub did not answer within a minute. Look at its log, and whether the command has taken effect'
  }
  if (hub !== undefined) return `the hub at ${hub} does not answer: ${lineOf(error)}`
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTDIR':
      return `no hub runs here with the data folder ${data}. Start it, name its folder with --data, or name a hub elsewhere with --hub`
    case 'EACCES':
    case 'EPERM':
      return `the hub of the data folder ${data} takes commands from the account that runs it only. Use that account, or --hub with an admin's token`
    default:
      return `the hub of the data folder ${data} does not answer: ${lineOf(error)}`
  }
}

const refusal = z.object({ error: z.string(), message: z.string() })

/** Returns what a hub's refusal means, for people. */
export function refusalIn({ status, text }: Pick<PeerAnswer, 'status' | 'text'>): string {
  const { data } = refusal.safeParse(parsed(text))
  if (data === undefined) return `the answer ${status} is not a hub's. Is this the address of a hub?`
  if (data.error === 'bad_token') {
    return 'the hub does not know the token in CARREL_HUB_TOKEN. It may have expired: make a new one at /hub/token of the hub'
  }
  if (status === 403 && data.error === 'not_allowed') {
    return "the token in CARREL_HUB_TOKEN is good, but not an admin's. Admins stand in admins of the config"
  }
  return `the hub says: ${data.message.slice(0, 1000)}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Calls `act` with the hub that the options name, closes the connection, and returns the exit code 0. */
export async function withHub(
  values: Pick<Values<typeof hubOptions>, 'data' | 'hub'>,
  env: NodeJS.ProcessEnv,
  act: (hub: AdminClient) => Promise<void>,
): Promise<number> {
  const hub = await openAdminClient(values, env)
  try {
    await act(hub)
    return 0
  } finally {
    hub.close()
  }
}
