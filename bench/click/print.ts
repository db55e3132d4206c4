/** Shows what `bench click` has measured, in tables. */
import { summary } from '../figures.ts'
import { type ClickKind, type ClickResult, clickKinds, type Herd, type Measured } from './click.ts'

const columns: [string, (measured: Measured) => number][] = [
  ['first byte, ms', ({ firstByteMilliseconds }) => firstByteMilliseconds],
  ['visible, ms', ({ visibleMilliseconds }) => visibleMilliseconds],
  ['kB', ({ kilobytes }) => kilobytes],
  ['requests', ({ requests }) => requests],
]

export function clickText({ line, rounds, busy }: ClickResult): string {
  const [ours = [], theirs = []] = [...rounds.values()]
  const rows = clickKinds.flatMap((kind) =>
    columns.map(([what, read]) => {
      const each = [ours, theirs].map((all) => all.map((round) => valueIn(round, kind, read)))
      // Rounds of one number were measured in turn, so that other work of the machine affects both alike.
      const ratios = (each[1] ?? []).map((value, at) => value / (each[0]?.[at] ?? Number.NaN)).filter(Number.isFinite)
      const ratio = ratios.length === 0 ? '' : (summary(ratios.map((value) => value * 100)).median / 100).toFixed(2)
      return [`${kind}: ${what}`, ...each.map(shown), ratio]
    }),
  )
  const names = [...rounds.keys()]
  const percent = busy.map((share) => `${Math.round(share * 100)} %`).join(', ')
  return `${aligned([[line, names[0] ?? '', names[1] ?? '', names[1] === undefined ? '' : 'theirs / ours'], ...rows])}
busy with other things before each: ${percent}`
}

export function herdText({ name, clicks, failures }: Herd): string {
  const rows = columns.map(([what, read]) => {
    const values = clicks.map(read).sort((one, other) => one - other)
    const at = (share: number) => Math.round(values[Math.floor((values.length - 1) * share)] ?? 0)
    return [what, String(at(0.5)), String(at(0.95)), String(at(1))]
  })
  const count = clicks.length + failures.length
  const table = aligned([[`${name}, ${count} at once`, 'median', 'p95', 'most'], ...rows])
  return failures.length === 0
    ? table
    : `${table}\n${failures.length} of them brought no notebook, the first: ${failures[0]}`
}

/** Returns the medians, by contender and kind of click. */
export function clickJson({ line, rounds, busy }: ClickResult): object {
  const all = [...rounds].map(([name, each]) => [
    name,
    Object.fromEntries(
      clickKinds.map((kind) => [
        kind,
        Object.fromEntries(columns.map(([what, read]) => [what, each.map((round) => valueIn(round, kind, read))])),
      ]),
    ),
  ])
  return { line, busy, rounds: Object.fromEntries(all) }
}

function valueIn(round: Partial<Record<ClickKind, Measured>>, kind: ClickKind, read: (one: Measured) => number) {
  const measured = round[kind]
  return measured === undefined ? Number.NaN : read(measured)
}

function shown(values: number[]): string {
  const there = values.filter(Number.isFinite)
  if (there.length === 0) return '–'
  const { median, min, max } = summary(there)
  return `${Math.round(median)} (${Math.round(min)}..${Math.round(max)})`
}

function aligned(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const line = (row: string[]) =>
    row.map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0))).join('  ')
  return rows.map(line).join('\n')
}
