/**
 * Metrics as plain data, in the form of prom-client's JSON. So counting is adding to a number, one process can send its
 * metrics to another, and only `metrics/text.ts` needs prom-client.
 */

export type MetricLabels = Record<string, string>

export interface Sample {
  /** The name of the line, where it is not that of the metric: `…_bucket`, `…_sum`, `…_count`. */
  metricName?: string
  labels: MetricLabels
  value: number
}

export interface Metric {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram' | 'summary'
  /** How the values of several processes become one. */
  aggregator: 'sum' | 'max' | 'min' | 'first'
  values: Sample[]
}

/** A number, or one number for each value of a label. */
type Values = number | Sample[]

/** Returns a number that only grows. Its name ends with `_total`, unless another program has named it. */
export function counter(name: string, help: string, values: Values): Metric {
  return { name, help, type: 'counter', aggregator: 'sum', values: samplesOf(values) }
}

/** Returns a number of this moment. */
export function gauge(name: string, help: string, values: Values, aggregator: Metric['aggregator'] = 'sum'): Metric {
  return { name, help, type: 'gauge', aggregator, values: samplesOf(values) }
}

function samplesOf(values: Values): Sample[] {
  return typeof values === 'number' ? [{ labels: {}, value: values }] : values
}
