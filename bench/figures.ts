/** Summarizes the numbers of several rounds, and shows them in tables. */
export interface Row {
  what: string
  /** One value for each round, in milliseconds unless another unit is named. */
  values: number[]
}

export interface Summary {
  median: number
  min: number
  max: number
  values: number[]
}

export function summary(values: number[]): Summary {
  const sorted = values.map((value) => Math.round(value * 10) / 10).sort((a, b) => a - b)
  const middle = (sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)
  return {
    median: Math.round(middle * 5) / 10,
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
    values: values.map((value) => Math.round(value * 10) / 10),
  }
}

/** Returns a plain table with one line for each row. */
export function table(title: string, rows: Row[], unit = 'ms'): string {
  const cells = rows.map(({ what, values }) => {
    const { median, min, max } = summary(values)
    return [what, shown(median), `${shown(min)}..${shown(max)}`, String(values.length)]
  })
  const head = [title, `median ${unit}`.trim(), 'min..max', 'rounds']
  const widths = head.map((name, column) => Math.max(...[head, ...cells].map((line) => (line[column] ?? name).length)))
  const line = (texts: string[]) =>
    texts
      .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
  return [line(head), ...cells.map(line)].join('\n')
}

/** Shows tenths only for times below 100 ms. */
function shown(milliseconds: number): string {
  return milliseconds < 100 ? milliseconds.toFixed(1) : String(Math.round(milliseconds))
}

export function summaries(rows: Row[]): Record<string, Summary> {
  return Object.fromEntries(rows.map(({ what, values }) => [what, summary(values)]))
}

/** Returns a line for each row that both have: how many times as long the first takes. */
export function ratios(rows: Row[], others: Row[]): string[] {
  return rows.flatMap(({ what, values }) => {
    const other = others.find((row) => row.what === what)
    if (other === undefined) return []
    return [`  ${what}: ${(summary(values).median / summary(other.values).median).toFixed(1)}`]
  })
}
