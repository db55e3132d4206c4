import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { pino } from 'pino'
import { addressOf } from '../../../net/endpoint.ts'
import type { RunningProxy } from '../../../proxy/proxy.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  addRoute,
  ask,
  type Backend,
  cookieOf,
  deadHub,
  ownPage,
  routeOf,
  serversUrl,
  startBackend,
  startFakeHub,
  startSite,
} from '../world.ts'

interface Line {
  level: number
  msg: string
  reason?: string
  err?: unknown
}

describe('the log of a proxy', () => {
  const cleanup = cleanupAfterEach()
  let lines: Line[]
  let backend: Backend
  let proxy: RunningProxy

  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const warnings = () => lines.filter(({ level }) => level >= 40)
  const requests = () => lines.filter(({ msg }) => msg === 'request').length

  beforeEach(async () => {
    lines = []
    // Takes every request, and answers none.
    backend = await startBackend(cleanup, () => undefined)
    proxy = await startSite(cleanup, await startFakeHub(cleanup), { log })
    await addRoute(proxy, routeOf(backend))
    // A proxy warns of http when it starts.
    lines = []
  })

  const own = Object.entries({ host: 'nb.test', cookie: cookieOf(), ...ownPage })
  const head = (method: string, more: Record<string, string> = {}) =>
    [
      `${method} /user/ann/demo/lab HTTP/1.1`,
      ...[...own, ...Object.entries(more)].map((pair) => pair.join(': ')),
      '',
      '',
    ].join('\r\n')
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    origin: serversUrl,
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  }
  const requestsOf: [string, string][] = [
    ['a page', head('GET')],
    ['a page, and a body is still to come', `${head('POST', { 'content-length': '10' })}12345`],
    ['a WebSocket', head('GET', upgrade)],
  ]
  const leavings: [string, (client: Socket) => unknown][] = [
    ['ends its side', (client) => client.end()],
    ['closes', (client) => client.destroy()],
    ['cuts the connection', (client) => client.resetAndDestroy()],
  ]
  for (const [what, bytes] of requestsOf) {
    for (const [how, leave] of leavings) {
      it(`has no warning of a client that waits for ${what} and ${how}`, async () => {
        const reached = once(backend.server, 'connection')
        const client = connect(addressOf(proxy.urls[0]) as { host: string; port: number })
        client.on('error', () => undefined).resume()
        client.write(bytes)
        const [server] = (await reached) as [Socket]
        leave(client)
        await until(() => requests() === 1, 'the proxy has noticed')
        // The server notices too, or ends what it began.
        server.destroy()
        await ask(proxy.urls[0], '/nowhere')
        assert.deepEqual(warnings(), [])
      })
    }
  }

  it('has one line of a server that is out of reach, with the reason and without a stack', async () => {
    await once(backend.server.close(), 'close')
    const { status } = await ask(proxy.urls[0], '/user/ann/demo/lab', { headers: { ...ownPage, cookie: cookieOf() } })
    assert.equal(status, 503)
    const [line, ...others] = warnings()
    assert.deepEqual([line?.msg, line?.level, line?.err, others], ['server is out of reach', 40, undefined, []])
    assert.match(line?.reason ?? '', /^connect ECONNREFUSED 127\.0\.0\.1:\d+$/)
  })

  it('has one line of a hub that is out of reach, with the reason and without a stack', async () => {
    const alone = await startSite(cleanup, deadHub, { log })
    lines = []
    assert.equal((await ask(alone.urls[0], '/hub/home', { host: 'hub.test' })).status, 503)
    const [line, ...others] = warnings().filter(({ msg }) => msg === 'hub is out of reach')
    assert.deepEqual([line?.err, others], [undefined, []])
    assert.match(line?.reason ?? '', /^connect ENOENT /)
    assert.ok(warnings().every(({ err }) => err === undefined))
  })
})
