import type { MetricLabels, Sample } from './metric.ts'

/** Counts by the values of one or more labels, joined with a space. No value comes from outside, so there are few. */
export type Tally = Map<string, number>

/** Returns counts that are there before the first event, since an alarm cannot wait for one. */
export function zeros(...values: string[]): Tally {
  return new Map(values.map((value) => [value, 0]))
}

export function tally(counts: Tally, values: string): void {
  counts.set(values, (counts.get(values) ?? 0) + 1)
}

/** Returns a sample for each count, with the labels of these names. */
export function tallied(names: readonly string[], counts: Tally): Sample[] {
  return Array.from(counts, ([values, value]) => ({ labels: labelsOf(names, values), value }))
}

/** Returns the labels of these names, whose values are joined with a space. */
export function labelsOf(names: readonly string[], values: string): MetricLabels {
  const parts = values.split(' ')
  return Object.fromEntries(names.map((name, at) => [name, parts[at] ?? '']))
}
