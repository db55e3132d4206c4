/** Checks the dashboard, and that our endpoints answer its queries and those of JupyterHub's own dashboard. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { cleanupAfterAll } from '../helpers/cleanup.ts'
import { secrets, startTestHub } from '../helpers/test-hub.ts'
import { type ReadMetric, readMetrics } from '../metrics/read-metrics.ts'
import { addRoute, ask, hubUrl, ownPage, routeOf, startBackend, startSite } from '../proxy/world.ts'

const file = join(import.meta.dirname, '../../deploy/grafana/carrel.json')

const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal(`\${datasource}`) })
const whole = z.int().min(0)

/** A place on Grafana's grid, which is 24 columns wide. */
const gridPos = z
  .strictObject({ x: whole, y: whole, w: z.int().min(1).max(24), h: z.int().min(1) })
  .refine(({ x, w }) => x + w <= 24, 'ends beyond the last column')

const target = z.strictObject({
  refId: z.string().regex(/^[A-Z]$/),
  datasource,
  expr: z.string().min(1),
  legendFormat: z.string(),
  format: z.enum(['time_series', 'heatmap']).optional(),
})

const step = z.strictObject({ color: z.string(), value: z.number().nullable() })
const thresholds = z.strictObject({
  mode: z.literal('absolute'),
  steps: z.array(step).refine(([first]) => first?.value === null, 'the first step has no bound'),
})
const fieldConfig = z.strictObject({
  defaults: z.strictObject({
    unit: z.enum(['short', 's', 'bytes', 'reqps', 'percentunit']),
    min: z.number().optional(),
    thresholds: thresholds.optional(),
    custom: z.strictObject({ thresholdsStyle: z.strictObject({ mode: z.literal('line') }) }).optional(),
  }),
  overrides: z.tuple([]),
})

const base = { id: z.int().min(1), title: z.string().min(1), gridPos }
const panelBase = {
  ...base,
  description: z.string().optional(),
  datasource,
  targets: z.array(target).min(1),
  fieldConfig,
  options: z.record(z.string(), z.unknown()),
}
const panel = z.discriminatedUnion('type', [
  z.strictObject({ ...base, type: z.literal('row'), collapsed: z.literal(false), panels: z.tuple([]) }),
  z.strictObject({ ...panelBase, type: z.literal('timeseries') }),
  z.strictObject({ ...panelBase, type: z.literal('stat') }),
  z.strictObject({ ...panelBase, type: z.literal('heatmap') }),
])

const variable = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('datasource'),
    name: z.literal('datasource'),
    label: z.string(),
    query: z.literal('prometheus'),
    refresh: z.int().min(0).max(2),
    includeAll: z.boolean(),
    multi: z.boolean(),
    hide: z.int().min(0).max(2),
  }),
  z.strictObject({
    type: z.literal('query'),
    name: z.string().regex(/^\w+$/),
    label: z.string(),
    datasource,
    query: z.strictObject({ query: z.string(), refId: z.string() }),
    definition: z.string(),
    refresh: z.int().min(1).max(2),
    includeAll: z.boolean(),
    multi: z.boolean(),
    current: z.strictObject({ selected: z.boolean(), text: z.array(z.string()), value: z.array(z.string()) }),
    sort: whole,
    hide: z.int().min(0).max(2),
  }),
])

const dashboardSchema = z.strictObject({
  uid: z.string().regex(/^[\w-]{1,40}$/),
  title: z.string().min(1),
  tags: z.array(z.string()),
  timezone: z.enum(['browser', 'utc', '']),
  schemaVersion: z.int().min(36).max(42),
  version: z.int().min(1),
  editable: z.boolean(),
  graphTooltip: z.int().min(0).max(2),
  refresh: z.string().regex(/^\d+[smh]$/),
  time: z.strictObject({ from: z.string().regex(/^now-\d+[mhd]$/), to: z.literal('now') }),
  templating: z.strictObject({ list: z.array(variable) }),
  annotations: z.strictObject({ list: z.tuple([]) }),
  links: z.tuple([]),
  panels: z.array(panel),
})

/** The queries of JupyterHub's dashboard (jupyterhub/grafana-dashboards) to its hub: name, and labels that they use. */
const ofJupyterHub: [series: string, labels: string[]][] = [
  ['jupyterhub_running_servers', []],
  ['jupyterhub_total_users', []],
  ['jupyterhub_active_users', ['period']],
  ['jupyterhub_request_duration_seconds_bucket', ['handler', 'le']],
  ['jupyterhub_request_duration_seconds_count', ['code']],
  ['jupyterhub_server_spawn_duration_seconds_bucket', ['le']],
  ['jupyterhub_server_spawn_duration_seconds_count', ['status']],
]

interface Asked {
  series: string
  labels: string[]
}

/** Returns the series that a PromQL expression names, with the labels by which it selects them. */
function seriesIn(expr: string): Asked[] {
  const grouped = [...expr.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, names = '']) => words(names))
  const bare = expr.replace(/\b(?:by|without)\s*\([^)]*\)/g, '').replace(/\[[^\]]*\]/g, '')
  return [...bare.matchAll(/\b([a-z_]\w*)\b(?!\s*\()(?:\{([^}]*)\})?/g)]
    .filter(([, name = '']) => name.includes('_'))
    .map(([, series = '', selectors = '']) => ({
      series,
      labels: [...grouped, ...[...selectors.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)].map(([, label = '']) => label)],
    }))
}

function words(text: string): string[] {
  return text.match(/\w+/g) ?? []
}

/** The labels that Prometheus adds to what it reads. */
const added = new Set(['job', 'instance'])

function isAnswered(metrics: ReadonlyMap<string, ReadMetric>, { series, labels }: Asked): boolean {
  const samples = [...metrics.values()].flatMap((metric) => metric.samples).filter(({ name }) => name === series)
  return samples.some((sample) => labels.every((label) => added.has(label) || label in sample.labels))
}

describe('the dashboard for Grafana', () => {
  const cleanup = cleanupAfterAll()
  const text = readFileSync(file, 'utf8')
  const dashboard = dashboardSchema.parse(JSON.parse(text))
  const panels = dashboard.panels.flatMap((one) => (one.type === 'row' ? [] : [one]))
  const hub: Map<string, ReadMetric> = new Map()
  const proxy: Map<string, ReadMetric> = new Map()

  before(async () => {
    const metricsToken = 'metrics-token-of-the-tests-0123456789a'
    const authorization = `token ${metricsToken}`
    const started = await startTestHub({ secrets: { ...secrets, metricsToken } })
    cleanup.defer(() => started.stop())
    await started.browser().enter('/tmplogin?course=demo')
    await started.browser().fetch('/hub/api/users')
    const refusal = { headers: { authorization } }
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const answer = await started.browser().fetch('/hub/metrics', refusal)
      for (const [name, metric] of readMetrics(answer.text)) hub.set(name, metric)
    }

    const backend = await startBackend(cleanup)
    const front = await startSite(cleanup, { url: 'http://127.0.0.1:1' }, { metrics: { ips: ['127.0.0.1'], port: 0 } })
    await addRoute(front, routeOf(backend))
    await ask(front.urls[0], '/user/ann/demo/lab', { headers: ownPage })
    await ask(front.urls[0], '/user/ann/demo/lab', {
      headers: { authorization: `token carrel-user-${'x'.repeat(43)}` },
    })
    await ask(front.urls[0], '/_carrel/seat', {
      method: 'POST',
      body: 'ticket=TICKETTICKETTICKET',
      headers: { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' },
    })
    for (const [name, metric] of readMetrics((await ask(String(front.metricsUrl), '/metrics')).body))
      proxy.set(name, metric)
  })

  it('has panels with ids of their own', () => {
    const ids = dashboard.panels.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    assert.ok(panels.length > 25)
  })

  it('has panels that do not overlap', () => {
    const taken = new Map<string, string>()
    for (const { title, gridPos: at } of dashboard.panels)
      for (let x = at.x; x < at.x + at.w; x += 1)
        for (let y = at.y; y < at.y + at.h; y += 1) {
          assert.equal(taken.get(`${x} ${y}`), undefined, title)
          taken.set(`${x} ${y}`, title)
        }
  })

  it('has queries with names of their own in each panel, and no variable that is not there', () => {
    for (const { title, targets } of panels) {
      const names = targets.map(({ refId }) => refId)
      assert.equal(new Set(names).size, names.length, title)
    }
    const known = new Set([...dashboard.templating.list.map(({ name }) => name), '__rate_interval'])
    for (const [, name = ''] of text.matchAll(/\$\{?(\w+)/g)) assert.ok(name === '__all' || known.has(name), name)
  })

  it('asks only for series and labels that a hub or a proxy has', () => {
    const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })))
    for (const { name, definition, query } of dashboard.templating.list.flatMap((one) =>
      one.type === 'query' ? [one] : [],
    )) {
      assert.equal(query.query, definition)
      const [, series = ''] = /^label_values\((\w+), job\)$/.exec(definition) ?? []
      queries.push({ title: name, expr: series })
    }
    for (const { title, expr } of queries) {
      const asked = seriesIn(expr)
      assert.ok(asked.length > 0, `${title}: ${expr}`)
      for (const one of asked)
        assert.ok(isAnswered(hub, one) || isAnswered(proxy, one), `${title}: ${one.series} by ${one.labels}`)
    }
  })

  it('takes numbers of the installation once, however many hubs tell them', () => {
    const whole = ['jupyterhub_running_servers', 'jupyterhub_total_users', 'jupyterhub_active_users']
    const ours = [...hub.keys()].filter((name) => name.startsWith('carrel_') && !name.startsWith('carrel_hub_'))
    for (const { title, targets } of panels)
      for (const { expr } of targets)
        for (const { series } of seriesIn(expr))
          if ([...whole, ...ours].includes(series)) assert.match(expr, /^max( by \(\w+\))?\s*\(/, title)
  })

  it('is not needed where JupyterHub’s own is: its queries to the hub are answered too', () => {
    for (const [series, labels] of ofJupyterHub) assert.ok(isAnswered(hub, { series, labels }), series)
  })

  it('has a reader of expressions that finds each series with its labels', () => {
    assert.deepEqual(seriesIn('sum by (le, a) (rate(x_bucket{job=~"$hub",b!="c"}[5m])) / max(y_z)'), [
      { series: 'x_bucket', labels: ['le', 'a', 'job', 'b'] },
      { series: 'y_z', labels: ['le', 'a'] },
    ])
  })
})
