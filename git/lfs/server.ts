/** The server of Git LFS of a repository: where it is, and what it says about where files are. */
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { GitError } from '../git.ts'
import type { Remote } from '../remote-url.ts'
import { type LfsClient, piecesOf } from './client.ts'

/** A file that is wanted. */
export interface LfsObject {
  /** The SHA-256 of the file. */
  oid: string
  bytes: number
}

/** Where a file is, and the headers with which its host wants to be asked. */
export interface LfsPlace {
  url: URL
  headers: Readonly<Record<string, string>>
}

/** How many files are asked for at once: no server takes more than this for granted. */
export const mostAtOnce = 100
const mostAnswerBytes = 5_000_000

/** Returns where the server is, as git-lfs finds it: beside a repository of SSH by HTTPS. */
export function lfsServerOf({ protocol, host, url }: Remote): URL {
  const [, authority = host, path = ''] =
    protocol === 'ssh' && !url.startsWith('ssh://')
      ? [url, host, url.slice(url.indexOf(':') + 1)]
      : (/^[a-z]+:\/\/([^/]+)\/+(.*)$/.exec(url) ?? [])
  const name = path.replace(/^\/+|\/+$/g, '').replace(/[?#]/g, encodeURIComponent)
  const where = protocol === 'ssh' ? `https://${bracketed(host)}` : `${protocol}://${authority}`
  return new URL(`${where}/${name}${name.endsWith('.git') ? '' : '.git'}/info/lfs/objects/batch`)
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

const downloadSchema = z.object({ href: z.string(), header: z.record(z.string(), z.string()).nullish() })
const objectSchema = z.object({
  oid: z.string(),
  actions: z.object({ download: downloadSchema.nullish() }).nullish(),
  error: z.object({ code: z.number() }).nullish(),
})
const answerSchema = z.object({ transfer: z.literal('basic').nullish(), objects: z.array(objectSchema).max(1000) })

/** Returns for each wanted file where it is, or why that is not known. Rejects with a `GitError` when the server tells nothing. */
export async function askWhere(
  client: LfsClient,
  server: URL,
  authorization: string | undefined,
  wanted: readonly LfsObject[],
): Promise<Map<string, LfsPlace | GitError>> {
  const media = 'application/vnd.git-lfs+json'
  const answer = await client.ask(server, {
    method: 'POST',
    headers: { accept: media, 'content-type': media, ...(authorization !== undefined && { authorization }) },
    body: JSON.stringify({
      operation: 'download',
      transfers: ['basic'],
      objects: wanted.map(({ oid, bytes }) => ({ oid, size: bytes })),
      hash_algo: 'sha256',
    }),
  })
  if (answer.statusCode !== 200) {
    answer.destroy()
    throw refusal(server, answer.statusCode ?? 0, authorization !== undefined)
  }
  const { objects } = parse(server, await bodyOf(answer, server))
  const known = new Map(objects.map((object) => [object.oid, object]))
  return new Map(
    wanted.map(({ oid }) => {
      const { error, actions } = known.get(oid) ?? {}
      return [oid, error ? missingFile(server, error.code) : placeOf(server, actions?.download, authorization)]
    }),
  )
}

function placeOf(
  server: URL,
  download: z.infer<typeof downloadSchema> | null | undefined,
  authorization: string | undefined,
): LfsPlace | GitError {
  const url = download != null && URL.canParse(download.href) ? new URL(download.href) : undefined
  const headers = Object.fromEntries(
    Object.entries(download?.header ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const isSound = Object.entries(headers).every(
    ([name, value]) =>
      /^[a-z0-9-]{1,100}$/.test(name) && !ofConnection.test(name) && /^[\x20-\x7e]{0,8000}$/.test(value),
  )
  if (url === undefined || !isSound || Object.keys(headers).length > 30) return oddServer(server)
  // The server's own place takes what the server takes, unless it gives something else for it.
  const isOwn = url.origin === server.origin && authorization !== undefined && headers.authorization === undefined
  return { url, headers: isOwn ? { ...headers, authorization } : headers }
}

/** Headers that say how a message goes over a connection, or to which host. */
const ofConnection =
  /^(?:host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*|http2-settings)$/

async function bodyOf(answer: IncomingMessage, server: URL): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of piecesOf(answer, server)) {
    bytes += piece.length
    if (bytes > mostAnswerBytes) throw oddServer(server)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function parse(server: URL, text: string): z.infer<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(text))
  } catch {
    throw oddServer(server)
  }
}

export function oddServer({ hostname }: URL): GitError {
  return new GitError(
    `What ${hostname} answered is not the answer of a server of Git LFS. Have its operator look at it, or put the file into git itself.`,
  )
}

/** Returns the error for a file that a host does not hand out, by the status of its answer. */
export function missingFile({ hostname }: URL, code: number): GitError {
  if (code === 429 || code >= 500)
    return new GitError(`${hostname} failed while it handed out the file (${code}). Try again later.`, { passes: true })
  const message =
    code === 404 || code === 410
      ? `${hostname} does not have the file. Push it there: git lfs push --all origin.`
      : `${hostname} does not hand out the file (${code}). Have its operator look at it.`
  return new GitError(message)
}

function refusal({ hostname }: URL, status: number, hasCredentials: boolean): GitError {
  if (status === 429 || status >= 500)
    return new GitError(`${hostname} failed while it answered about Git LFS (${status}). Try again later.`, {
      passes: true,
    })
  const to = hasCredentials ? ' to these credentials' : ''
  if (status === 401 || status === 403)
    return new GitError(
      `${hostname} does not show its files of Git LFS${to}. Give credentials that may read them, or make them public.`,
    )
  return new GitError(
    `${hostname} has no Git LFS for this repository, or does not show it${to} (${status}). Push the files there, or put them into git itself.`,
  )
}
