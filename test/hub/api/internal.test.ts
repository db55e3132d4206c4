import assert from 'node:assert/strict'
import { derive, serverToken } from '../../../seats/keys.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, cull, hubUrl, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

const demo = '/tmplogin?course=demo'

onEachDatabase('the internal listener', (makeDatabase) => {
  let hub: TestHub
  beforeEach(async () => {
    const config = { hub: { url: hubUrl, port: 0, insecureHttp: true, internal: { port: 0 } } }
    hub = await startTestHub({ database: await makeDatabase(), config })
  })
  afterEach(async () => hub?.stop())

  const ask = (path: string, token?: string, how: { method?: string; body?: unknown; headers?: object } = {}) =>
    createHttpBrowser(hub.internal ?? '').fetch(path, {
      method: how.method ?? 'GET',
      headers: {
        ...(token !== undefined && { authorization: `token ${token}` }),
        ...(how.body !== undefined && { 'content-type': 'application/json' }),
        ...how.headers,
      },
      ...(how.body !== undefined && { body: JSON.stringify(how.body) }),
    })

  const report = (name: string, servers: Record<string, { last_activity: string }>, token: string) =>
    ask(`/hub/api/users/${encodeURIComponent(name)}/activity`, token, { method: 'POST', body: { servers } })

  /** Opens a ready server for a new user. */
  async function open() {
    const known = new Set(hub.world.objects.keys())
    const browser = hub.browser()
    await browser.enter(demo)
    const object = [...hub.world.objects.values()].find(({ name }) => !known.has(name))
    assert.ok(object)
    const row = await hub.db('servers').where({ id: object.server }).first()
    const { name: owner } = await hub.db('users').where({ id: row.user }).first('name')
    return { browser, object, row, owner: String(owner), token: object.token }
  }

  it('shows a server only itself and its owner', async () => {
    const [mine, other] = [await open(), await open()]
    const answer = await ask('/hub/api/user', mine.token)
    assert.equal(answer.status, 200)
    const { name, admin, servers, scopes } = answer.json()
    assert.deepEqual([name, admin, Object.keys(servers)], [mine.owner, false, ['demo']])
    assert.equal(servers.demo.url, mine.row.path)
    assert.deepEqual(scopes, [`access:servers!server=${mine.owner}/demo`, `users:activity!user=${mine.owner}`])
    assert.ok(!answer.text.includes(other.owner))
  })

  it('is in the environment of servers, with a token of their own', async () => {
    const { object, row, owner } = await open()
    const told = Object.entries(object.env).filter(([name]) => name.startsWith('JUPYTERHUB_'))
    assert.deepEqual(Object.fromEntries(told), {
      JUPYTERHUB_API_URL: `${hub.internal}/hub/api`,
      JUPYTERHUB_ACTIVITY_URL: `${hub.internal}/hub/api/users/${owner}/activity`,
      JUPYTERHUB_API_TOKEN: object.env.JUPYTER_TOKEN,
      JUPYTERHUB_BASE_URL: '/',
      JUPYTERHUB_HOST: hubUrl,
      JUPYTERHUB_SERVICE_PREFIX: row.path,
      JUPYTERHUB_USER: owner,
      JUPYTERHUB_SERVER_NAME: 'demo',
    })
  })

  it('serves no page, no file, no session and no metrics, and its health check has no detail', async () => {
    const { browser, token } = await open()
    const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const page = await hub.browser().navigate(demo)
    const file = /\/hub\/static\/[^"]+/.exec(page.text)?.[0] ?? ''
    assert.equal((await hub.browser().fetch(file)).status, 200)
    const paths = ['/', '/hub', '/hub/', '/hub/home', '/hub/login', '/hub/courses', demo, file, '/health', '/metrics']
    for (const path of [...paths, '/hub/metrics', '/robots.txt', '/hub/api/seats', '/hub/launches', '/user/x/demo/']) {
      for (const method of ['GET', 'POST']) {
        const headers = { accept: 'text/html', cookie, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
        const answer = await ask(path, token, { method, headers })
        assert.ok([403, 404].includes(answer.status), `${method} ${path}: ${answer.status}`)
        assert.match(String(answer.headers['content-type']), /^application\/json/)
        assert.deepEqual(answer.cookies, [])
      }
    }
    assert.deepEqual((await ask('/hub/health')).json(), { status: 'ok' })
    assert.equal((await ask('/hub/api/user', undefined, { headers: { cookie } })).status, 403)
  })

  it('returns its version without a token, since clients ask for it before they send one', async () => {
    for (const path of ['/hub/api', '/hub/api/']) {
      const answer = await ask(path)
      assert.deepEqual([answer.status, Object.keys(answer.json())], [200, ['version']])
    }
  })

  it('takes only the token of a ready server', async () => {
    const { object, row, token, owner } = await open()
    const key = secrets.keys.all[0]
    const forged = `carrel-server-${object.server}-1-${derive(key, 'seat', object.server, 1).toString('base64url')}`
    const wrong = {
      'no token': undefined,
      'the proxies’': secrets.proxyToken,
      'the culler’s': secrets.cullerToken,
      'another run’s': serverToken(key, object.server, row.run + 1),
      'one of no server': serverToken(key, 'a'.repeat(20), 1),
      'one of another purpose': forged,
      'one cut short': token.slice(0, -1),
      'one with more': `${token}x`,
      'one of another key': serverToken({ kid: 'k1', secret: Buffer.alloc(32, 9) }, object.server, 1),
    }
    for (const [what, given] of Object.entries(wrong)) {
      assert.equal((await ask('/hub/api/user', given)).status, 403, what)
      assert.equal((await report(owner, {}, given ?? '')).status, 403, what)
    }
    assert.equal((await ask(`/hub/api/user?token=${token}`)).status, 403)
  })

  it('ends a token with its run', async () => {
    const { token, owner } = await open()
    assert.equal((await ask('/hub/api/user', token)).status, 200)
    await cull(hub, 'DELETE', `/${owner}/servers/demo`, { run: 1 })
    assert.equal((await ask('/hub/api/user', token)).status, 403)
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    assert.equal((await ask('/hub/api/user', token)).status, 403)
  })

  it('refuses the server of a blocked user', async () => {
    const { token, row } = await open()
    await hub.db('users').where({ id: row.user }).update({ state: 'blocked' })
    assert.equal((await ask('/hub/api/user', token)).status, 403)
  })

  it('has tokens that open nothing at the public listener', async () => {
    const { token, owner } = await open()
    const paths = ['/hub/api/user', '/hub/api/users', `/hub/api/users/${owner}/activity`, `/hub/api/users/${owner}`]
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const headers = { authorization: `token ${token}`, 'content-type': 'application/json' }
        const answer = await createHttpBrowser(hub.address).fetch(path, { method, headers, body: '{}' })
        assert.ok(answer.status >= 400, `${method} ${path}: ${answer.status}`)
      }
    }
    assert.equal((await hub.db('servers').first('state')).state, 'ready')
  })

  describe('accepts reports of activity', () => {
    const longAgo = Date.parse('2026-01-01T10:00:00Z')
    const rowOf = async (server: string) => {
      const row = await hub.db('activity').where({ server }).first()
      return { ...row, last_activity: Number(row.last_activity), probed: Number(row.probed) }
    }
    const note = async (server: string, more: object = {}) => {
      const row = { run: 1, last_activity: longAgo, probed: longAgo, result: 'idle', reason: 'no kernel is busy' }
      await hub.db('activity').where({ server }).delete()
      await hub.db('activity').insert({ server, ...row, ...more })
    }

    it('up to now, and leaves what proxies and probes have reported', async () => {
      const { object, owner, token } = await open()
      await note(object.server)
      const at = '2026-01-01T10:05:00.123456Z'
      assert.equal((await report(owner, { demo: { last_activity: at } }, token)).status, 200)
      assert.equal((await rowOf(object.server)).last_activity, Date.parse(at))
      await report(owner, { demo: { last_activity: '2026-01-01T09:00:00Z' } }, token)
      assert.equal((await rowOf(object.server)).last_activity, Date.parse(at), 'it never goes back')
      await report(owner, { demo: { last_activity: '2999-01-01T00:00:00+00:00' } }, token)
      const { last_activity, result, reason, probed } = await rowOf(object.server)
      assert.ok(Math.abs(last_activity - Date.now()) < 60_000)
      assert.deepEqual([result, reason, probed], ['idle', 'no kernel is busy', longAgo])
    })

    it('and counts none where the settings of the server let only traffic count', async () => {
      await hub.stop()
      const internal = { url: hubUrl, port: 0, insecureHttp: true, internal: { port: 0 } }
      const courses = { demo: { image: 'demo', cull: { spareBusy: false } } }
      hub = await startTestHub({ database: await makeDatabase(), config: { hub: internal, courses } })
      const { object, owner, token } = await open()
      await note(object.server)
      assert.equal((await report(owner, { demo: { last_activity: '2026-01-02T00:00:00Z' } }, token)).status, 200)
      assert.equal((await rowOf(object.server)).last_activity, longAgo)
    })

    it('of this run only', async () => {
      const { object, owner, token } = await open()
      await note(object.server, { run: 2 })
      await report(owner, { demo: { last_activity: '2026-01-02T00:00:00Z' } }, token)
      assert.equal((await rowOf(object.server)).last_activity, longAgo)
    })

    it('of no other server, and does not reveal whether there is one', async () => {
      const [mine, other] = [await open(), await open()]
      await note(other.object.server)
      const at = { last_activity: '2026-01-02T00:00:00Z' }
      const refusals = [
        await report(other.owner, { demo: at }, mine.token),
        await report('nobody', { demo: at }, mine.token),
        await report(mine.owner, { third: at }, mine.token),
        await report(mine.owner, { demo: at, third: at }, mine.token),
      ]
      for (const { status, text } of refusals) {
        assert.equal(status, 404)
        assert.deepEqual(text.replace(/"error_id":"[^"]*"/, ''), refusals[0]?.text.replace(/"error_id":"[^"]*"/, ''))
      }
      assert.equal((await rowOf(other.object.server)).last_activity, longAgo)
    })

    it('in JupyterHub’s form, and refuses any other', async () => {
      const { owner, token } = await open()
      const path = `/hub/api/users/${owner}/activity`
      for (const body of [{}, [], { servers: [] }, { servers: { demo: {} } }, { last_activity: 'soon' }]) {
        assert.equal((await ask(path, token, { method: 'POST', body })).status, 400, JSON.stringify(body))
      }
      const whole = {
        servers: { demo: { last_activity: '2026-01-02T00:00:00Z' } },
        last_activity: '2026-01-02T00:00:00Z',
      }
      assert.equal((await ask(path, token, { method: 'POST', body: whole })).status, 200)
      assert.equal(
        (await ask(path, token, { method: 'POST', body: { last_activity: '2026-01-02T00:00:00Z' } })).status,
        200,
      )
    })

    it('of any age, and the age limit ends the server nevertheless', async () => {
      const { object, owner, token } = await open()
      await report(owner, { demo: { last_activity: new Date().toISOString() } }, token)
      await hub.db('servers').where({ id: object.server }).update({ started: longAgo })
      const { age_seconds } = (await cull(hub, 'GET', '')).json().items[0].servers.demo
      assert.ok(age_seconds > 14_400)
      assert.equal((await cull(hub, 'DELETE', `/${owner}/servers/demo`, { run: 1 })).status, 202)
    })
  })
})

describe('without an internal listener', () => {
  it('servers get no variables of JupyterHub', async () => {
    const hub = await startTestHub()
    try {
      await hub.browser().enter(demo)
      const [object] = hub.world.objects.values()
      assert.equal(hub.internal, undefined)
      assert.deepEqual(
        Object.keys(object?.env ?? {}).filter((name) => name.startsWith('JUPYTERHUB_')),
        [],
      )
    } finally {
      await hub.stop()
    }
  })
})
