/** Requests of one run about Git LFS: to hosts that the rules allow, each at the addresses that were found for it first. */
import { Agent as HttpAgent, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { GitError } from '../git.ts'
import { askPinned, type PinnedRequest } from '../pinned.ts'
import type { Reach } from '../reach.ts'
import type { Remote } from '../remote-url.ts'

export interface LfsClient {
  /**
   * Returns the answer, after redirects. Headers go along only within one origin; a request with a body goes nowhere else.
   * Rejects with a `GitError` when the host may not be reached or does not answer, and with the reason of the signal.
   */
  ask(url: URL, request: Pick<PinnedRequest, 'method' | 'headers' | 'body'>): Promise<IncomingMessage>
  signal: AbortSignal
  close(): void
}

const mostMoves = 3

export interface LfsReach {
  /** What the rules allow, and what they would allow without a list of hosts. */
  reach: Reach
  publicReach: Reach
}

/**
 * Returns what asks for the files of a repository. A repository at a public host leads to public hosts only: its owner must not have
 * the hub ask hosts inside for any path that it likes.
 */
export function createLfsClient({ reach, publicReach }: LfsReach, own: Remote, signal: AbortSignal): LfsClient {
  const isInside = publicReach({ ...own, protocol: 'https' }, signal).then(
    () => false,
    () => true,
  )
  const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) }
  const known = new Map<string, Promise<readonly string[]>>()

  function addressesOf(url: URL): Promise<readonly string[]> {
    const found = known.get(url.origin) ?? lookUp(url)
    known.set(url.origin, found)
    return found
  }

  async function lookUp(url: URL): Promise<readonly string[]> {
    const remote = remoteOf(url)
    const allows = remote.host === own.host || (await isInside) ? reach : publicReach
    return allows(remote, signal)
  }

  async function ask(
    url: URL,
    { method = 'GET', headers = {}, body }: Parameters<LfsClient['ask']>[1],
    moves = 0,
  ): Promise<IncomingMessage> {
    const addresses = await addressesOf(url)
    const agent = url.protocol === 'https:' ? agents['https:'] : agents['http:']
    const answer = await askPinned(url, {
      ...{ addresses, method, headers, agent, signal },
      ...(body !== undefined && { body }),
    }).catch((error: unknown) => {
      signal.throwIfAborted()
      throw unanswered(url, error)
    })
    if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0)) return answer
    answer.destroy()
    const location = answer.headers.location ?? ''
    const to = URL.canParse(location, url) ? new URL(location, url) : undefined
    if (to === undefined || moves >= mostMoves || (body !== undefined && to.origin !== url.origin))
      throw new GitError(
        `${url.hostname} leads elsewhere for Git LFS. Write the address at which the repository is now.`,
      )
    const along = to.origin === url.origin ? headers : {}
    return ask(to, { method, headers: along, ...(body !== undefined && { body }) }, moves + 1)
  }

  return {
    ask: (url, request) => ask(url, request),
    signal,
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

/** Returns what the rules look at. Throws a `GitError` for an address that is none of HTTP. */
function remoteOf({ protocol, hostname, port, username, password, origin }: URL): Remote {
  if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || password !== '')
    throw new GitError('The server of Git LFS names an address that is none of https://. Have its operator look at it.')
  const kind = protocol === 'https:' ? ('https' as const) : ('http' as const)
  const host = hostname.replace(/^\[|\]$/g, '')
  return { protocol: kind, host, port: Number(port || (kind === 'https' ? 443 : 80)), url: origin }
}

/** Yields what a host sends. Its failures are errors of git, so that they are not taken for those of our disk. */
export async function* piecesOf(answer: IncomingMessage, { hostname }: URL): AsyncGenerator<Buffer, void, void> {
  try {
    yield* answer as AsyncIterable<Buffer>
  } catch (error) {
    throw new GitError(`${hostname} failed while it answered about Git LFS. Try again later.`, {
      passes: true,
      cause: error,
    })
  }
}

function unanswered({ hostname }: URL, error: unknown): GitError {
  const said = error instanceof Error ? `${error.message} ${'code' in error ? error.code : ''}` : String(error)
  return /certificate|CERT|SSL|TLS/.test(said)
    ? new GitError(
        `The certificate of ${hostname} could not be verified. Its operator must correct it, or the hub's machine must know its authority.`,
        { cause: error },
      )
    : new GitError(`${hostname} did not answer about Git LFS. Try again later.`, { passes: true, cause: error })
}
