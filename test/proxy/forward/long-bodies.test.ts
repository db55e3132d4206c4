import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { readBuffers } from '../../../proxy/http/read-buffers.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { addRoute, openWebSocket, silent, start, startBackend } from '../world.ts'
import { begin, certificate } from './long-bodies.ts'

describe('long bodies from a backend', () => {
  const cleanup = cleanupAfterEach()

  /** Returns bytes that are others for each name, and others at places that are a multiple of a buffer apart. */
  function bytesOf(name: string, length: number): Buffer {
    const hashes = Array.from({ length: 128 }, (_, at) => createHash('sha256').update(`${name} ${at}`).digest())
    return Buffer.alloc(length, Buffer.concat(hashes).subarray(0, 4093))
  }

  const lengthOf = (path: string) => Number(path.split('/')[2])

  /** Starts a proxy before a backend that answers `/name/length` with as many bytes of that name. */
  async function startWithBackend({ isChunked = false, isTls = false } = {}) {
    const backend = await startBackend(cleanup, (req, res) => {
      const path = req.url ?? ''
      if (!isChunked) res.setHeader('content-length', lengthOf(path))
      pipeline(Readable.from(piecesOf(bytesOf(path, lengthOf(path)))), res, () => {})
    })
    const proxy = await start(cleanup, { log: silent, ...(isTls ? { tls: await certificate(cleanup) } : {}) })
    await addRoute(proxy, { path: '/', target: backend.url })
    return { url: proxy.urls[0], backend }
  }

  async function open(url: string, path: string): Promise<IncomingMessage> {
    const [res] = (await once(begin(cleanup, url, { path }).end(), 'response')) as [IncomingMessage]
    return res
  }

  /** How much backends have written, in the memory of Node or the system. */
  let written = 0
  const pieceBytes = 64 * 1024

  function* piecesOf(body: Buffer): Generator<Buffer> {
    for (let at = 0; at < body.length; at += pieceBytes) {
      written += pieceBytes
      yield body.subarray(at, at + pieceBytes)
    }
  }

  async function readWhole(answer: IncomingMessage): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const piece of answer) pieces.push(piece as Buffer)
    return Buffer.concat(pieces)
  }

  /** Opens answers to all of the paths at once, and waits until no more fits between backend and clients. */
  async function openAll(url: string): Promise<IncomingMessage[]> {
    const answers = await Promise.all(paths.map((path) => open(url, path)))
    let before = -1
    await until(() => {
      const stands = before === written
      before = written
      return stands
    }, 'the backend to stand still')
    return answers
  }

  /** Lets answers wait while others come, then reads all of them. */
  async function compare(url: string): Promise<void> {
    for (const answers of [await openAll(url), await openAll(url)]) {
      for (const [at, answer] of answers.entries()) {
        const path = paths[at] ?? ''
        assert.ok((await readWhole(answer)).equals(bytesOf(path, lengthOf(path))), `${path} differs`)
      }
    }
  }

  const lengths = [16 * 1024, 16 * 1024 + 1, 64 * 1024, 300_000, 1024 * 1024]
  // The last piece of some of these waits in the proxy while others' pieces come.
  const around = Array.from({ length: 20 }, (_, at) => 2_000_000 + at * 150_000)
  const paths = [...lengths, ...around].map((length, at) => `/${at}/${length}`)

  for (const isTls of [false, true]) {
    it(`reach slow clients byte for byte, many at once, ${isTls ? 'with' : 'without'} TLS`, async () => {
      const { url } = await startWithBackend({ isTls })
      await compare(url)
      await until(() => readBuffers.lent === 0, 'all memory to come back')
    })
  }

  it('reach clients byte for byte in chunks', async () => {
    const { url } = await startWithBackend({ isChunked: true })
    await compare(url)
  })

  it('reach clients byte for byte while no memory is left to lend', async () => {
    const { url } = await startWithBackend()
    const taken: Buffer[] = []
    for (let buffer = readBuffers.take(); buffer !== undefined; buffer = readBuffers.take()) taken.push(buffer)
    cleanup.defer(() => taken.forEach((buffer) => void readBuffers.giveBack(buffer)))
    const { lent } = readBuffers
    await compare(url)
    assert.equal(readBuffers.lent, lent)
  })

  it('give their memory back when the client leaves in the middle', async () => {
    const { url, backend } = await startWithBackend()
    const answers = await Promise.all([1, 2, 3, 4].map((each) => open(url, `/${each}/50000000`)))
    await until(() => readBuffers.lent > 0, 'memory to be lent')
    for (const answer of answers) answer.destroy()
    await until(() => backend.sockets.size === 0, 'the backend to see all of them leave')
    await until(() => readBuffers.lent === 0, 'all memory to come back')
  })

  it('give their memory back when the backend dies in the middle', async () => {
    const { url, backend } = await startWithBackend()
    const answers = await Promise.all([1, 2, 3, 4].map((each) => open(url, `/${each}/50000000`)))
    await until(() => readBuffers.lent > 0, 'memory to be lent')
    for (const socket of backend.sockets) socket.resetAndDestroy()
    for (const answer of answers) await assert.rejects(readWhole(answer), { code: 'ECONNRESET' })
    await until(() => readBuffers.lent === 0, 'all memory to come back')
  })

  it('are long messages of a WebSocket too', async () => {
    const { url } = await startWithBackend()
    const client = openWebSocket(url, '/', {})
    cleanup.defer(() => client.terminate())
    await once(client, 'open')
    const messages = lengths.map((length) => bytesOf('message', length))
    const got: Buffer[] = []
    client.on('message', (message: Buffer) => {
      got.push(message)
      client.pause()
      setImmediate(() => client.resume())
    })
    for (const message of messages) client.send(message)
    await until(() => got.length === messages.length, 'all messages')
    for (const [at, message] of messages.entries()) assert.ok(got[at]?.equals(message), `${message.length} bytes`)
  })
})
