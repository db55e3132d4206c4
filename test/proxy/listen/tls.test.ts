import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import type { RunningProxy } from '../../../proxy/proxy.ts'
import { selfSigned } from '../../helpers/certificate.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  type FakeHub,
  routeOf,
  seatCookieOf,
  startBackend,
  startFakeHub,
  startSite,
  temporaryFolder,
} from '../world.ts'

describe('TLS at the proxy', () => {
  const cleanup = cleanupAfterEach()
  const [first, second] = [selfSigned(['hub.test', '*.nb.test']), selfSigned(['hub.test', '*.nb.test'])]
  const urls = { hubUrl: 'https://hub.test', serversUrl: 'https://*.nb.test' }
  let folder: string
  let files: { cert: string; key: string }
  let hub: FakeHub
  let log: string[]

  beforeEach(async () => {
    folder = await temporaryFolder(cleanup)
    files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
    await store(first)
    hub = await startFakeHub(cleanup)
    log = []
  })

  async function store(pair: { cert: Buffer | string; key: Buffer | string }): Promise<void> {
    for (const kind of ['cert', 'key'] as const) {
      // Replaces the file whole, as programs that renew do: a reader gets either the old file or the new one.
      await writeFile(`${files[kind]}.new`, pair[kind], { mode: 0o600 })
      await rename(`${files[kind]}.new`, files[kind])
    }
  }

  const start = (options = {}) =>
    startSite(cleanup, hub, {
      ...urls,
      tls: files,
      log: pino(new Writable({ write: (chunk, _encoding, done) => done(void log.push(String(chunk))) })),
      ...options,
    })

  const logged = (words: RegExp) => log.filter((line) => words.test(line)).length

  async function handshake(proxy: RunningProxy, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const port = Number(new URL(proxy.urls[0]).port)
    const socket = connect({ host: '127.0.0.1', port, servername: 'hub.test', rejectUnauthorized: false, ...options })
    cleanup.defer(() => socket.destroy())
    await once(socket, 'secureConnect')
    return socket
  }

  /** Returns the certificate that a new connection sees. */
  async function shown(proxy: RunningProxy): Promise<string> {
    const socket = await handshake(proxy)
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint256
  }

  const fingerprintOf = ({ cert }: { cert: Buffer }) => new X509Certificate(cert).fingerprint256

  async function untilShown(proxy: RunningProxy, pair: { cert: Buffer }): Promise<void> {
    await until(async () => (await shown(proxy)) === fingerprintOf(pair), 'the new certificate')
  }

  it('answers by https, and reports that scheme to the hub', async () => {
    const proxy = await start()
    assert.match(proxy.urls[0], /^https:/)
    const agent = new Agent({ rejectUnauthorized: false })
    cleanup.defer(() => agent.destroy())
    const answer = JSON.parse(await get(proxy, agent, '/hub/home'))
    assert.equal(answer.headers['x-forwarded-proto'], 'https')
    assert.equal(logged(/certificate lacks names/), 0)
  })

  it('speaks TLS 1.2 and 1.3, nothing older, and HTTP/1.1', async () => {
    const proxy = await start()
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake(proxy, { minVersion: version, maxVersion: version, ALPNProtocols: ['http/1.1'] })
      assert.equal(socket.getProtocol(), version)
      assert.equal(socket.alpnProtocol, 'http/1.1')
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    await assert.rejects(handshake(proxy, old))
    await assert.rejects(handshake(proxy, { ALPNProtocols: ['h2'] }))
  })

  it('takes a new pair over, while open connections go on', async () => {
    const backend = await startBackend(cleanup)
    const proxy = await start()
    await addRoute(proxy, routeOf(backend))
    const { label } = accessOf()
    const origin = `https://${label}.nb.test`
    const port = new URL(proxy.urls[0]).port
    const socket = new WebSocket(`wss://127.0.0.1:${port}/user/ann/demo/ws`, {
      rejectUnauthorized: false,
      origin,
      headers: { host: `${label}.nb.test`, cookie: seatCookieOf({ ownHost: true, secure: true }) },
    })
    cleanup.defer(() => socket.terminate())
    await once(socket, 'open')
    const agent = new Agent({ rejectUnauthorized: false, keepAlive: true, maxSockets: 1 })
    cleanup.defer(() => agent.destroy())
    await get(proxy, agent, '/one')
    const [kept] = Object.values(agent.freeSockets).flat()

    await store(second)
    await untilShown(proxy, second)

    await get(proxy, agent, '/two')
    assert.equal(Object.values(agent.freeSockets).flat()[0], kept)
    socket.send('still there?')
    const [echo] = await once(socket, 'message')
    assert.equal(String(echo), 'still there?')
  })

  it('keeps the old pair when the new one is broken, logs that, and takes the next good one', async () => {
    const proxy = await start()
    const broken = [
      { cert: second.cert, key: first.key },
      { cert: 'nonsense', key: second.key },
      { cert: '', key: '' },
    ]
    for (const pair of broken) {
      const before = logged(/the old one stays/)
      await store(pair)
      await until(() => logged(/the old one stays/) > before, 'a complaint')
      assert.equal(await shown(proxy), fingerprintOf(first))
    }
    assert.equal(logged(/PRIVATE KEY/), 0)
    await store(second)
    await untilShown(proxy, second)
  })

  it('keeps the old pair when the new key may be read by everybody', async () => {
    const proxy = await start()
    await store(second)
    await chmod(files.key, 0o604)
    await proxy.reload()
    assert.equal(logged(/everybody on this machine may read/) > 0, true)
    assert.equal(await shown(proxy), fingerprintOf(first))
  })

  it('follows links that lead elsewhere now, as with Kubernetes and certbot', async () => {
    for (const [name, pair] of [
      ['v1', first],
      ['v2', second],
    ] as const) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'tls.crt'), pair.cert)
      await writeFile(join(folder, name, 'tls.key'), pair.key, { mode: 0o400 })
    }
    await symlink('v1', join(folder, '..data'))
    await mkdir(join(folder, 'mount'))
    const [cert, key] = [join(folder, 'mount', 'c'), join(folder, 'mount', 'k')]
    await symlink('../..data/tls.crt', cert)
    await symlink('../..data/tls.key', key)
    const proxy = await start({ tls: { cert, key } })
    assert.equal(await shown(proxy), fingerprintOf(first))
    await symlink('v2', join(folder, '..new'))
    await rename(join(folder, '..new'), join(folder, '..data'))
    await untilShown(proxy, second)
  })

  it('warns when the certificate lacks a name', async () => {
    await store(selfSigned(['hub.test', 'nb.test']))
    await start()
    assert.equal(logged(/"missing":\["label\.nb\.test"\]/), 1)
  })

  it('ends with its connections', async () => {
    const proxy = await start()
    const socket = await handshake(proxy)
    await Promise.all([once(socket, 'close'), proxy.stop()])
    await assert.rejects(handshake(proxy))
  })

  const wrong: [string, () => Promise<unknown>, object, RegExp][] = [
    [
      'public URLs that are http',
      async () => undefined,
      { hubUrl: 'http://hub.test', serversUrl: 'http://nb.test' },
      /begin with https/,
    ],
    ['a key that everybody may read', () => chmod(files.key, 0o644), {}, /everybody on this machine may read .*chmod/],
    [
      'files that are not there',
      async () => {
        files = { cert: join(folder, 'a'), key: join(folder, 'b') }
      },
      {},
      /ENOENT/,
    ],
    [
      'another certificate’s key',
      () => store({ cert: first.cert, key: second.key }),
      {},
      /not a certificate in PEM and its key/,
    ],
    ['nonsense', () => store({ cert: 'x', key: 'y' }), {}, /not a certificate in PEM and its key/],
  ]
  for (const [what, prepare, options, message] of wrong) {
    it(`refuses to start with ${what}`, async () => {
      await prepare()
      await assert.rejects(start({ tls: files, ...options }), message)
    })
  }

  async function get(proxy: RunningProxy, agent: Agent, path: string): Promise<string> {
    const { port } = new URL(proxy.urls[0])
    const asked = request({
      host: '127.0.0.1',
      port,
      path,
      agent,
      servername: 'hub.test',
      headers: { host: 'hub.test' },
    })
    asked.end()
    const [answer] = await once(asked, 'response')
    return text(answer)
  }
})
