/** Reloads, one after the other. */
export interface Reloads {
  /**
   * Reloads, and resolves with the exit code for the one who asks; `report` gets the lines for people. What is asked for
   * while a reload is under way is done once for all, after it, since it may have read an older file.
   */
  request(report: (line: string) => void): Promise<number>
  /** Resolves when no reload is under way. */
  settled(): Promise<unknown>
}

/** `reload` does one reload. It never rejects. */
export function createReloads(reload: (report: (line: string) => void) => Promise<number>): Reloads {
  let last: Promise<unknown> = Promise.resolve()
  let next: { reports: ((line: string) => void)[]; done: Promise<number> } | undefined
  const begin = () => {
    const reports: ((line: string) => void)[] = []
    const done = last.then(() => {
      next = undefined
      return reload((line) => {
        for (const report of reports) report(line)
      })
    })
    last = done
    return { reports, done }
  }
  return {
    request(report) {
      next ??= begin()
      next.reports.push(report)
      return next.done
    },
    settled: () => last,
  }
}
