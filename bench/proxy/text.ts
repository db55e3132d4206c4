import { type Row, summary, table } from '../figures.ts'
import { chp } from './contenders.ts'
import { goalLines } from './goals.ts'
import { type ProxyResult, ratiosOf, type Slice } from './result.ts'

/** Returns a table for each scenario, one of the memory, and a line for each goal. */
export function proxyText(result: ProxyResult): string[] {
  const tables = [...result.scenarios.values()].map((found) => {
    const names = [...new Set(found.rounds.flatMap((slices) => [...slices.keys()]))]
    const rows = names.flatMap((name): Row[] => {
      const all = (value: (slice: Slice) => number) =>
        found.rounds.flatMap((slices) => {
          const slice = slices.get(name)
          return slice === undefined ? [] : [value(slice)]
        })
      const beside = (what: string, value: (slice: Slice) => number): Row[] => {
        const values = ratiosOf(found, name, value)
        return name === chp || values.length === 0
          ? []
          : [{ what: `${name}: ${what}, in % of ${chp}`, values: values.map((ratio) => ratio * 100) }]
      }
      return [
        { what: `${name}: ${found.unit} a second`, values: all(({ perSecond }) => perSecond) },
        { what: `${name}: p50, ms`, values: all(({ p50 }) => p50) },
        { what: `${name}: p99, ms`, values: all(({ p99 }) => p99) },
        { what: `${name}: processor, µs each`, values: all(({ processorEach }) => processorEach) },
        ...beside(`${found.unit} a second`, ({ perSecond }) => perSecond),
        ...beside('processor each', ({ processorEach }) => processorEach),
        ...beside('p99', ({ p99 }) => p99),
      ]
    })
    const share = Math.round(summary(found.othersShare.map((each) => each * 100)).median)
    const busy = found.busy.map((each) => `${Math.round(each * 100)} %`)
    const lines = [`load generator and server took ${share} % of a core`]
    if (busy.length > 0) lines.push(`busy with other things before each round: ${busy.join(', ')}`)
    return [table(found.title, rows, ''), ...lines].join('\n')
  })
  const memory = (title: string, found: Map<string, number>) =>
    found.size === 0
      ? []
      : [
          table(
            title,
            [...found].map(([what, each]): Row => ({ what, values: [each] })),
            'MB',
          ),
        ]
  const memories = [
    ...memory('memory after these loads, before those of ten thousand', result.megabytes),
    ...memory('memory after all loads', result.megabytesAtEnd),
  ]
  return [...tables, ...memories, goalLines(result)]
}
