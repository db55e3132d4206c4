import assert from 'node:assert/strict'
import { beginMaintenance } from '../../../hub/db/installation.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, cull, hubUrl, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { numberOf, type ReadMetric, readMetrics } from '../../metrics/read-metrics.ts'
import { visitorsAndPeople } from '../people.ts'

const metricsToken = 'metrics-token-of-the-tests-0123456789a'
const demo = '/tmplogin?course=demo'

/** JupyterHub's metrics without their prefix: the type, the labels, and the bounds where they are not the usual ones. */
const jupyterHubs: [name: string, type: string, labels: string[], bounds?: number[]][] = [
  ['request_duration_seconds', 'histogram', ['method', 'handler', 'code']],
  [
    'server_spawn_duration_seconds',
    'histogram',
    ['status', 'reason'],
    [0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 180, 300, 600],
  ],
  ['running_servers', 'gauge', []],
  ['total_users', 'gauge', []],
  ['active_users', 'gauge', ['period']],
  ['check_routes_duration_seconds', 'histogram', []],
  ['hub_startup_duration_seconds', 'histogram', []],
  ['proxy_poll_duration_seconds', 'histogram', []],
  ['proxy_add_duration_seconds', 'histogram', ['status']],
  ['proxy_delete_duration_seconds', 'histogram', ['status']],
  ['server_poll_duration_seconds', 'histogram', ['status']],
  ['server_stop_seconds', 'histogram', ['status']],
  [
    'event_loop_interval_seconds',
    'histogram',
    [],
    [0.05, 0.055, 0.06, 0.065, 0.07, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  ],
  ['login_duration_seconds', 'histogram', ['status']],
  ['logout_duration_seconds', 'histogram', []],
]
const usual = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

onEachDatabase('the metrics of a hub', (makeDatabase) => {
  let hub: TestHub
  const start = async (more: object = {}, hubMore: object = {}) =>
    startTestHub({
      database: await makeDatabase(),
      secrets: { ...secrets, metricsToken },
      config: {
        hub: { url: hubUrl, port: 0, insecureHttp: true, internal: { port: 0 }, ...hubMore },
        authenticators: visitorsAndPeople(),
        admins: ['root'],
        ...more,
      },
    })
  afterEach(async () => hub?.stop())

  const ask = (path: string, token: string | undefined, headers: Record<string, string> = {}, method = 'GET') =>
    createHttpBrowser(hub.address).fetch(path, {
      method,
      headers: { ...(token !== undefined && { authorization: `token ${token}` }), ...headers },
    })
  const scrape = async () => readMetrics((await ask('/hub/metrics', metricsToken)).text)
  /** Scrapes until the metrics, which are kept for a moment, show it. */
  const scrapeWhen = async (seen: (metrics: Map<string, ReadMetric>) => boolean) => {
    let metrics = await scrape()
    await until(async () => {
      metrics = await scrape()
      return seen(metrics)
    }, 'the metrics show it')
    return metrics
  }
  const signedIn = async (username: string) => {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username, password: 'right' })
    return browser
  }
  const tokenOf = async (username: string) => {
    const page = await (await signedIn(username)).submit('/hub/token', { note: 'x', days: '1' })
    return String(/carrel-user-[\w-]{43}/.exec(page.text)?.[0])
  }

  it('have the names, types, labels and bounds of JupyterHub', async () => {
    hub = await start()
    await hub.browser().enter(demo)
    const metrics = await scrapeWhen(
      (now) => numberOf(now, 'jupyterhub_proxy_add_duration_seconds', { status: 'success' }, '_count') === 1,
    )
    for (const [name, type, labels, bounds = usual] of jupyterHubs) {
      const metric = metrics.get(`jupyterhub_${name}`)
      assert.equal(metric?.type, type, name)
      const buckets = metric?.samples.filter((sample) => type !== 'histogram' || sample.name.endsWith('_bucket')) ?? []
      assert.ok(buckets.length > 0, name)
      for (const sample of buckets)
        assert.deepEqual(Object.keys(sample.labels), type === 'histogram' ? [...labels, 'le'] : labels, name)
      if (type !== 'histogram') continue
      const own = [...new Set(buckets.map((sample) => sample.labels.le))]
      assert.deepEqual(own, [...bounds.map(String), '+Inf'], name)
    }
    const values = (name: string, label: string) => [
      ...new Set(metrics.get(`jupyterhub_${name}`)?.samples.map((sample) => sample.labels[label])),
    ]
    assert.deepEqual(values('active_users', 'period'), ['24h', '7d', '30d'])
    assert.deepEqual(values('server_spawn_duration_seconds', 'status'), ['success', 'failure', 'error'])
    assert.deepEqual(values('server_spawn_duration_seconds', 'reason'), [
      '',
      'throttled',
      'too-many-users',
      'already-pending',
      // JupyterHub has no hook of the site that counts apart.
      'refused',
      'hook',
    ])
    assert.deepEqual(values('server_poll_duration_seconds', 'status'), ['running', 'stopped'])
    for (const name of ['proxy_add_duration_seconds', 'server_stop_seconds', 'login_duration_seconds'])
      assert.deepEqual(values(name, 'status'), ['success', 'failure'])
  })

  it('tell whether there is maintenance', async () => {
    hub = await start()
    await beginMaintenance(hub.db, '')
    await scrapeWhen((now) => numberOf(now, 'carrel_maintenance') === 1)
  })

  it('tell of the installation, of starts and their phases, of stops and culls', async () => {
    hub = await start()
    await hub.browser().enter(demo)
    const ready = await scrapeWhen((now) => numberOf(now, 'jupyterhub_running_servers') === 1)
    assert.equal(numberOf(ready, 'carrel_servers', { state: 'ready' }), 1)
    assert.equal(numberOf(ready, 'jupyterhub_total_users'), 1)
    assert.equal(numberOf(ready, 'jupyterhub_active_users', { period: '24h' }), 1)
    assert.equal(numberOf(ready, 'carrel_hubs'), 1)
    assert.equal(numberOf(ready, 'carrel_maintenance'), 0)
    assert.equal(numberOf(ready, 'carrel_queue_oldest_seconds'), 0)
    const starts = { status: 'success', reason: '' }
    assert.equal(numberOf(ready, 'jupyterhub_server_spawn_duration_seconds', starts, '_count'), 1)
    for (const phase of ['queued', 'creating', 'starting'])
      assert.equal(numberOf(ready, 'carrel_hub_start_phase_seconds', { phase }, '_count'), 1, phase)
    assert.ok((numberOf(ready, 'carrel_hub_database_seconds', { status: 'success' }, '_count') ?? 0) > 10)

    const [user] = (await cull(hub, 'GET', '')).json().items
    const { run } = user.servers.demo
    const { id: server } = await hub.db('servers').first('id')
    const seen = { server, run, last_activity: 86_400_000, result: 'idle', reason: 'x' }
    await hub.db('activity').insert(seen).onConflict('server').merge()
    const last_activity = new Date(seen.last_activity).toISOString()
    const path = `/${user.name}/servers/demo`
    assert.equal((await cull(hub, 'DELETE', path, { run, last_activity, reason: 'ODD' })).status, 202)
    const stopped = await scrapeWhen(
      (now) => numberOf(now, 'jupyterhub_server_stop_seconds', { status: 'success' }, '_count') === 1,
    )
    assert.equal(numberOf(stopped, 'carrel_hub_culls_total', { cause: 'idle' }), 1)
    assert.equal(numberOf(stopped, 'carrel_hub_culls_total', { cause: 'age' }), 0)
  })

  it('name what answered as JupyterHub does', async () => {
    hub = await start()
    await signedIn('ann')
    await ask('/hub/api/users', 'wrong')
    const handlers = (metrics: Map<string, ReadMetric>) =>
      new Set(metrics.get('jupyterhub_request_duration_seconds')?.samples.map((sample) => sample.labels.handler))
    const metrics = await scrapeWhen((now) => handlers(now).has('jupyterhub.handlers.metrics.MetricsHandler'))
    assert.ok(handlers(metrics).has('jupyterhub.handlers.login.LoginHandler'))
    assert.ok(handlers(metrics).has('jupyterhub.apihandlers.users.UserListAPIHandler'))
    assert.equal(numberOf(metrics, 'jupyterhub_login_duration_seconds', { status: 'success' }, '_count'), 1)
    assert.equal(numberOf(metrics, 'carrel_hub_refusals_total', { code: 'bad_token' }), 1)
  })

  it('count the stream of a start under the name that dashboards leave out', async () => {
    hub = await start()
    const browser = hub.browser()
    await browser.enter(demo)
    const { id } = (await hub.db('launches').first({ id: 'hash' })) ?? { id: 'x' }
    await browser.fetch(`/hub/launches/${id}/events`)
    const handler = 'jupyterhub.apihandlers.users.SpawnProgressAPIHandler'
    await scrapeWhen((now) =>
      Boolean(
        now.get('jupyterhub_request_duration_seconds')?.samples.some((sample) => sample.labels.handler === handler),
      ),
    )
  })

  it('count deliveries that a proxy did not confirm', async () => {
    hub = await start()
    hub.proxy.broken = true
    await hub.browser().navigate(demo)
    await hub
      .browser()
      .enter(demo)
      .catch(() => undefined)
    await scrapeWhen((now) => (numberOf(now, 'carrel_hub_deliveries_unconfirmed_total') ?? 0) > 0)
  })

  it('open to the token for metrics and to admins’ tokens, and to no other', async () => {
    hub = await start()
    const [root, ann] = [await tokenOf('root'), await tokenOf('ann')]
    const admin = await signedIn('root')
    for (const path of ['/hub/metrics', '/hub/api/metrics']) {
      for (const token of [metricsToken, root]) {
        const { status, headers } = await ask(path, token)
        assert.equal(status, 200)
        assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/)
      }
      const refused: [string, ReturnType<typeof ask>][] = [
        ['no token', ask(path, undefined)],
        ['an unknown token', ask(path, 'x'.repeat(40))],
        ['the token and more', ask(path, `${metricsToken}x`)],
        ['a part of the token', ask(path, metricsToken.slice(0, -1))],
        ['a learner’s token', ask(path, ann)],
        ['the culler’s token', ask(path, secrets.cullerToken)],
        ['the proxies’ token', ask(path, secrets.proxyToken)],
        ['an admin’s session', admin.fetch(path)],
        ['an admin’s session from another site', admin.fetch(path, { headers: { 'sec-fetch-site': 'cross-site' } })],
        ['a token in the query', ask(`${path}?token=${metricsToken}`, undefined)],
        ['a proxy’s word', ask(path, undefined, { 'x-carrel-proxy-auth': secrets.proxyToken })],
      ]
      for (const [who, asked] of refused) {
        const answer = await asked
        assert.equal(answer.status, 403, `${who} at ${path}`)
        assert.doesNotMatch(answer.text, /jupyterhub_|carrel_/)
      }
      assert.equal((await ask(path, metricsToken, {}, 'POST')).status, 405)
    }
  })

  it('are all that their token opens', async () => {
    hub = await start()
    await hub.browser().enter(demo)
    for (const [method, path] of [
      ['GET', '/hub/api/user'],
      ['GET', '/hub/api/users'],
      ['POST', '/hub/api/users'],
      ['POST', '/hub/api/seats'],
      ['POST', '/hub/api/admissions'],
      ['GET', '/hub/api/routes'],
      ['DELETE', '/hub/api/users/x'],
    ] as const)
      assert.equal((await ask(path, metricsToken, {}, method)).status, 403, `${method} ${path}`)
    assert.equal((await ask('/hub/admin', metricsToken)).status, (await ask('/hub/admin', undefined)).status)
  })

  it('are never on the listener for servers', async () => {
    hub = await start({}, { openMetrics: true })
    await hub.browser().enter(demo)
    const [object] = hub.world.objects.values()
    assert.ok(object !== undefined)
    for (const path of ['/hub/metrics', '/hub/api/metrics', '/metrics'])
      for (const authorization of [
        `token ${metricsToken}`,
        `token ${secrets.proxyToken}`,
        '',
        `token ${object.token}`,
      ]) {
        const headers = { ...(authorization !== '' && { authorization }) }
        const { status, text } = await createHttpBrowser(String(hub.internal)).fetch(path, { headers })
        assert.ok(status === 403 || status === 404, `${status} ${path}`)
        assert.doesNotMatch(text, /jupyterhub_|carrel_/)
      }
  })

  it('open to all only where the config says so, which the log then says too', async () => {
    hub = await start({}, { openMetrics: true })
    assert.equal((await ask('/hub/metrics', undefined)).status, 200)
    assert.ok(hub.log.some((line) => line.includes('hub.openMetrics')))
  })

  it('have no series of a path, a method, a host, a name or a text from outside', async () => {
    hub = await start()
    const odd = async (n: number) => {
      const headers = { 'user-agent': `odd${n}`, origin: `http://odd${n}.test`, host: `odd${n}.test` }
      await ask(`/odd${n}/x%20odd?odd=${n}`, undefined, headers)
      await ask(`/hub/api/users/odd${n}`, secrets.cullerToken, headers)
      await ask(`/hub/api/users/odd${n}/servers/odd${n}`, `odd${n}`, headers)
      await ask(`/tmplogin?course=odd${n}`, undefined, headers)
      await ask(`/hub/odd${n}`, undefined, headers, n % 2 === 0 ? 'PURGE' : 'PROPFIND')
    }
    const series = (metrics: Map<string, ReadMetric>) =>
      [...metrics.values()].reduce((all, { samples }) => all + samples.length, 0)
    const answered = (metrics: Map<string, ReadMetric>) =>
      [...(metrics.get('jupyterhub_request_duration_seconds')?.samples ?? [])]
        .filter((sample) => sample.name.endsWith('_count'))
        .reduce((all, { value }) => all + value, 0)
    for (let n = 0; n < 4; n += 1) await odd(n)
    const before = await scrapeWhen((now) => answered(now) >= 21)
    for (let n = 4; n < 204; n += 1) await odd(n)
    const after = await scrapeWhen((now) => answered(now) >= 1020)
    assert.equal(series(after), series(before))
    assert.doesNotMatch((await ask('/hub/metrics', metricsToken)).text, /odd|PURGE|PROPFIND/)
  })
})
