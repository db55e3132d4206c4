import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { staticLabel } from '../../../seats/files/static-files.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  ask,
  askBytes,
  type Backend,
  cookieOf,
  type FakeHub,
  ownPage,
  routeOf,
  seatCookieOf,
  startBackend,
  startFakeHub,
  startSite,
  temporaryFolder,
} from '../world.ts'
import { icon, main, script, staticArchive, theme } from './archive.ts'

const digest = 'ab'.repeat(32)
const path = '/user/ann/demo/'
const asScript = { ...ownPage, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }

for (const hosts of ['own', 'shared'] as const) {
  describe(`static files of programs, with ${hosts} hosts`, () => {
    const cleanup = cleanupAfterEach()
    let hub: FakeHub
    let server: Backend
    let url: string
    let folder: string
    const serversUrl = hosts === 'own' ? 'http://*.nb.test' : 'http://nb.test'
    const host = hosts === 'own' ? 'label0001.nb.test' : 'nb.test'
    const staticHost = hosts === 'own' ? `${staticLabel(digest)}.nb.test` : 'nb.test'
    const seat = hosts === 'own' ? seatCookieOf({ ownHost: true, secure: false }) : cookieOf()
    const open = async (route = true) => {
      const proxy = await startSite(cleanup, hub, { serversUrl, staticFolder: folder })
      if (route) await addRoute(proxy, routeOf(server, { access: accessOf({ static: digest }) }))
      url = proxy.urls[0]
    }
    beforeEach(async () => {
      hub = await startFakeHub(cleanup)
      server = await startBackend(cleanup)
      folder = await temporaryFolder(cleanup)
      hub.archives.set(digest, await staticArchive())
    })

    const atServer = (file: string, headers: Record<string, string> = asScript, method = 'GET') =>
      ask(url, path + file, { host, method, headers: { cookie: seat, ...headers } })
    const atStatic = (file: string, headers: Record<string, string> = asScript, method = 'GET') =>
      ask(url, `/_carrel/static/${digest}/${file}`, { host: staticHost, method, headers })
    const asked = () => hub.requests.filter(({ url }) => url.startsWith('/hub/api/static-files/')).length
    const untilLed = () => until(async () => (await atServer(main)).status === 302, 'the files at the proxy')

    it('come from the server where no hub has them', async () => {
      hub.archives.clear()
      await open()
      assert.equal((await atServer(main)).status, 200)
      assert.equal((await atStatic(main)).status, 404)
    })

    it('lead away from the server once the proxy has them', async () => {
      await open()
      await untilLed()
      const { status, headers } = await atServer(`${main}?v=efd36b46f3b45eb8`)
      assert.equal(status, 302)
      assert.equal(headers.location, `http://${staticHost}/_carrel/static/${digest}/${main}`)
      assert.equal(headers['cache-control'], 'private, max-age=86400')
      assert.equal(
        (await atServer(theme, { ...asScript, 'sec-fetch-dest': 'style' })).headers['cache-control'],
        'no-store',
      )
    })

    it('come from the server where they are not in the copy, or where another host cannot answer', async () => {
      await open()
      await untilLed()
      const others: [file: string, headers: Record<string, string>, method?: string][] = [
        ['static/lab/other.efd36b46f3b45eb8.js', asScript],
        ['static/lab/style.js', asScript],
        [main, { ...asScript, 'sec-fetch-dest': 'worker' }],
        [main, { ...asScript, 'sec-fetch-dest': 'empty' }],
        [main, ownPage],
        [main, asScript, 'HEAD'],
        [`${main.replace('/', '%2f')}`, asScript],
      ]
      for (const [file, headers, method] of others)
        assert.equal((await atServer(file, headers, method)).status, 200, file)
      assert.equal((await atServer(main, { ...asScript, cookie: '' })).status, 403)
    })

    it('are compressed as the client takes it, for ever, for all origins and without cookies', async () => {
      await open()
      await untilLed()
      const codings: [accepted: string, coding: string | undefined, read: (body: Buffer) => Buffer][] = [
        ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
        ['gzip, br;q=0', 'gzip', gunzipSync],
        ['identity', undefined, (body) => body],
      ]
      for (const [accepted, coding, read] of codings) {
        const file = `/_carrel/static/${digest}/${main}`
        const { status, headers, body } = await askBytes(url, file, {
          host: staticHost,
          headers: { ...asScript, 'accept-encoding': accepted, cookie: seat },
        })
        assert.equal(status, 200)
        assert.equal(headers['content-encoding'], coding)
        assert.equal(String(read(body)), script)
        const { date: _, connection: __, etag, 'x-request-id': ___, 'keep-alive': ____, ...others } = headers
        assert.deepEqual(others, {
          'content-type': 'text/javascript; charset=utf-8',
          ...(coding !== undefined && { 'content-encoding': coding }),
          ...(coding === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body.length) }),
          'cache-control': 'public, max-age=31536000, immutable',
          vary: 'Accept-Encoding',
          'access-control-allow-origin': '*',
          'cross-origin-resource-policy': 'cross-origin',
          'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
          'x-content-type-options': 'nosniff',
          'x-robots-tag': 'noindex',
        })
        const known = await atStatic(main, { ...asScript, 'accept-encoding': accepted, 'if-none-match': String(etag) })
        assert.deepEqual([known.status, known.body], [304, ''])
        const head = await atStatic(main, { ...asScript, 'accept-encoding': accepted }, 'HEAD')
        assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', headers['content-length']])
      }
      assert.equal(
        (await atStatic(icon, { ...asScript, 'sec-fetch-dest': 'image' })).headers['content-type'],
        'image/svg+xml',
      )
    })

    it('are listed for pages that wait for a server, once a program has asked for them', async () => {
      await open()
      await untilLed()
      const { status, headers, body } = await atStatic('first.json', { ...asScript, 'sec-fetch-dest': 'empty' })
      assert.deepEqual([status, JSON.parse(body)], [200, []], 'one file is no opening')
      assert.equal(headers['access-control-allow-origin'], '*')
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal((await atStatic('first.json', { 'sec-fetch-mode': 'navigate' })).status, 404)
      assert.equal((await atStatic('first.json', { 'sec-fetch-dest': 'document' })).status, 404)
    })

    it('are fetched once, and are there after a restart without any hub', async () => {
      await open()
      await untilLed()
      await Promise.all([1, 2, 3].map(() => atStatic(main)))
      assert.equal(asked(), 1)
      await open(false)
      assert.equal((await atStatic(main)).status, 200)
      assert.equal(asked(), 1)
    })

    it('are told as missing, and fetched anew, where the folder was emptied', async () => {
      await open()
      await untilLed()
      await rm(folder, { recursive: true })
      assert.equal((await atStatic(main)).status, 404)
      await untilLed()
      assert.equal((await atStatic(main)).status, 200)
    })
  })
}
