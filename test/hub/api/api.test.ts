import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { countRows, createHttpBrowser, cull, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

const demo = '/tmplogin?course=demo'

onEachDatabase('the REST API', (makeDatabase) => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await startTestHub({ database: await makeDatabase(), config: { authenticators: visitorsAndPeople() } })
  })
  afterEach(async () => hub?.stop())

  const ask = (path: string, authorization: string | undefined, method = 'GET') =>
    createHttpBrowser(hub.address).fetch(path, {
      method,
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      ...(method !== 'GET' && { body: '{}' }),
    })

  it('takes the culler’s token for users, the proxy’s for seats, and no other for either', async () => {
    const { cullerToken, proxyToken } = secrets
    const routes: [string, string, string, number][] = [
      ['/hub/api/users', 'GET', cullerToken, 200],
      ['/hub/api/users/nobody', 'DELETE', cullerToken, 404],
      ['/hub/api/users/nobody/servers/demo', 'DELETE', cullerToken, 404],
      ['/hub/api/seats', 'POST', proxyToken, 404],
    ]
    for (const [path, method, token, status] of routes) {
      for (const scheme of ['token', 'Bearer', 'bearer']) {
        assert.equal((await ask(path, `${scheme} ${token}`, method)).status, status, `${method} ${path}`)
      }
      const other = await ask(path, `token ${token === cullerToken ? proxyToken : cullerToken}`, method)
      assert.deepEqual([other.status, other.json().error], [403, 'not_allowed'])
      const wrong = [undefined, '', 'token', `token ${token}x`, `token ${token.slice(0, -1)}`, `Basic ${token}`, token]
      for (const authorization of wrong) {
        const answer = await ask(path, authorization, method)
        assert.equal(answer.status, 403, `${method} ${path} with ${authorization}`)
        const { error, status: said, message } = answer.json()
        assert.deepEqual([error, said, message], ['bad_token', 403, 'Missing or invalid credentials.'])
      }
    }
  })

  it('refuses a session as a credential', async () => {
    const browser = hub.browser()
    await browser.enter(demo)
    assert.equal((await browser.fetch('/hub/api/users')).status, 403)
  })

  it('lists users in pages, with all that a culler needs', async () => {
    for (let count = 0; count < 5; count += 1) await hub.browser().enter(demo)
    const names: string[] = []
    let query = '?offset=0&limit=2'
    for (let pages = 0; query !== ''; pages += 1) {
      assert.ok(pages < 4)
      const { items, _pagination } = (await cull(hub, 'GET', query)).json()
      assert.equal(_pagination.total, 5)
      names.push(...items.map((user: { name: string }) => user.name))
      query = _pagination.next === null ? '' : new URL(_pagination.next.url).search
    }
    assert.equal(new Set(names).size, 5)
    const [user] = (await cull(hub, 'GET', '?limit=1')).json().items
    assert.deepEqual(Object.keys(user).sort(), [
      'admin',
      'age_seconds',
      'created',
      'groups',
      'idle_seconds',
      'kind',
      'last_activity',
      'name',
      'pending',
      'server',
      'servers',
      'temporary',
    ])
    const { demo: server } = user.servers
    assert.deepEqual([user.temporary, server.ready, server.pending, server.run], [true, true, null, 1])
    assert.deepEqual(Object.keys(server).sort(), [
      'activity',
      'age_seconds',
      'cull',
      'failure',
      'full_name',
      'idle_seconds',
      'last_activity',
      'name',
      'pending',
      'ready',
      'reason',
      'run',
      'started',
      'state',
      'stopped',
      'troubles',
      'url',
      'user_options',
    ])
    assert.ok(['active', 'unknown'].includes(server.activity))
  })

  it('lists 200 users at most without pages to clients that do not ask for pages', async () => {
    for (let count = 0; count < 3; count += 1) await hub.browser().enter(demo)
    const list = async (query = '') => (await ask(`/hub/api/users${query}`, `token ${secrets.cullerToken}`)).json()
    assert.deepEqual(
      (await list()).map(({ kind }: { kind: string }) => kind),
      ['user', 'user', 'user'],
    )
    assert.equal((await list('?offset=1&limit=1')).length, 1)
    assert.equal((await list('?limit=100000')).length, 3)
    assert.equal((await cull(hub, 'GET', '?limit=100000')).json()._pagination.limit, 200)
    assert.equal((await cull(hub, 'GET', '')).json()._pagination.limit, 50)
  })

  it('stops a server once, and only while run and activity are as the culler saw them', async () => {
    await hub.browser().enter(demo)
    const { name } = await hub.db('users').first('name')
    const path = `/${name}/servers/demo`
    await hub.db('activity').delete()
    const { id } = await hub.db('servers').first('id')
    const at = Date.parse('2026-01-01T10:00:00.123Z')
    await hub
      .db('activity')
      .insert({ server: id, run: 1, last_activity: at, probed: null, result: 'active', reason: 'x' })
    const last_activity = new Date(at).toISOString()
    for (const condition of [{ run: 2 }, { run: 1, last_activity: new Date(at - 1).toISOString() }]) {
      const answer = await cull(hub, 'DELETE', path, condition)
      assert.equal(answer.status, 409)
      assert.deepEqual([answer.json().error, typeof answer.json().message], ['changed', 'string'])
    }
    assert.equal(hub.world.objects.size, 1)
    const answer = await cull(hub, 'DELETE', path, { run: 1, last_activity })
    assert.equal(answer.status, 202)
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    assert.equal((await cull(hub, 'DELETE', path, { run: 1, last_activity })).status, 204)
    assert.equal((await cull(hub, 'DELETE', `/${name}/servers/third`)).status, 404)
    assert.deepEqual((await hub.db('events').where({ kind: 'culled' })).length, 1)
  })

  it('stops a server once for several cullers that saw the same run', async () => {
    await hub.browser().enter(demo)
    const { name } = await hub.db('users').first('name')
    const answers = await Promise.all([1, 2, 3].map(() => cull(hub, 'DELETE', `/${name}/servers/demo`, { run: 1 })))
    for (const { status } of answers) assert.ok([202, 204, 409].includes(status), String(status))
    await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
    assert.equal(hub.world.stops.length, 1)
    assert.equal((await hub.db('events').where({ kind: 'culled' })).length, 1)
  })

  it('removes only temporary users', async () => {
    await hub.browser().submit('/hub/login/local', { username: 'ann', password: 'right' })
    const { name } = await hub.db('users').first('name')
    const answer = await cull(hub, 'DELETE', `/${encodeURIComponent(name)}`)
    assert.equal(answer.status, 403)
    assert.equal(answer.json().error, 'not_temporary')
    assert.deepEqual(await countRows(hub.db, 'users'), { users: 1 })
  })

  it('logs the id of a refusal, and uses the proxy’s id for a request of the proxy', async () => {
    const page = await hub.browser().navigate('/tmplogin?course=nothing')
    const id = String(page.headers['x-request-id'])
    assert.ok(!page.text.includes(id), 'the log says no more of it than the page')
    assert.ok(hub.log.some((line) => line.includes(`"request":"${id}"`) && line.includes('unknown_course')))
    const given = { 'x-request-id': 'id-of-the-proxy-1' }
    const foreign = await hub.browser().fetch('/nothing', { headers: given })
    assert.notEqual(foreign.headers['x-request-id'], 'id-of-the-proxy-1')
    const proxied = await hub
      .browser()
      .fetch('/nothing', { headers: { ...given, 'x-carrel-proxy-auth': secrets.proxyToken } })
    assert.equal(proxied.headers['x-request-id'], 'id-of-the-proxy-1')
  })

  it('logs the trace that a proxy names, and no other client’s', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const given = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
    await hub.browser().fetch('/foreign', { headers: given })
    await hub.browser().fetch('/proxied', { headers: { ...given, 'x-carrel-proxy-auth': secrets.proxyToken } })
    const traceOfPath = (path: string) =>
      hub.log.map((line) => JSON.parse(line)).find((line) => line.msg === 'request' && line.path === path)?.trace
    assert.match(traceOfPath('/foreign'), /^[0-9a-f]{32}$/)
    assert.notEqual(traceOfPath('/foreign'), traceId)
    assert.equal(traceOfPath('/proxied'), traceId)
  })

  it('says that a server is ready when the proxies know it', async () => {
    const ann = hub.browser()
    await ann.submit('/hub/login/local', { username: 'ann', password: 'right' })
    const { text } = await ann.submit('/hub/token', { note: 'tests', days: '7' })
    const written = Promise.withResolvers<void>()
    hub.proxy.holds = written.promise
    const answered = ask(
      '/hub/api/users/ann/servers/demo',
      `token ${/carrel-user-[\w-]{43}/.exec(text)?.[0]}`,
      'POST',
    ).then(({ status }) => [status, hub.proxy.routes.has('/user/ann/demo/')])
    await until(async () => (await hub.db('servers').first('state'))?.state === 'ready')
    // Answers that do not wait come before this one.
    await hub.browser().fetch('/hub/health')
    written.resolve()
    assert.deepEqual(await answered, [201, true])
  })
})
