import type { Metric } from './metric.ts'

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

/** Returns the text that Prometheus reads. Metrics that several processes have are made one by their aggregators. */
export async function metricsText(metrics: readonly (readonly Metric[])[]): Promise<string> {
  // Loaded only when metrics are asked for.
  const { default: AggregatorRegistry } = await import('prom-client/lib/cluster.js')
  return AggregatorRegistry.aggregate(metrics.map((one) => [...one])).metrics()
}
