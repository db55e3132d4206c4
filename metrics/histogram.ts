import type { Metric, MetricLabels, Sample } from './metric.ts'
import { labelsOf } from './tally.ts'

/** How many values fell between which bounds. */
export interface Histogram {
  /** The upper bounds, rising. Values above the last one count too. */
  bounds: readonly number[]
  /** How many values are in each bucket alone: at most its bound, and above the one before. The last has no bound. */
  counts: number[]
  sum: number
}

/** The bounds in seconds that Prometheus' clients use unless told otherwise. */
export const usualBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

export function createHistogram(bounds: readonly number[] = usualBounds): Histogram {
  return { bounds, counts: new Array(bounds.length + 1).fill(0), sum: 0 }
}

export function observe(histogram: Histogram, value: number): void {
  const { bounds, counts } = histogram
  let at = 0
  while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1
  counts[at] = (counts[at] ?? 0) + 1
  histogram.sum += value
}

/** Returns the metric of these histograms, which differ by their labels. */
export function histogramMetric(
  name: string,
  help: string,
  histograms: Iterable<readonly [MetricLabels, Histogram]>,
): Metric {
  const values = Array.from(histograms, ([labels, histogram]) => samplesOf(name, labels, histogram)).flat()
  return { name, help, type: 'histogram', aggregator: 'sum', values }
}

function samplesOf(name: string, labels: MetricLabels, { bounds, counts, sum }: Histogram): Sample[] {
  let count = 0
  const buckets = counts.map((own, at): Sample => {
    count += own
    const bound = bounds[at]
    const le = bound === undefined ? '+Inf' : String(bound)
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

/** Histograms by the values of one or more labels, joined with a space. No value comes from outside. */
export type Histograms = Map<string, Histogram>

export function observeFor(
  histograms: Histograms,
  values: string,
  value: number,
  bounds: readonly number[] = usualBounds,
): void {
  let histogram = histograms.get(values)
  if (histogram === undefined) {
    histogram = createHistogram(bounds)
    histograms.set(values, histogram)
  }
  observe(histogram, value)
}

/** Returns each histogram with the labels of these names. */
export function labelled(names: readonly string[], histograms: Histograms): [MetricLabels, Histogram][] {
  return Array.from(histograms, ([values, histogram]) => [labelsOf(names, values), histogram])
}
