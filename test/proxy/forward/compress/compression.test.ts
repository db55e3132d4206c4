import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, createGunzip, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { addressOf } from '../../../../net/endpoint.ts'
import { readBuffers } from '../../../../proxy/http/read-buffers.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { until } from '../../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  ask,
  cookieOf,
  ownPage,
  routeOf,
  seatOf,
  startBackend,
  startFakeHub,
  startSite,
} from '../../world.ts'
import { begin } from '../long-bodies.ts'

const lab = '/user/ann/demo/lab'
const decoders = { zstd: zstdDecompressSync, br: brotliDecompressSync, gzip: gunzipSync }

/** Returns text in which no two lines are alike. */
function textOf(length: number): Buffer {
  const lines = Array.from({ length: Math.ceil(length / 20) }, (_, at) => `line ${at} ${(at * 7919) % 9973}\n`)
  return Buffer.from(lines.join('').padEnd(length).slice(0, length))
}

/** Returns text that is long also when it is compressed, so that no buffer of the system holds it. */
function longText(bytes = 18_000_000): Buffer {
  return Buffer.from(randomBytes(bytes).toString('base64'))
}

describe('answers on the way to the client', () => {
  const cleanup = cleanupAfterEach()

  /** Starts a proxy before a server that answers with text, as `respond` says. */
  async function startServer(respond: (res: ServerResponse, req: IncomingMessage) => void) {
    const backend = await startBackend(cleanup, (req, res) => {
      res.setHeader('content-type', 'text/plain')
      respond(res, req)
    })
    const hub = await startFakeHub(cleanup)
    const proxy = await startSite(cleanup, hub)
    await addRoute(proxy, routeOf(backend))
    return { proxy, url: proxy.urls[0], backend }
  }

  const headers = (accepted = 'gzip', cookie = cookieOf()) => ({ ...ownPage, cookie, 'accept-encoding': accepted })

  async function open(url: string, accepted?: string): Promise<IncomingMessage> {
    const [res] = await once(begin(cleanup, url, { path: lab, headers: headers(accepted) }).end(), 'response')
    return res as IncomingMessage
  }

  for (const isChunked of [false, true]) {
    for (const [coding, decode] of Object.entries(decoders)) {
      it(`are compressed by ${coding}, ${isChunked ? 'in chunks' : 'with a length'}, whatever their size`, async () => {
        let body = textOf(0)
        const { url } = await startServer((res) => {
          if (!isChunked) res.setHeader('content-length', body.length)
          res.setHeader('etag', '"tag"')
          pipeline(Readable.from([body.subarray(0, 1000), body.subarray(1000)]), res, () => {})
        })
        for (const length of [1400, 70_000, 300_000, 3_000_000]) {
          body = textOf(length)
          const res = await open(url, coding)
          const coded = await buffer(res)
          assert.equal(res.headers['content-encoding'], coding)
          assert.equal(res.headers['content-length'], undefined)
          assert.equal(res.headers.etag, 'W/"tag"')
          assert.equal(res.headers.vary, 'Accept-Encoding')
          assert.ok(coded.length < length / 2, `${coded.length} of ${length} bytes`)
          assert.ok(decode(coded).equals(body))
        }
        await until(() => readBuffers.lent === 0, 'all memory to come back')
      })
    }
  }

  it('are as the server wrote them for a client that understands nothing else, and say so', async () => {
    const { url } = await startServer((res) => res.setHeader('etag', '"tag"').end(textOf(5000)))
    const { headers: got, body } = await ask(url, lab, { headers: headers('identity') })
    assert.deepEqual([got['content-encoding'], got.etag, got.vary], [undefined, '"tag"', 'Accept-Encoding'])
    assert.equal(body, textOf(5000).toString())
  })

  it('are as the server wrote them on a route without access', async () => {
    const { url, proxy, backend } = await startServer((res) => res.end(textOf(5000)))
    await addRoute(proxy, { path: '/foreign/', target: backend.url })
    const { headers: got, body } = await ask(url, '/foreign/x', { headers: headers() })
    assert.deepEqual([got['content-encoding'], got.vary, body.length], [undefined, undefined, 5000])
  })

  it('follow each other on one connection', async () => {
    const { url } = await startServer((res, req) => res.end(textOf(Number(req.url?.split('=')[1]))))
    const socket = connect(addressOf(url) as { host: string; port: number })
    cleanup.defer(() => void socket.destroy())
    const lines = Object.entries({ host: 'nb.test', ...headers() }).map(([name, value]) => `${name}: ${value}\r\n`)
    const request = (length: number) => `GET ${lab}?n=${length} HTTP/1.1\r\n${lines.join('')}`
    socket.write(`${request(100_000)}\r\n${request(10)}\r\n${request(5000)}connection: close\r\n\r\n`)
    const got = (await buffer(socket)).toString('latin1')
    assert.equal(got.match(/HTTP\/1\.1 200 OK/g)?.length, 3)
    assert.equal(got.match(/content-encoding: gzip/g)?.length, 2)
  })

  it('come piece by piece, as the server writes them', async () => {
    let write: (piece: string) => void = () => {}
    const { url } = await startServer((res) => {
      res.flushHeaders()
      write = (piece) => res.write(piece)
    })
    const res = await open(url)
    const plain = res.pipe(createGunzip())
    for (const piece of ['<p>first', '<p>second', '<p>third']) {
      write(piece)
      const [got] = (await once(plain, 'data')) as [Buffer]
      assert.equal(got.toString(), piece)
    }
  })

  it('wait at the server while the client reads nothing, and then come whole', async () => {
    // A system keeps up to a dozen MB for the two connections.
    const body = longText(36_000_000)
    let written = 0
    const { url } = await startServer((res) => {
      res.setHeader('content-length', body.length)
      const pieces = function* () {
        for (let at = 0; at < body.length; at += 65_536) {
          written += 65_536
          yield body.subarray(at, at + 65_536)
        }
      }
      pipeline(Readable.from(pieces()), res, () => {})
    })
    const res = await open(url, 'zstd')
    let before = -1
    await until(() => {
      const stands = before === written
      before = written
      return stands
    }, 'the server to stand still')
    assert.ok(written < body.length / 2, `${written} of ${body.length} bytes are on their way`)
    assert.ok(zstdDecompressSync(await buffer(res)).equals(body))
  })

  it('end with the server, and are never taken for whole', async () => {
    const { url, backend } = await startServer((res) => res.write(textOf(100_000)))
    const res = await open(url)
    await once(res, 'data')
    for (const socket of backend.sockets) socket.resetAndDestroy()
    await assert.rejects(buffer(res), { code: 'ECONNRESET' })
    await until(() => readBuffers.lent === 0, 'all memory to come back')
  })

  it('end with a client that leaves, which makes room for others', async () => {
    const body = longText()
    const { url, backend } = await startServer((res) => {
      // The length of all of them together would be more than a server has compressed at once.
      res.on('error', () => {}).write(body)
    })
    const codingOf = async () => {
      const res = await open(url)
      return { coding: res.headers['content-encoding'], leave: () => void res.destroy() }
    }
    const many = await Promise.all(Array.from({ length: 20 }, codingOf))
    assert.equal(many.filter(({ coding }) => coding === 'gzip').length, 16)
    for (const { leave } of many) leave()
    await until(() => backend.sockets.size === 0, 'the server to see all of them leave')
    const later = await codingOf()
    assert.equal(later.coding, 'gzip')
  })

  it('say of a change by the tag that the client knows', async () => {
    const { url } = await startServer((res, req) => {
      res.statusCode = req.headers['if-none-match'] === 'W/"tag"' ? 304 : 200
      res.setHeader('etag', '"tag"').end()
    })
    const { status, headers: got } = await ask(url, lab, { headers: { ...headers(), 'if-none-match': 'W/"tag"' } })
    assert.deepEqual([status, got.etag], [304, 'W/"tag"'])
  })

  it('of one server take no room from those of others', async () => {
    const body = longText()
    const { url, proxy, backend } = await startServer((res) => res.on('error', () => {}).end(body))
    const bobs = accessOf({ server: 's2', user: 'u2', label: 'label0002' })
    await addRoute(proxy, routeOf(backend, { path: '/user/bob/demo/', access: bobs }))
    await Promise.all(Array.from({ length: 20 }, () => open(url)))
    const cookie = cookieOf(seatOf({ server: 's2', user: 'u2' }), bobs)
    const request = begin(cleanup, url, { path: '/user/bob/demo/lab', headers: headers('gzip', cookie) })
    const [res] = (await once(request.end(), 'response')) as [IncomingMessage]
    assert.equal(res.headers['content-encoding'], 'gzip')
  })
})
