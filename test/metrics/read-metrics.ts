/** A strict reader of Prometheus' text format, version 0.0.4: what it accepts, Prometheus and promtool accept too. */

export interface ReadMetric {
  type: string
  help: string
  samples: { name: string; labels: Record<string, string>; value: number }[]
}

/** Returns the metrics by name. Throws at everything that the format does not allow, or does not recommend. */
export function readMetrics(text: string): Map<string, ReadMetric> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const metrics = new Map<string, ReadMetric>()
  const seen = new Set<string>()
  let present: { name: string; metric: ReadMetric } | undefined
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*)$/.exec(line)
    if (help !== null) {
      const [, name = '', words = ''] = help
      if (metrics.has(name)) throw new Error(`${name} comes twice`)
      present = { name, metric: { type: '', help: words, samples: [] } }
      metrics.set(name, present.metric)
      continue
    }
    if (present === undefined) throw new Error(`no metric has begun: ${line}`)
    const { name, metric } = present
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line)
    if (type !== null) {
      if (type[1] !== name || metric.type !== '') throw new Error(`misplaced: ${line}`)
      metric.type = type[2] ?? ''
      continue
    }
    if (metric.type === '') throw new Error(`no type: ${line}`)
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\+Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line)
    if (sample === null) throw new Error(`unreadable: ${line}`)
    const [, own = '', labels = '', value = ''] = sample
    if (!suffixes(metric.type).some((suffix) => own === name + suffix)) throw new Error(`not of ${name}: ${line}`)
    const identity = line.slice(0, line.lastIndexOf(' '))
    if (seen.has(identity)) throw new Error(`comes twice: ${identity}`)
    seen.add(identity)
    metric.samples.push({ name: own, labels: readLabels(labels), value: value === '+Inf' ? Infinity : Number(value) })
  }
  for (const [name, metric] of metrics) check(name, metric)
  return metrics
}

function suffixes(type: string): string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count']
  return type === 'summary' ? ['_sum', '_count'] : ['']
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest)
    const [whole = '', name = '', value = ''] = pair ?? []
    if (whole === '' || name in labels) throw new Error(`unreadable labels: ${text}`)
    labels[name] = value
    rest = rest.slice(whole.length)
  }
  return labels
}

function check(name: string, { type, samples }: ReadMetric): void {
  if (type === 'counter' && samples.some(({ value }) => value < 0)) throw new Error(`${name} is below zero`)
  if (type !== 'histogram') return
  const series = new Map<string, { last: number; count?: number }>()
  for (const { name: own, labels: all, value } of samples) {
    const { le, ...labels } = all
    const key = JSON.stringify(labels)
    const before = series.get(key) ?? { last: 0 }
    if (own === `${name}_bucket`) {
      if (value < before.last) throw new Error(`${name} has a bucket that falls`)
      series.set(key, { last: value, ...(le === '+Inf' && { count: value }) })
    }
    if (own === `${name}_count` && value !== before.count) throw new Error(`${name} has a count unlike its last bucket`)
  }
}

/** Returns the value of the one sample with these labels, or undefined. */
export function numberOf(
  metrics: ReadonlyMap<string, ReadMetric>,
  metric: string,
  labels: Record<string, string> = {},
  suffix = '',
): number | undefined {
  const found = metrics
    .get(metric)
    ?.samples.filter(
      (sample) =>
        sample.name === metric + suffix &&
        Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
    )
  if (found !== undefined && found.length > 1) throw new Error(`${metric} has several such samples`)
  return found?.[0]?.value
}
