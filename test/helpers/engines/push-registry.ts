/** A registry to which engines push, in the memory of this process. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PushRegistry {
  /** `127.0.0.1:PORT`. */
  address: string
  /** The requests in order, such as `PUT /v2/course/image/manifests/1`, and their credentials. */
  requests: { line: string; authorization: string | undefined }[]
  /** The names that it has, such as `courses/demo:1`. */
  names(): string[]
  /** From now on refuses to take anything, as a registry that is down. */
  fail(status: number | undefined): void
  /** From now on, lets no push end until it is released. `reached` resolves at the end of the next one. */
  hold(): { reached: Promise<void>; release(): void }
  close(): Promise<void>
}

export async function startPushRegistry(login?: { username: string; password: string }): Promise<PushRegistry> {
  const blobs = new Map<string, Buffer>()
  const manifests = new Map<string, { type: string; bytes: Buffer }>()
  const uploads = new Map<string, Buffer[]>()
  const requests: PushRegistry['requests'] = []
  let failing: number | undefined
  let gate: { reached(): void; open: Promise<void> } | undefined
  const wanted = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`

  const server = createServer((request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization })
    answer(request, response).catch((error) => response.destroy(error))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://registry')
    const body = Buffer.concat(await Array.fromAsync(request))
    if (wanted !== undefined && request.headers.authorization !== wanted) {
      response.setHeader('WWW-Authenticate', 'Basic realm="test"')
      return refuse(response, 401, 'UNAUTHORIZED')
    }
    if (failing !== undefined && pathname !== '/v2/') return refuse(response, failing, 'UNKNOWN')
    const [, repository = '', kind, rest = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/(.*)$/.exec(pathname) ?? []
    if (kind === undefined) return void response.end('{}')
    if (kind === 'manifests') return manifest(request, response, `${repository}:${rest}`, body)
    if (rest.startsWith('uploads/')) return upload(request, response, repository, rest.slice(8), body, searchParams)
    const found = blobs.get(rest)
    if (found === undefined) return refuse(response, 404, 'BLOB_UNKNOWN')
    send(request, response, found, 'application/octet-stream', rest)
  }

  function upload(
    { method }: IncomingMessage,
    response: ServerResponse,
    repository: string,
    id: string,
    body: Buffer,
    query: URLSearchParams,
  ): void {
    const upload = method === 'POST' ? randomBytes(8).toString('hex') : id
    const parts = uploads.get(upload) ?? []
    uploads.set(upload, [...parts, body])
    response.setHeader('Location', `http://${address}/v2/${repository}/blobs/uploads/${upload}`)
    response.setHeader('Range', `0-${Math.max(0, Buffer.concat([...parts, body]).length - 1)}`)
    const digest = query.get('digest')
    if (method !== 'PUT' || digest === null) return void response.writeHead(202).end()
    blobs.set(digest, Buffer.concat([...parts, body]))
    response.setHeader('Docker-Content-Digest', digest)
    response.writeHead(201).end()
  }

  async function manifest(request: IncomingMessage, response: ServerResponse, name: string, body: Buffer) {
    if (request.method === 'PUT') {
      gate?.reached()
      await gate?.open
      if (response.destroyed) return
      const put = { type: request.headers['content-type'] ?? '', bytes: body }
      const digest = digestOf(body)
      manifests.set(name, put)
      manifests.set(name.replace(/:[^:]*$/, `:${digest}`), put)
      response.setHeader('Docker-Content-Digest', digest)
      response.writeHead(201).end()
      return
    }
    const found = manifests.get(name)
    if (found === undefined) return refuse(response, 404, 'MANIFEST_UNKNOWN')
    send(request, response, found.bytes, found.type, digestOf(found.bytes))
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    address,
    requests,
    names: () => [...manifests.keys()].filter((name) => !name.includes(':sha256:')),
    fail(status) {
      failing = status
    },
    hold() {
      const reached = Promise.withResolvers<void>()
      const open = Promise.withResolvers<void>()
      gate = { reached: reached.resolve, open: open.promise }
      const release = () => {
        gate = undefined
        open.resolve()
      }
      return { reached: reached.promise, release }
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function send({ method }: IncomingMessage, response: ServerResponse, bytes: Buffer, type: string, digest: string) {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length, 'Docker-Content-Digest': digest })
  response.end(method === 'HEAD' ? undefined : bytes)
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ errors: [{ code, message: 'refused by the test registry' }] }))
}
