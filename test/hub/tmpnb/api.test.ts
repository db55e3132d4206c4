import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { ConfigInput } from '../../../config/config.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { createFakeServers } from '../../helpers/fake-spawners.ts'
import { type Answer, cull, hubUrl, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

const docs = 'https://docs.example.org'
const apiToken = 'a-token-for-the-portal-0123456789abcd'

describe("tmpnb's API", () => {
  const cleanup = cleanupAfterEach()

  async function start(more: Partial<ConfigInput> = {}, world = createFakeServers()): Promise<TestHub> {
    const courses = { demo: { image: 'example/demo:7', cors: [docs] }, other: { image: 'other' } }
    const hub = await startTestHub({ world, config: { courses, tmpnb: { course: 'demo' }, ...more } })
    cleanup.defer(async () => {
      await hub.stop()
      await world.close()
    })
    return hub
  }

  const spawnIn = (
    hub: TestHub,
    headers: Record<string, string> = { origin: docs },
    path = '/api/spawn',
  ): Promise<Answer> => hub.browser().fetch(path, { method: 'POST', headers: { accept: '*/*', ...headers } })

  it('tells how many more visitors can come, as tmpnb did', async () => {
    const hub = await start({ limits: { servers: 8 } })
    const { status, headers, json } = await hub.browser().fetch('/api/stats')
    assert.equal(status, 200)
    assert.match(String(headers['content-type']), /^application\/json/)
    // A quarter is kept for the other ways in.
    assert.deepEqual(json(), {
      available: 6,
      capacity: 6,
      version: '0.2.0',
      container_image: 'example/demo:7',
      spares: 0,
    })
    await hub.browser().enter('/launch/other')
    await until(async () => (await hub.browser().fetch('/api/stats')).json().available === 5)
    const { status: moved, headers: to } = await hub.browser().fetch('/stats')
    assert.deepEqual([moved, to.location], [302, '/api/stats'])
    const page = await hub.browser().navigate('/info')
    assert.match(page.text, /<strong id="used">1<\/strong> of <span id="capacity">6<\/span>/)
    assert.equal(page.headers['set-cookie'], undefined)
  })

  it('gives a page of a listed origin a server, and the token that opens it', async () => {
    const hub = await start()
    for (const path of ['/api/spawn', '/api/spawn/']) {
      const { status, headers, json, cookies } = await spawnIn(hub, { origin: docs }, path)
      assert.equal(status, 200)
      assert.deepEqual([headers['access-control-allow-origin'], headers.vary, cookies], [docs, 'Origin', []])
      assert.equal(headers['access-control-allow-credentials'], undefined)
      const [, path_, token = ''] = /^(\/user\/[0-9a-f-]{36}\/demo\/)\?token=(.+)$/.exec(json().url) ?? []
      const server = await hub.db('servers').where({ path: path_ }).first()
      assert.equal(server.state, 'ready')
      assert.deepEqual(hub.proxy.routes.get(server.path)?.access?.cors, [docs])
      const admitted = await hub.browser().fetch('/hub/api/admissions', {
        method: 'POST',
        headers: { authorization: `token ${secrets.proxyToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ token, server: server.id, run: server.run }),
      })
      assert.equal(admitted.json().seat.user, server.user)
    }
    assert.equal((await hub.db('servers')).length, 2)
  })

  it('lets such pages send tokens and read answers, and no cookies', async () => {
    const hub = await start()
    const ask = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
    const { status, headers } = await hub.browser().fetch('/api/spawn', {
      method: 'OPTIONS',
      headers: { origin: docs, ...ask },
    })
    assert.equal(status, 204)
    assert.deepEqual(
      [headers['access-control-allow-origin'], headers['access-control-allow-methods'], headers.vary],
      [docs, 'GET, POST', 'Origin'],
    )
    assert.match(String(headers['access-control-allow-headers']), /Authorization/)
    assert.equal(headers['access-control-allow-credentials'], undefined)
    const stats = await hub.browser().fetch('/api/stats', { headers: { origin: docs } })
    assert.equal(stats.headers['access-control-allow-origin'], docs)
  })

  it('gives programs with the token of the config a server, also behind a gate', async () => {
    const hub = await start({ tmpnb: { course: 'demo', apiToken, pages: false } })
    for (const authorization of [`token ${apiToken}`, `Bearer ${apiToken}`])
      assert.equal((await spawnIn(hub, { authorization })).status, 200)
    assert.equal((await spawnIn(hub, { authorization: `token ${apiToken}`, origin: docs })).status, 200)
  })

  it('answers 429 in tmpnb’s words when there is no room, and says when to come again', async () => {
    const hub = await start({ limits: { servers: 1 } })
    assert.equal((await spawnIn(hub)).status, 200)
    const { status, headers, json } = await spawnIn(hub)
    assert.deepEqual([status, headers['retry-after'], json().status], [429, '60', 'full'])
    assert.equal(headers['access-control-expose-headers'], 'Retry-After')
    assert.equal((await hub.db('users')).length, 1)
  })

  it('keeps nothing of a start that fails, or whose client has left', async () => {
    const world = createFakeServers({ startError: new Error('no') })
    const hub = await start({}, world)
    const failed = await spawnIn(hub)
    assert.deepEqual([failed.status, failed.json().error], [503, 'start_failed'])
    assert.equal(failed.headers['access-control-allow-origin'], docs)
    await until(async () => (await hub.db('users').where({ state: 'active' })).length === 0)

    const started = Promise.withResolvers<void>()
    delete world.behaviour.startError
    world.behaviour.beforeStart = started.promise
    const made = new Promise((resolve) => world.events.once('made', resolve))
    const { hostname, port } = new URL(hub.address)
    const sent = request({
      host: hostname,
      port,
      path: '/api/spawn',
      method: 'POST',
      agent: false,
      headers: {
        ...{ host: new URL(hubUrl).host, origin: docs, 'content-length': '0' },
      },
    })
    sent.on('error', () => undefined)
    sent.end()
    await made
    sent.destroy()
    await until(async () => (await hub.db('users').where({ state: 'active' })).length === 0)
    started.resolve()
    await until(() => world.objects.size === 0)
    assert.equal((await hub.db('tokens')).length, 0)
  })

  it('makes visitors whom the culler removes as all others', async () => {
    const hub = await start()
    const { url } = (await spawnIn(hub)).json()
    const [, , name] = url.split('/')
    assert.equal((await cull(hub, 'DELETE', `/${name}/servers/demo`)).status, 202)
    await until(async () => (await hub.db('servers').where({ state: 'stopped' })).length === 1)
  })
})
