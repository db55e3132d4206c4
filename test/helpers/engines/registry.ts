/** A small image registry on 127.0.0.1, with the reading half of the distribution API, for pulls of real engines. */
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface RegistryOptions {
  /** An archive that `docker save` or `test/images/build` has made. */
  archive: string
  /** The login that pulls need, and its scheme. Without it, pulls need no login. */
  login?: { username: string; password: string; by: 'basic' | 'bearer' }
}

export interface Registry {
  /** `127.0.0.1:PORT`, as in an image's name and as a `serveraddress`. */
  address: string
  /** The reference of the image: the archive's image with one more layer, which no engine can have already. */
  reference: string
  /** Puts another such image under a tag, in place of the one that it names, and returns the reference. */
  publish(tag: string): Promise<string>
  /** Forgets a tag. */
  withdraw(tag: string): void
  /** The requests in order, such as `GET /v2/course/image/manifests/1`, and their credentials. */
  requests: { line: string; authorization: string | undefined }[]
  /**
   * From now on, sends only the first half of the new layer until `release` is called. `reached` resolves at the half,
   * and `left` when the reader has closed its connection.
   */
  hold(): { reached: Promise<void>; left: Promise<void>; release(): void }
  close(): Promise<void>
}

const repository = 'course/image'
const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'

interface Blob {
  digest: string
  size: number
  type: string
  send(response: ServerResponse): Promise<void>
}

export async function startRegistry({ archive, login }: RegistryOptions): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'carrel-registry-'))
  let gate: Gate | undefined
  const image = await unpack(archive, folder, () => gate)
  const blobs: Blob[] = []
  const manifests = new Map<string, Blob>()
  await put('1')
  const requests: Registry['requests'] = []
  const token = randomBytes(16).toString('hex')

  const server = createServer((request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization })
    answer(request, response).catch((error) => response.destroy(error))
  })

  async function put(tag: string): Promise<void> {
    const { manifest, parts } = await image()
    manifests.set(tag, manifest)
    blobs.push(manifest, ...parts)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://registry')
    const asked = request.headers.authorization
    if (login?.by === 'bearer' && url.pathname === '/token') {
      if (asked !== basic(login)) return refuse(response, 401, 'UNAUTHORIZED')
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ token }))
      return
    }
    if (login !== undefined && asked !== (login.by === 'basic' ? basic(login) : `Bearer ${token}`)) {
      const realm =
        login.by === 'basic' ? 'Basic realm="test"' : `Bearer realm="http://${address}/token",service="test"`
      response.setHeader('WWW-Authenticate', realm)
      return refuse(response, 401, 'UNAUTHORIZED')
    }
    if (url.pathname === '/v2/') return void response.end('{}')
    const [, kind, wanted] = /^\/v2\/course\/image\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? []
    const tagged = kind === 'manifests' ? manifests.get(wanted ?? '') : undefined
    const found = tagged ?? blobs.find(({ digest }) => digest === wanted)
    if (found === undefined) return refuse(response, 404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN')
    response.setHeader('Content-Type', found.type)
    response.setHeader('Content-Length', found.size)
    response.setHeader('Docker-Content-Digest', found.digest)
    if (request.method === 'HEAD') response.end()
    else await found.send(response)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    address,
    reference: `${address}/${repository}:1`,
    async publish(tag) {
      await put(tag)
      return `${address}/${repository}:${tag}`
    },
    withdraw: (tag) => void manifests.delete(tag),
    requests,
    hold: () => {
      gate = new Gate()
      return gate
    },
    async close() {
      gate?.release()
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

class Gate {
  #reached = Promise.withResolvers<void>()
  #released = Promise.withResolvers<void>()
  #left = Promise.withResolvers<void>()
  readonly reached = this.#reached.promise
  readonly left = this.#left.promise

  release(): void {
    this.#released.resolve()
  }

  async pass(response: ServerResponse): Promise<void> {
    response.on('close', () => this.#left.resolve())
    this.#reached.resolve()
    await this.#released.promise
  }
}

/** Unpacks the archive's image, and returns what adds a layer to it with a file of random bytes, each time other ones. */
async function unpack(archive: string, folder: string, gate: () => Gate | undefined) {
  await run('tar', ['-xf', archive, '-C', folder])
  const [image] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
  const config = JSON.parse(await readFile(join(folder, image.Config), 'utf8'))
  const base: Blob[] = []
  for (const name of image.Layers) base.push(await layer(join(folder, name), () => undefined))
  await mkdir(join(folder, 'fresh/srv'), { recursive: true })
  let count = 0

  return async () => {
    const tar = join(folder, `fresh-${++count}.tar`)
    await writeFile(join(folder, 'fresh/srv/fresh'), randomBytes(3_000_000))
    await run('tar', ['-C', join(folder, 'fresh'), '-cf', tar, 'srv'])
    const layers = [...base, await layer(tar, gate)]
    const diffIds = [...config.rootfs.diff_ids, layers.at(-1)?.digest]
    const configBlob = text(
      JSON.stringify({ ...config, rootfs: { ...config.rootfs, diff_ids: diffIds } }),
      'application/vnd.docker.container.image.v1+json',
    )
    const described = ({ type, size, digest }: Blob) => ({ mediaType: type, size, digest })
    const manifest = text(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: described(configBlob),
        layers: layers.map(described),
      }),
      manifestType,
    )
    return { manifest, parts: [configBlob, ...layers] }
  }
}

async function layer(file: string, gate: () => Gate | undefined): Promise<Blob> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  const { size } = await stat(file)
  return {
    digest: `sha256:${hash.digest('hex')}`,
    size,
    // Engines look at the content, and accept an uncompressed layer too.
    type: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    async send(response) {
      const half = Math.floor(size / 2)
      await pipeline(async function* () {
        yield* createReadStream(file, { end: half - 1 })
        await gate()?.pass(response)
        yield* createReadStream(file, { start: half })
      }, response)
    },
  }
}

function text(content: string, type: string): Blob {
  const bytes = Buffer.from(content)
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { digest, size: bytes.length, type, send: async (response) => void response.end(bytes) }
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ errors: [{ code, message: 'refused by the test registry' }] }))
}
