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
    const socket = openWebSocket(proxy.urls[0], `${path}ws`, { origin: serversUrl, cookie: cookieOf() })
    socket.once('open', () => socket.close())
    const lines = () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .filter((line) => line.msg === 'request')
    await until(() => lines().length === 4, 'all four requests are logged')

    assert.doesNotMatch(text, /SECRET|v1\.k1|carrel-server-/)
    assert.ok(!text.includes(token))
    const [toHub, toServer, toSeat, upgrade] = lines()
    assert.deepEqual([toHub.by, toHub.status, toHub.path, toHub.method], ['hub', 200, '/hub/x', 'GET'])
    assert.equal(hub.requests[0]?.headers['x-request-id'], toHub.request)
    assert.ok(toHub.hubMilliseconds > 0 && toHub.hubMilliseconds <= toHub.milliseconds)
    assert.deepEqual([toServer.by, toServer.row, toServer.server, toServer.run], ['server', '5b', 's1', 1])
    assert.ok(toServer.serverMilliseconds > 0 && toServer.proxyMilliseconds < toServer.milliseconds)
    assert.deepEqual([toSeat.by, toSeat.status, toSeat.error], ['proxy', 403, 'ticket_unknown'])
    assert.ok(toSeat.hubMilliseconds > 0)
    assert.deepEqual([upgrade.webSocket, upgrade.status, upgrade.row], [true, 101, '5a'])
  })
})
