import assert from 'node:assert/strict'
import { once } from 'node:events'
import { STATUS_CODES } from 'node:http'
import { createHistogram } from '../../../metrics/histogram.ts'
import { metricsText } from '../../../metrics/text.ts'
import { createCounters } from '../../../proxy/metrics/counters.ts'
import { snapshotOf } from '../../../proxy/metrics/snapshot.ts'
import { until } from '../../helpers/until.ts'
import { numberOf, readMetrics } from '../../metrics/read-metrics.ts'
import {
  accessOf,
  addRoute,
  api,
  ask,
  cookieOf,
  hubUrl,
  openWebSocket,
  ownPage,
  raw,
  routeOf,
  serversUrl,
  siteForEach,
  start,
} from '../world.ts'

const path = '/user/ann/demo/'
const listen = { ips: ['127.0.0.1'] as const, port: 0 }

describe('the metrics of a proxy', () => {
  const site = siteForEach({ options: () => ({ metrics: { ips: ['127.0.0.1'], port: 0 } }) })
  const scrape = async (proxy = site.proxy) => readMetrics((await ask(String(proxy.metricsUrl), '/metrics')).body)
  /** Reads the metrics until a request that is over has been counted, which is after its answer. */
  const scrapeWhen = async (seen: (metrics: Awaited<ReturnType<typeof scrape>>) => boolean) => {
    let metrics = await scrape()
    await until(async () => {
      metrics = await scrape()
      return seen(metrics)
    }, 'the metrics show it')
    return metrics
  }
  const over = (metrics: Awaited<ReturnType<typeof scrape>>) =>
    (numberOf(metrics, 'requests_web') ?? 0) +
    (numberOf(metrics, 'requests_ws') ?? 0) -
    (numberOf(metrics, 'carrel_proxy_under_way', { kind: 'request' }) ?? 0)

  it('have the names, types and labels of configurable-http-proxy', async () => {
    await ask(site.proxy.urls[0], '/hub/', { host: 'hub.test' })
    await api(site.proxy, 'GET', '/api/routes')
    const metrics = await scrapeWhen((now) => over(now) === 1 && numberOf(now, 'requests_api', { status: '200' }) === 1)
    for (const [name, type, labels] of [
      ['api_route_get', 'counter', []],
      ['api_route_add', 'counter', []],
      ['api_route_delete', 'counter', []],
      ['find_target_for_req', 'summary', []],
      ['requests_ws', 'counter', []],
      ['requests_web', 'counter', []],
      ['requests_proxy', 'counter', ['status']],
      ['requests_api', 'counter', ['status']],
    ] as const) {
      const metric = metrics.get(name)
      assert.equal(metric?.type, type, name)
      assert.ok((metric?.samples.length ?? 0) > 0, name)
      for (const sample of metric?.samples ?? []) assert.deepEqual(Object.keys(sample.labels), labels)
    }
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_heap_size_used_bytes'])
      assert.ok(metrics.has(name), name)
  })

  it('count requests by who answered, and why one was refused', async () => {
    const { proxy } = site
    await ask(proxy.urls[0], '/hub/', { host: 'hub.test' })
    await ask(proxy.urls[0], `${path}lab`, { headers: { ...ownPage, cookie: cookieOf() } })
    await ask(proxy.urls[0], `${path}api/kernels`, { headers: { ...ownPage } })
    await ask(proxy.urls[0], '/x', { host: 'elsewhere.test' })
    await ask(proxy.urls[0], '/_carrel/seat', {
      method: 'POST',
      body: 'ticket=TICKETTICKETTICKET',
      headers: { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' },
    })
    await ask(proxy.urls[0], `${path}api`, { headers: { authorization: `token carrel-user-${'x'.repeat(43)}` } })
    const metrics = await scrapeWhen((now) => over(now) === 6)
    const requests = (by: string, status: string) =>
      numberOf(metrics, 'carrel_proxy_requests_total', { by, class: status })
    assert.equal(requests('hub', '2xx'), 1)
    assert.equal(requests('server', '2xx'), 1)
    assert.equal(requests('proxy', '4xx'), 4)
    assert.equal(numberOf(metrics, 'carrel_proxy_refusals_total', { row: '4', code: 'seat_missing' }), 1)
    assert.equal(numberOf(metrics, 'carrel_proxy_refusals_total', { row: '-', code: 'host_wrong' }), 1)
    assert.equal(numberOf(metrics, 'carrel_proxy_refusals_total', { row: '2b', code: 'token_refused' }), 1)
    assert.equal(numberOf(metrics, 'carrel_proxy_hub_questions_total', { about: 'ticket', answer: 'unknown' }), 1)
    assert.equal(numberOf(metrics, 'carrel_proxy_hub_questions_total', { about: 'token', answer: 'unknown' }), 1)
    assert.equal(numberOf(metrics, 'carrel_proxy_tokens_total', { state: 'refused' }), 1)
    assert.equal(numberOf(metrics, 'carrel_proxy_seats_checked_total'), 3)
    assert.equal(numberOf(metrics, 'carrel_proxy_seats_renewed_total'), 0)
    assert.equal(numberOf(metrics, 'carrel_proxy_wait_seconds', { for: 'server' }, '_count'), 1)
    assert.equal(numberOf(metrics, 'carrel_proxy_work_seconds', {}, '_count'), 2)
    assert.equal(numberOf(metrics, 'carrel_proxy_routes'), 1)
  })

  it('count open WebSockets, and no longer when they close', async () => {
    const socket = openWebSocket(site.proxy.urls[0], `${path}ws`, { origin: serversUrl, cookie: cookieOf() })
    await once(socket, 'open')
    const open = (metrics: Awaited<ReturnType<typeof scrape>>) =>
      numberOf(metrics, 'carrel_proxy_under_way', { kind: 'webSocket' })
    assert.equal(open(await scrape()), 1)
    socket.close()
    const metrics = await scrapeWhen((now) => open(now) === 0)
    assert.equal(numberOf(metrics, 'requests_ws'), 1)
    assert.equal(numberOf(metrics, 'carrel_proxy_requests_total', { by: 'server', class: '1xx' }), 1)
  })

  it('count the answers of routes without access as foreign', async () => {
    await api(site.proxy, 'POST', '/api/routes/other', { target: site.backend.url })
    await ask(site.proxy.urls[0], '/other/x')
    const metrics = await scrapeWhen((now) => over(now) === 1)
    assert.equal(numberOf(metrics, 'carrel_proxy_requests_total', { by: 'foreign', class: '2xx' }), 1)
    assert.equal(numberOf(metrics, 'api_route_add'), 2)
    await api(site.proxy, 'DELETE', '/api/routes/other')
    await scrapeWhen((now) => numberOf(now, 'api_route_delete') === 1)
  })

  it('have no series of a path, a method, a host or a name from outside', async () => {
    const { proxy } = site
    await addRoute(
      proxy,
      routeOf(site.backend, { path: '/user/bob/demo/', access: accessOf({ server: 's2', label: 'label0002' }) }),
    )
    const odd = (n: number) => [
      { path: `/hub/odd${n}?x=odd${n}`, asked: { host: 'hub.test', method: `ODD${n}` } },
      { path: `/odd${n}/../%${n}`, asked: { host: `odd${n}.test` } },
      {
        path: `${path}odd${n}`,
        asked: { method: 'PATCH', headers: { origin: `http://odd${n}.test`, cookie: cookieOf() } },
      },
      { path: `/user/odd${n}/x`, asked: { headers: { authorization: `token odd${n}` } } },
    ]
    const send = async (from: number, to: number) => {
      for (let n = from; n < to; n += 1) {
        const { port, hostname } = new URL(proxy.urls[0])
        const lines = odd(n).map(({ path, asked }) => {
          const {
            method = 'GET',
            host = 'nb.test',
            headers = {},
          } = asked as {
            method?: string
            host?: string
            headers?: Record<string, string>
          }
          const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
          return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${more.join('')}Connection: close\r\n\r\n`
        })
        await Promise.all(lines.map((line) => raw(`http://${hostname}:${port}`, line)))
      }
    }
    const seriesOf = (metrics: Awaited<ReturnType<typeof scrape>>) =>
      [...metrics.values()].reduce((all, { samples }) => all + samples.length, 0)
    await send(0, 5)
    const before = seriesOf(await scrape())
    await send(5, 500)
    const { body } = await ask(String(proxy.metricsUrl), '/metrics')
    assert.doesNotMatch(body, /odd/i)
    assert.ok(seriesOf(readMetrics(body)) - before <= 0, 'no new series')
  })

  it('are served at one address, and never to browsers or hubs', async () => {
    const { proxy } = site
    const metricsUrl = String(proxy.metricsUrl)
    assert.equal((await ask(metricsUrl, '/')).status, 404)
    assert.equal((await ask(metricsUrl, '/metrics/x')).status, 404)
    assert.equal((await ask(metricsUrl, '/api/routes')).status, 404)
    assert.equal((await ask(metricsUrl, '/metrics', { method: 'POST' })).status, 404)
    const { headers } = await ask(metricsUrl, '/metrics')
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/)
    assert.doesNotMatch((await ask(proxy.urls[0], '/metrics')).body, /carrel_proxy/)
    assert.equal((await api(proxy, 'GET', '/metrics')).status, 404)
  })

  it('are off unless a place for them is named', async () => {
    const other = await start(site.cleanup, { listen: { ...listen } })
    assert.equal(other.metricsUrl, undefined)
  })
})

describe('the statuses in the metrics of a proxy', () => {
  it('are few, whatever a server answers', async () => {
    const counters = createCounters()
    counters.statuses = counters.statuses.map(() => 1)
    const text = await metricsText([snapshotOf(counters, { routes: 0, eventLoopDelay: createHistogram([1]) })])
    const samples = readMetrics(text).get('requests_proxy')?.samples ?? []
    assert.ok(samples.length <= Object.keys(STATUS_CODES).length + 10)
    assert.equal(
      samples.reduce((all, { value }) => all + value, 0),
      1000,
    )
  })
})
