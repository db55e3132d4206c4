import AggregatorRegistry from 'prom-client/lib/cluster.js'
import type { Metric } from './metric.ts'

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

/** Returns the text that Prometheus reads. Metrics that several processes have are made one by their aggregators. */
export function metricsText(metrics: readonly (readonly Metric[])[]): Promise<string> {
  return AggregatorRegistry.aggregate(metrics.map((one) => [...one])).metrics()
}
