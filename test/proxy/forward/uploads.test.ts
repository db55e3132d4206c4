import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { readBuffers } from '../../../proxy/http/read-buffers.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { addRoute, silent, start, startBackend } from '../world.ts'
import { begin, certificate } from './long-bodies.ts'

describe('long bodies from a client', () => {
  const cleanup = cleanupAfterEach()

  const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  /** Returns bytes that are others for each name. */
  const bytesOf = (name: string, length: number) => Buffer.alloc(length, createHash('sha256').update(name).digest())

  /** Starts a proxy before a backend that reads slowly, and answers with the hash of what it got. */
  async function startWithBackend({ isTls = false } = {}) {
    const backend = await startBackend(cleanup, async (req, res) => {
      const hash = createHash('sha256')
      let pieces = 0
      try {
        for await (const piece of req) {
          hash.update(piece as Buffer)
          pieces += 1
          if (pieces % 8 === 0) await new Promise((resolve) => setImmediate(resolve))
        }
        res.end(hash.digest('hex'))
      } catch {
        res.destroy()
      }
    })
    const proxy = await start(cleanup, { log: silent, ...(isTls ? { tls: await certificate(cleanup) } : {}) })
    await addRoute(proxy, { path: '/', target: backend.url })
    return { url: proxy.urls[0], backend }
  }

  const post = (url: string, path: string, headers: Record<string, string | number>) =>
    begin(cleanup, url, { method: 'POST', path, headers })

  async function send(url: string, name: string, length: number, isChunked: boolean): Promise<void> {
    const body = bytesOf(name, length)
    const req = post(url, `/${name}`, isChunked ? {} : { 'content-length': length })
    const answered = once(req, 'response')
    for (let at = 0; at < length; at += 100_000) {
      if (!req.write(body.subarray(at, at + 100_000))) await once(req, 'drain')
    }
    req.end()
    const [res] = (await answered) as [IncomingMessage]
    const got = (await res.setEncoding('utf8').toArray()).join('')
    assert.equal(got, hashOf(body), name)
  }

  const lengths = [1, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 300_000, 1024 * 1024, 5_000_000]
  const sendAll = (url: string, isChunked: boolean) =>
    Promise.all([...lengths, ...lengths].map((length, at) => send(url, `body-${at}`, length, isChunked)))

  for (const isTls of [false, true]) {
    for (const isChunked of [false, true]) {
      const how = `${isTls ? 'with' : 'without'} TLS, ${isChunked ? 'in chunks' : 'with their length'}`
      it(`reach the backend byte for byte, many at once, ${how}`, async () => {
        const { url } = await startWithBackend({ isTls })
        await sendAll(url, isChunked)
        await until(() => readBuffers.lent === 0, 'all memory to come back')
      })
    }
  }

  it('reach the backend byte for byte while no memory is left to lend', async () => {
    const { url } = await startWithBackend()
    const taken: Buffer[] = []
    for (let buffer = readBuffers.take(); buffer !== undefined; buffer = readBuffers.take()) taken.push(buffer)
    cleanup.defer(() => taken.forEach((buffer) => void readBuffers.giveBack(buffer)))
    const { lent } = readBuffers
    await sendAll(url, false)
    assert.equal(readBuffers.lent, lent)
  })

  /** Uploads to a backend that reads nothing, until memory is lent. */
  async function stuck() {
    const backend = await startBackend(cleanup, (req) => void req.pause())
    const proxy = await start(cleanup, { log: silent })
    await addRoute(proxy, { path: '/', target: backend.url })
    const requests = [1, 2, 3, 4].map((each) => post(proxy.urls[0], `/${each}`, { 'content-length': 50_000_000 }))
    for (const req of requests) req.write(bytesOf('x', 20_000_000))
    await until(() => backend.sockets.size === 4 && readBuffers.lent > 0, 'all to arrive, and memory to be lent')
    return { backend, requests }
  }

  it('give their memory back when the backend dies in the middle', async () => {
    const { backend } = await stuck()
    for (const socket of backend.sockets) socket.resetAndDestroy()
    await until(() => readBuffers.lent === 0, 'all memory to come back')
  })

  it('give their memory back when the client leaves in the middle', async () => {
    const { url, backend } = await startWithBackend()
    const requests = [1, 2, 3, 4].map((each) => post(url, `/${each}`, { 'content-length': 50_000_000 }))
    for (const req of requests) req.write(bytesOf('x', 20_000_000))
    await until(() => backend.sockets.size === 4, 'all to reach the backend')
    for (const req of requests) req.destroy()
    await until(() => backend.sockets.size === 0, 'the backend to see all of them leave')
    await until(() => readBuffers.lent === 0, 'all memory to come back')
  })
})
