import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { clientBehind } from '../../../proxy/listen/trusted-proxies.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import {
  addRoute,
  ask,
  cookieOf,
  openWebSocket,
  ownPage,
  routeOf,
  serversUrl,
  startBackend,
  startFakeHub,
  startSite,
} from '../world.ts'

describe('the client behind trusted proxies', () => {
  const clientOf = clientBehind(['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '2001:db8::5'])
  const cases: [string, string | undefined, string | undefined, string][] = [
    ['is the connecting address without a header', '198.51.100.1', undefined, '198.51.100.1'],
    [
      'is the connecting address, whatever the header of a stranger says',
      '198.51.100.1',
      '203.0.113.9',
      '198.51.100.1',
    ],
    ['is the address that a trusted proxy reports', '10.1.2.3', '203.0.113.9', '203.0.113.9'],
    [
      'is the address that the proxy itself has added, not an earlier one',
      '10.1.2.3',
      '6.6.6.6, 203.0.113.9',
      '203.0.113.9',
    ],
    ['is found past several proxies', '10.1.2.3', '6.6.6.6, 203.0.113.9, 192.0.2.7,10.9.9.9', '203.0.113.9'],
    ['is the farthest proxy when all are trusted', '10.1.2.3', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
    ['may be in front of an IPv6 proxy', 'fd00::1', '2001:DB8::9', '2001:db8::9'],
    ['is seen through an IPv4 address in IPv6 form', '::ffff:10.1.2.3', '::ffff:203.0.113.9', '203.0.113.9'],
    ['may come with a port', '10.1.2.3', '203.0.113.9:4711', '203.0.113.9'],
    ['may come with a port, in IPv6', '10.1.2.3', '[2001:db8::9]:4711', '2001:db8::9'],
    ['is the proxy when the header holds no address', '10.1.2.3', 'unknown', '10.1.2.3'],
    ['is the proxy when the header is empty', '10.1.2.3', '', '10.1.2.3'],
    ['is the proxy when the last entry of the header is no address', '10.1.2.3', '203.0.113.9, x" or 1', '10.1.2.3'],
    ['is unknown on a unix socket', undefined, '203.0.113.9', 'unknown'],
    ['is a neighbour of a trusted address', '192.0.2.8', '203.0.113.9', '192.0.2.8'],
  ]
  for (const [what, remote, header, expected] of cases) {
    it(what, () => assert.equal(clientOf(remote, header), expected))
  }

  for (const wrong of [
    '10.0.0.0/33',
    'fd00::/129',
    'everybody',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '',
    '10.0.0/8',
    '::1/-1',
  ]) {
    it(`are never ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => clientBehind(['10.0.0.1', wrong]), /addresses or networks like 10\.0\.0\.0\/8/)
    })
  }

  describe('in the proxy', () => {
    const cleanup = cleanupAfterEach()

    async function seen(trustedProxies: string[] | undefined) {
      const lines: string[] = []
      const log = pino(new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) }))
      const [hub, backend] = [await startFakeHub(cleanup), await startBackend(cleanup)]
      const proxy = await startSite(cleanup, hub, { trustedProxies, log })
      await addRoute(proxy, routeOf(backend))
      const headers = {
        'x-forwarded-for': '6.6.6.6, 203.0.113.9',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.example',
        'x-real-ip': '6.6.6.6',
        forwarded: 'for=6.6.6.6',
      }
      await ask(proxy.urls[0], '/hub/home', { host: 'hub.test', headers })
      await ask(proxy.urls[0], '/user/ann/demo/x', { headers: { ...ownPage, cookie: cookieOf(), ...headers } })
      const socket = openWebSocket(proxy.urls[0], '/user/ann/demo/ws', {
        origin: serversUrl,
        cookie: cookieOf(),
        ...headers,
      })
      await once(socket, 'open')
      socket.terminate()
      const arrived = [...hub.requests, ...backend.requests].map((request) => request.headers)
      for (const one of arrived) {
        assert.equal(one['x-forwarded-proto'], 'http')
        assert.notEqual(one['x-forwarded-host'], 'evil.example')
        assert.equal(one['x-real-ip'], undefined)
        assert.equal(one.forwarded, undefined)
      }
      assert.equal(arrived.length, 3)
      const logged = lines.flatMap((line) => JSON.parse(line).client ?? [])
      return new Set([...arrived.map((one) => one['x-forwarded-for']), ...logged])
    }

    it('is told to hub and servers, and to the log; scheme and host never come from a header', async () => {
      assert.deepEqual(await seen(['127.0.0.1']), new Set(['203.0.113.9']))
    })

    it('is the connecting address when no proxy or another proxy is trusted', async () => {
      assert.deepEqual(await seen(undefined), new Set(['127.0.0.1']))
      assert.deepEqual(await seen(['10.0.0.0/8']), new Set(['127.0.0.1']))
    })
  })
})
