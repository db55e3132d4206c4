import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  addRoute,
  ask,
  cookieOf,
  hubUrl,
  openWebSocket,
  ownPage,
  routeOf,
  serversUrl,
  startBackend,
  startFakeHub,
  startSite,
  token,
} from '../world.ts'

const path = '/user/ann/demo/'
const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe('the log of requests', () => {
  const cleanup = cleanupAfterEach()

  it('has a line for each request, with times and without a secret', async () => {
    let text = ''
    const log = pino(
      new Writable({
        write(chunk, _encoding, done) {
          text += chunk
          done()
        },
      }),
    )
    const hub = await startFakeHub(cleanup)
    const backend = await startBackend(cleanup)
    const proxy = await startSite(cleanup, hub, { log })
    await addRoute(proxy, routeOf(backend))
    await ask(proxy.urls[0], '/hub/x?code=SECRET1', { host: 'hub.test', headers: { authorization: 'token SECRET2' } })
    await ask(proxy.urls[0], `${path}lab?token=SECRET3`, {
      headers: { ...ownPage, cookie: `${cookieOf()}; a=SECRET4` },
    })
    await ask(proxy.urls[0], '/_carrel/seat', {
      method: 'POST',
      body: 'ticket=SECRET5SECRET5SECRET5',
      headers: { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' },
    })
    await ask(proxy.urls[0], '/hub/y', { host: 'hub.test', headers: { traceparent: given, tracestate: 'a=1' } })
    await ask(proxy.urls[0], `${path}lab`, {
      headers: { ...ownPage, cookie: cookieOf(), traceparent: `${given}0`, tracestate: 'a=1' },
    })
    const socket = openWebSocket(proxy.urls[0], `${path}ws`, { origin: serversUrl, cookie: cookieOf() })
    socket.once('open', () => socket.close())
    const lines = () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .filter((line) => line.msg === 'request')
    await until(() => lines().length === 6, 'all six requests are logged')

    assert.doesNotMatch(text, /SECRET|v1\.k1|carrel-server-/)
    assert.ok(!text.includes(token))
    const [toHub, toServer, toSeat, traced, untraced, upgrade] = lines()
    assert.deepEqual([toHub.by, toHub.status, toHub.path, toHub.method], ['hub', 200, '/hub/x', 'GET'])
    assert.equal(hub.requests[0]?.headers['x-request-id'], toHub.request)
    assert.equal(hub.requests[0]?.headers.traceparent?.slice(3, 35), toHub.trace)
    assert.equal(hub.requests[1]?.headers.traceparent?.slice(3, 35), toSeat.trace)
    assert.equal(traced.trace, given.slice(3, 35))
    assert.match(
      String(hub.requests[2]?.headers.traceparent),
      new RegExp(`^00-${traced.trace}-(?!${given.slice(36, 52)})`),
    )
    assert.equal(hub.requests[2]?.headers.tracestate, 'a=1')
    assert.equal(backend.requests[1]?.headers.traceparent?.slice(3, 35), untraced.trace)
    assert.notEqual(untraced.trace, traced.trace)
    assert.equal(backend.requests[1]?.headers.tracestate, undefined)
    assert.ok(toHub.hubMilliseconds > 0 && toHub.hubMilliseconds <= toHub.milliseconds)
    assert.deepEqual([toServer.by, toServer.row, toServer.server, toServer.run], ['server', '5b', 's1', 1])
    assert.ok(toServer.serverMilliseconds > 0 && toServer.proxyMilliseconds < toServer.milliseconds)
    assert.deepEqual([toSeat.by, toSeat.status, toSeat.error], ['proxy', 403, 'ticket_unknown'])
    assert.ok(toSeat.hubMilliseconds > 0)
    assert.deepEqual([upgrade.webSocket, upgrade.status, upgrade.row], [true, 101, '5a'])
  })
})
