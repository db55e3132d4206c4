import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { socketUrl } from '../../../net/endpoint.ts'
import { openListener } from '../../../net/listen.ts'
import type { Exchange } from '../../../proxy/exchange.ts'
import { createHolding } from '../../../proxy/forward/holding.ts'
import { limits } from '../../../proxy/limits.ts'
import type { ProxyOptions } from '../../../proxy/options.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import { startProxyCommand } from '../command.ts'
import {
  type Answer,
  accessOf,
  ask,
  hubUrl,
  keys,
  openWebSocket,
  outcome,
  routeOf,
  serversUrl,
  silent,
  startBackend,
  startSite,
  temporaryFolder,
  token,
} from '../world.ts'

describe('a request while no hub is there', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let socket: string
  let hub: { url: string }
  /** The bodies of the forms that hubs have answered. */
  let got: string[]

  beforeEach(async () => {
    socket = join(await temporaryFolder(cleanup), 'hub.sock')
    hub = { url: socketUrl(socket) }
    got = []
  })

  /** Starts a hub that answers with the body that it got. */
  async function startHub() {
    const listener = await openListener({ socket }, () =>
      createServer(async (req, res) => {
        const body = await text(req)
        if (req.method === 'POST') got.push(body)
        res.end(body)
      }),
    )
    cleanup.defer(() => listener.stop(0))
    return listener
  }
  const site = (options: Partial<ProxyOptions> = {}) => startSite(cleanup, hub, { holdSeconds: 30, ...options })
  const askHub = (url: string, asked: Parameters<typeof ask>[2] = {}) =>
    ask(url, '/hub/home', { host: 'hub.test', ...asked })
  /** Returns whether the promise has settled after the requests of others went to and fro. */
  async function isWaiting(url: string, answer: Promise<Answer>): Promise<boolean> {
    let isSettled = false
    void answer.then(() => {
      isSettled = true
    })
    for (let time = 0; time < 20; time += 1) await ask(url, '/_carrel/health')
    return !isSettled
  }

  it('waits until a hub takes connections, and is answered then', async () => {
    const proxy = await site()
    const answer = askHub(proxy.urls[0])
    assert.ok(await isWaiting(proxy.urls[0], answer))
    await startHub()
    assert.equal((await answer).status, 200)
  })

  for (const isChunked of [false, true]) {
    it(`keeps its long body, ${isChunked ? 'in chunks' : 'with its length'}, and is sent once`, async () => {
      const proxy = await site()
      const body = 'x'.repeat(300_000)
      const chunked = { 'transfer-encoding': 'chunked' }
      const length = { 'content-length': String(body.length) }
      const headers = { host: 'hub.test', ...(isChunked ? chunked : length) }
      const req = request(`${proxy.urls[0]}/hub/form`, { method: 'POST', headers, agent: false })
      const answered = once(req, 'response')
      req.end(body)
      await isWaiting(proxy.urls[0], new Promise(() => undefined))
      await startHub()
      const [res] = (await answered) as [IncomingMessage]
      assert.equal(await text(res), body)
      assert.deepEqual(got, [body])
    })
  }

  it('is told after its time, and its connection can be used again', async () => {
    const proxy = await site({ holdSeconds: 0.1 })
    const { status, body } = await askHub(proxy.urls[0], { method: 'POST', body: 'x'.repeat(100_000) })
    assert.equal(status, 503)
    assert.match(body, /hub_unreachable/)
    await startHub()
    assert.equal((await askHub(proxy.urls[0])).status, 200)
  })

  it('is counted by how its wait ended', async () => {
    const proxy = await site({ holdSeconds: 0.2, metrics: { ips: ['127.0.0.1'], port: 0 } })
    assert.equal((await askHub(proxy.urls[0])).status, 503)
    await startHub()
    const metrics = await ask(proxy.metricsUrl ?? '', '/metrics')
    assert.match(metrics.body, /carrel_proxy_held_total\{result="refused"\} 1\n/)
    assert.match(metrics.body, /carrel_proxy_held_total\{result="sent"\} 0\n/)
  })

  it('is told at once by a proxy that holds none', async () => {
    const proxy = await site({ holdSeconds: 0 })
    assert.equal((await askHub(proxy.urls[0])).status, 503)
  })

  it('is dropped when its client leaves', async () => {
    const proxy = await site()
    const headers = { host: 'hub.test', 'content-length': '4' }
    const req = request(`${proxy.urls[0]}/hub/form`, { method: 'POST', headers, agent: false })
    req.on('error', () => undefined)
    req.end('left')
    await once(req, 'finish')
    const answer = askHub(proxy.urls[0], { method: 'POST', body: 'stayed' })
    assert.ok(await isWaiting(proxy.urls[0], answer))
    req.destroy()
    await isWaiting(proxy.urls[0], answer)
    await startHub()
    await answer
    await isWaiting(proxy.urls[0], new Promise(() => undefined))
    assert.deepEqual(got, ['stayed'])
  })

  it('waits with its ticket, which is redeemed then', async () => {
    const proxy = await site()
    const access = accessOf()
    const backend = await startBackend(cleanup)
    const seat = { id: 'seat', server: access.server, run: 1, user: 'u1', framed: false, issued: Date.now(), kid: 'k1' }
    const answer = ask(proxy.urls[0], '/_carrel/seat', {
      method: 'POST',
      headers: { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' },
      body: `ticket=${'t'.repeat(40)}`,
    })
    assert.ok(await isWaiting(proxy.urls[0], answer))
    const route = routeOf(backend)
    const listener = await openListener({ socket }, () =>
      createServer((_req, res) => res.end(JSON.stringify({ seat, to: `${route.path}lab`, route }))),
    )
    cleanup.defer(() => listener.stop(0))
    const { status, body } = await answer
    assert.equal(status, 303, body)
  })

  it('is one of many forms that are sent while hubs come and go: each is answered, and reaches one hub', async () => {
    const proxy = await site()
    let running = await startHub()
    let isOver = false
    const sent: string[] = []
    const send = async (name: string) => {
      for (let count = 0; !isOver; count += 1) {
        const body = `${name} ${count}`
        sent.push(body)
        const answer = await askHub(proxy.urls[0], { method: 'POST', body })
        assert.deepEqual([answer.status, answer.body], [200, body])
      }
    }
    const sending = Promise.all(['ann', 'bob', 'cid', 'dan', 'eva', 'fay', 'gus', 'hal'].map(send))
    for (let time = 0; time < 10; time += 1) {
      const before = got.length
      await until(() => got.length > before + 20)
      await running.stop(2000)
      running = await startHub()
    }
    isOver = true
    await sending
    assert.deepEqual(got.toSorted(), sent.toSorted())
  })

  it('waits at a proxy with workers too', async () => {
    const routesFile = join(await temporaryFolder(cleanup), 'routes.json')
    const options = { hubs: [hub.url], hubUrl, serversUrl, insecureHttp: true, keys, token, routesFile, workers: 2 }
    const proxy = await startProxyCommand(cleanup, { ...options, holdSeconds: 30 })
    const answers = Array.from({ length: 8 }, (_, at) => askHub(proxy.urls[0], { method: 'POST', body: `${at}` }))
    await isWaiting(proxy.urls[0], new Promise(() => undefined))
    await startHub()
    for (const [at, answer] of answers.entries()) assert.equal((await answer).body, `${at}`)
    assert.equal(got.length, 8)
  })

  it('does not wait where it asks for a WebSocket, which no hub has', async () => {
    const proxy = await site()
    const webSocket = openWebSocket(proxy.urls[0], '/hub/socket', { host: 'hub.test' })
    assert.equal(await outcome(webSocket), 503)
  })

  it('is turned away where as many wait as may', async () => {
    const overs: (() => void)[] = []
    const back = Promise.withResolvers<boolean>()
    const holding = createHolding(silent, 2)
    const wait = (client: string) => {
      const exchange = { client, answer: { whenOver: (over: () => void) => overs.push(over) } } as unknown as Exchange
      return holding.hold(exchange, () => back.promise)
    }
    const half = limits.held.requests.each / 2
    const first = Array.from({ length: half }, () => wait('192.0.2.1'))
    assert.equal(await wait('192.0.2.1'), false)
    const second = Array.from({ length: half }, () => wait('192.0.2.2'))
    assert.equal(await wait('192.0.2.3'), false)
    // One of those that wait leaves.
    overs[0]?.()
    const last = wait('192.0.2.3')
    back.resolve(true)
    const all = await Promise.all([...first, ...second, last])
    assert.ok(all.every((isBack) => isBack))
    assert.equal(await wait('192.0.2.3'), true)
  })
})
