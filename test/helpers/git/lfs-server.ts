import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { z } from 'zod'

/** Where a file is, as the server tells it. */
export interface LfsAction {
  href: string
  header?: Record<string, string>
}

/** A server of Git LFS for the repositories of a host of git, which takes what the protocol demands and nothing else. */
export interface LfsServer {
  /** Answers requests about Git LFS; to be given to `startGitHost`. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /** Takes a file for a repository, and returns its pointer. */
  put(repository: string, content: Buffer | string): string
  /** The files by their hashes. */
  contents: Map<string, Buffer>
  /** What was asked, such as `batch /course.git 3` and `get 1234567`. */
  asked: string[]
  /** Decides where a file is, in place of this server. */
  place?(oid: string, own: LfsAction): LfsAction | undefined
}

const media = 'application/vnd.git-lfs+json'
const batchSchema = z.strictObject({
  operation: z.literal('download'),
  transfers: z.array(z.literal('basic')).length(1),
  objects: z.array(z.strictObject({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) })).max(100),
  hash_algo: z.literal('sha256'),
})

export function createLfsServer(): LfsServer {
  const files = new Map<string, Set<string>>()
  const server: LfsServer = { answer, put, contents: new Map(), asked: [] }

  function put(repository: string, content: Buffer | string): string {
    const bytes = Buffer.from(content)
    const oid = createHash('sha256').update(bytes).digest('hex')
    server.contents.set(oid, bytes)
    files.set(repository, (files.get(repository) ?? new Set()).add(oid))
    return lfsPointer(oid, bytes.length)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { method, url = '', headers } = request
    const [, repository] = /^\/(.+)\.git\/info\/lfs\/objects\/batch$/.exec(url) ?? []
    if (repository !== undefined) {
      const isRight = method === 'POST' && headers['content-type'] === media && headers.accept === media
      const { data } = batchSchema.safeParse(isRight ? await json(request) : undefined)
      server.asked.push(`batch /${repository}.git ${data?.objects.length ?? 'wrong'}`)
      const known = files.get(repository)
      const body = JSON.stringify({
        transfer: 'basic',
        objects: data?.objects.map(({ oid, size }) => entry(request, oid, size, known?.has(oid) ?? false)),
      })
      const status = data === undefined ? 422 : known === undefined ? 404 : 200
      response.writeHead(status, { 'content-type': media }).end(status === 200 ? body : '{"message":"no"}')
      return true
    }
    const [, oid = ''] = /^\/lfs-files\/([0-9a-f]{64})\?signed=%2F$/.exec(url) ?? []
    const content = server.contents.get(oid)
    if (content === undefined) return false
    server.asked.push(`get ${oid.slice(0, 7)}`)
    if (method === 'GET' && headers['x-lfs-key'] === oid) response.end(content)
    else response.writeHead(403).end()
    return true
  }

  function entry({ headers }: IncomingMessage, oid: string, size: number, isKnown: boolean) {
    if (!isKnown) return { oid, size, error: { code: 404, message: 'none' } }
    const own = { href: `http://${headers.host}/lfs-files/${oid}?signed=%2F`, header: { 'X-LFS-Key': oid } }
    const download = server.place === undefined ? own : server.place(oid, own)
    return { oid, size, authenticated: true, actions: { download } }
  }

  return server
}

/** Returns the text that stands in git in place of a file. */
export function lfsPointer(oid: string, bytes: number): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${bytes}\n`
}
