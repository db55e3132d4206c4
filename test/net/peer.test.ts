import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { socketUrl } from '../../net/endpoint.ts'
import { openPeer, type Peer, type PeerLimits } from '../../net/peer.ts'

describe('calls between our processes', () => {
  let folder: string
  const servers: Server[] = []
  const peers: Peer[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-peer-'))
  })
  afterEach(() => {
    for (const peer of peers.splice(0)) peer.close()
    for (const server of servers.splice(0)) server.close().closeAllConnections()
  })
  after(() => rm(folder, { recursive: true }))

  async function listen(answer: RequestListener, socket?: string): Promise<string> {
    const server = createServer(answer)
    servers.push(server)
    server.listen(socket === undefined ? { port: 0, host: '127.0.0.1' } : { path: socket })
    await once(server, 'listening')
    return socket === undefined ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : socketUrl(socket)
  }
  function open(url: string, limits: Partial<PeerLimits> = {}) {
    const peer = openPeer(url, { connections: 10, bytes: 1000, ...limits })
    peers.push(peer)
    return peer
  }
  const get = (signal = new AbortController().signal) => ({ method: 'GET', path: '/', headers: {}, signal }) as const
  const echo: RequestListener = async (req, res) => {
    const body = await text(req)
    const { authorization, 'content-length': length } = req.headers
    res.writeHead(207, { 'x-answer': 'yes' }).end(JSON.stringify([req.method, req.url, authorization, length, body]))
  }

  for (const socket of [false, true]) {
    it(`send all of a request and read all of the answer, at a ${socket ? 'socket' : 'port'}`, async () => {
      const url = await listen(echo, socket ? join(folder, 'sock') : undefined)
      const { signal } = new AbortController()
      const headers = { authorization: 'token x' }
      const answer = await open(url).call({ method: 'POST', path: '/a?b', headers, body: 'é', signal })
      assert.deepEqual([answer.status, answer.headers['x-answer']], [207, 'yes'])
      assert.deepEqual(JSON.parse(answer.text), ['POST', '/a?b', 'token x', '2', 'é'])
    })
  }

  it('share connections that stay open, and are no more at once than there may be', async () => {
    let underWay = 0
    let most = 0
    const url = await listen(async (_req, res) => {
      underWay += 1
      most = Math.max(most, underWay)
      await new Promise((resolve) => setImmediate(resolve))
      underWay -= 1
      res.end()
    })
    let connections = 0
    servers[0]?.on('connection', () => {
      connections += 1
    })
    const peer = open(url, { connections: 2 })
    for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 5 }, () => peer.call(get())))
    assert.deepEqual([most <= 2, connections], [true, 2])
  })

  it('follow no redirect', async () => {
    const url = await listen((_req, res) => void res.writeHead(302, { location: '/elsewhere' }).end())
    assert.equal((await open(url).call(get())).status, 302)
  })

  it('break off an answer that is too long, or cut', async () => {
    const long = await listen((_req, res) => void res.end('x'.repeat(1001)))
    await assert.rejects(open(long).call(get()), /the answer is too long/)
    const cut = await listen((_req, res) => {
      res.writeHead(200, { 'content-length': 10 })
      res.write('x', () => res.destroy())
    })
    await assert.rejects(open(cut).call(get()), { code: 'ECONNRESET' })
  })

  it('reject with the reason of the signal, before and during the answer', async () => {
    const url = await listen((req, res) => {
      if (req.url === '/') res.write('x')
    })
    const peer = open(url)
    for (const path of ['/', '/never']) {
      const giveUp = new AbortController()
      const calling = peer.call({ ...get(giveUp.signal), path })
      await once(servers[0] as Server, 'request')
      giveUp.abort(new Error('enough'))
      await assert.rejects(calling, /enough/)
    }
    await assert.rejects(peer.call(get(AbortSignal.abort(new Error('at once')))), /at once/)
  })

  it('end when the peer is left, also those that wait for a connection', async () => {
    const url = await listen(() => undefined)
    const peer = open(url, { connections: 1 })
    const calls = [peer.call(get()), peer.call(get())]
    await once(servers[0] as Server, 'request')
    peer.close()
    for (const call of calls) await assert.rejects(call)
  })
})
