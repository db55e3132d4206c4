/** Shows the result of `bench hub`, and says which goals are reached. */
import { summary } from '../figures.ts'
import type { HubResult } from './hub.ts'
import type { Measured } from './phases.ts'
import type { Held } from './stalls.ts'

const [our, peer] = ['Carrel', 'JupyterHub']

export function hubTable({ rows }: HubResult): string {
  const compared = rows.filter(({ values }) => values[our] !== undefined)
  const lines = compared.map((row) => {
    const ratio = ratioOf(row)
    return [
      `${row.what}${row.unit === '' ? '' : `, ${row.unit}`}`,
      cell(row.values[our]),
      cell(row.values[peer]),
      ratio === undefined ? '' : ratio.toFixed(1),
      row.goal === undefined ? '' : String(row.goal),
    ]
  })
  const own = rows.filter(({ values }) => values[our] === undefined)
  const ownLines = own.flatMap(({ what, unit, values }) =>
    Object.entries(values).map(([name, each]) => [
      `${what}, ${name}${unit === '' ? '' : `, ${unit}`}`,
      cell(each),
      '',
      '',
      '',
    ]),
  )
  return columns([['', our, peer, 'times as good', 'goal'], ...lines, ...ownLines])
}

/** Returns how many times as good our hub is, of the medians. */
export function ratioOf({ values, more = false }: Measured): number | undefined {
  const [ours, theirs] = [values[our], values[peer]]
  if (ours === undefined || theirs === undefined) return undefined
  const ratio = median(theirs) / median(ours)
  return more ? 1 / ratio : ratio
}

/** Returns a line for each goal: whether it is reached, and by how much. */
export function hubGoals(result: HubResult): string {
  const lines = goals(result).map(({ what, said, isMet }) => `  ${isMet ? 'reached' : 'MISSED '}  ${what}: ${said}`)
  return lines.length === 0 ? '' : ['goals', ...lines].join('\n')
}

interface Goal {
  what: string
  said: string
  isMet: boolean
}

const restartMilliseconds = 500
const flatRatio = 1.2
const megabytes = 130
const sharedRatio = 1.1

export function goals({ rows, held, failure }: HubResult): Goal[] {
  const ofPeer = rows.flatMap((row): Goal[] => {
    const ratio = ratioOf(row)
    if (row.goal === undefined || ratio === undefined) return []
    return [{ what: row.what, said: `${ratio.toFixed(1)} times, of ${row.goal}`, isMet: ratio >= row.goal }]
  })
  const start = valuesLike(rows, /^start with /)
  const memory = valuesLike(rows, /^memory with /)
  const [few, many] = start
  const last = memory.at(-1)
  const ofOurs: Goal[] = []
  if (few !== undefined && many !== undefined) {
    const ratio = many / few
    ofOurs.push(
      {
        what: 'a start with the most users',
        said: `${Math.round(many)} ms, of ${restartMilliseconds}`,
        isMet: many < restartMilliseconds,
      },
      {
        what: 'a start is flat in users',
        said: `${ratio.toFixed(2)} times as long as with few, of ${flatRatio}`,
        isMet: ratio <= flatRatio,
      },
    )
  }
  if (last !== undefined)
    ofOurs.push({
      what: 'memory with the most users',
      said: `${Math.round(last)} MB, of ${megabytes}`,
      isMet: last <= megabytes,
    })
  const shared = rows.find(({ what }) => what === 'PostgreSQL: processor time of a start')
  const [one, two] = [shared?.values['one hub'], shared?.values['two hubs']]
  if (one !== undefined && two !== undefined) {
    const ratio = median(two) / median(one)
    ofOurs.push({
      what: 'two hubs cost as much as one',
      said: `${ratio.toFixed(2)} times, of ${sharedRatio}`,
      isMet: ratio <= sharedRatio,
    })
  }
  if (held !== undefined) {
    const said = held.length === 0 ? 'never' : `${held.length} times, ${longest(held)} ms at most`
    ofOurs.push({ what: 'the event loop is never held over 50 ms', said, isMet: held.length === 0 })
  }
  if (failure !== undefined) ofOurs.push({ what: 'all parts were measured', said: failure, isMet: false })
  return [...ofPeer, ...ofOurs]
}

function valuesLike(rows: Measured[], pattern: RegExp): number[] {
  return rows
    .filter(({ what }) => pattern.test(what))
    .flatMap(({ values }) => (values[our] ? [median(values[our])] : []))
}

/** Returns what held the event loop, with the stacks that took most of the time, the innermost function first. */
export function hubHeld({ held = [] }: HubResult): string {
  if (held.length === 0) return ''
  const byPart = Map.groupBy(held, ({ part }) => part)
  const counts = [...byPart].map(([part, all]) => `  ${part}: ${all.length} times, ${longest(all)} ms at most`)
  const stacks = held
    .toSorted((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, shownHeld)
    .map(({ part, milliseconds, by }) => {
      const lines = by.map((one) => `    ${Math.round(one.milliseconds)} ms  ${one.stack.join(' < ')}`)
      return [`  ${part}: ${Math.round(milliseconds)} ms`, ...lines].join('\n')
    })
  return ['the event loop was held over 50 ms', ...counts, 'the longest, with what took most of it', ...stacks].join(
    '\n',
  )
}

const shownHeld = 10

function longest(held: Held[]): number {
  return Math.round(Math.max(0, ...held.map(({ milliseconds }) => milliseconds)))
}

function median(values: number[]): number {
  return summary(values.map((value) => value * 100)).median / 100
}

function cell(values: number[] | undefined): string {
  if (values === undefined) return ''
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return values.length === 1 ? figure(least) : `${figure(median(values))} (${figure(least)}..${figure(most)})`
}

function figure(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function columns(lines: string[][]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n')
}
