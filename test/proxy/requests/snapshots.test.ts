import assert from 'node:assert/strict'
import { snapshotsLabel, snapshotUrl } from '../../../seats/files/snapshots.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { ask, cookieOf, type FakeHub, hubUrl, startFakeHub, startSite, token } from '../world.ts'

const id = 'abcdefghijklmnop2345'
const navigation = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

for (const [hosts, serversUrl, options] of [
  ['own', 'http://*.nb.test', {}],
  ['shared', 'http://nb.test', {}],
  ['hub', hubUrl, { shareHubOrigin: true }],
] as const) {
  describe(`the addresses of snapshots, with ${hosts} hosts`, () => {
    const cleanup = cleanupAfterEach()
    const address = new URL(snapshotUrl(serversUrl, id))
    let hub: FakeHub
    let url: string
    beforeEach(async () => {
      hub = await startFakeHub(cleanup)
      url = (await startSite(cleanup, hub, { serversUrl, ...options })).urls[0]
    })
    const look = (path = address.pathname, headers: Record<string, string> = {}, method = 'GET') =>
      ask(url, path, { method, host: address.host, headers: { ...navigation, ...headers } })

    it('show what the hub has, without rights and without cookies', async () => {
      const { status, headers } = await look(address.pathname, {
        cookie: cookieOf(),
        authorization: 'token mine',
        'if-none-match': '"a"',
        'accept-encoding': 'gzip',
        'x-forwarded-for': '1.2.3.4',
        'x-carrel-seat': 'forged',
      })
      assert.equal(status, 200)
      const [asked] = hub.requests
      assert.deepEqual([asked?.method, asked?.url], ['GET', `/hub/api/snapshots/${id}/page`])
      const { headers: sent = {} } = asked ?? {}
      assert.deepEqual(
        ['authorization', 'cookie', 'x-carrel-seat', 'if-none-match', 'accept-encoding', 'accept'].map(
          (one) => sent[one],
        ),
        [`token ${token}`, undefined, undefined, '"a"', 'gzip', 'text/html'],
      )
      assert.match(
        String(headers['content-security-policy']),
        /default-src 'none'.*frame-ancestors 'none'; sandbox allow-popups/,
      )
      assert.deepEqual(
        ['cache-control', 'referrer-policy', 'x-robots-tag', 'set-cookie', 'cross-origin-opener-policy'].map(
          (one) => headers[one],
        ),
        ['no-cache', 'no-referrer', 'noindex, nofollow, noarchive', undefined, undefined],
      )
    })

    it('keep both policies, and nothing that is refused', async () => {
      hub.failing = 404
      const { status, headers } = await look()
      assert.deepEqual([status, headers['cache-control']], [404, 'no-store'])
      assert.match(String(headers['content-security-policy']), /sandbox/)
    })

    it('are read and nothing else', async () => {
      assert.equal((await look(address.pathname, {}, 'HEAD')).status, 200)
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
        assert.equal((await look(address.pathname, {}, method)).status, 404)
      assert.equal((await look(address.pathname, { 'service-worker': 'script' })).status, 404)
      for (const path of ['', 'x', `${id}/`, `${id}/page`, `../snapshots/${id}`, id.toUpperCase(), `%61${id.slice(1)}`])
        assert.notEqual((await look(`/_carrel/snapshots/${path}`)).status, 200)
      assert.equal(hub.requests.filter(({ url }) => url.startsWith('/hub/api/snapshots/')).length, 1)
    })
  })
}

describe('the host of snapshots', () => {
  const cleanup = cleanupAfterEach()

  it('has nothing else, and no other host has snapshots', async () => {
    const hub = await startFakeHub(cleanup)
    const [url] = (await startSite(cleanup, hub, { serversUrl: 'http://*.nb.test' })).urls
    const host = `${snapshotsLabel}.nb.test`
    for (const path of ['/', '/hub/home', '/user/ann/demo/lab', '/_carrel/seat', '/_carrel/static/x', '/robots.txt'])
      assert.equal((await ask(url, path, { host, headers: navigation })).status, 404, path)
    const elsewhere = await ask(url, `/_carrel/snapshots/${id}`, { host: 'label0001.nb.test' })
    assert.equal(elsewhere.status, 404)
    assert.equal(hub.requests.length, 0)
  })
})
