import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs a long task and reports to a person at a terminal what it is doing: at once, after each change (at most every
 * two seconds), and at least every four seconds.
 */
export async function narrate<T>(
  report: (line: string) => void,
  task: (report: (text: string | undefined) => void) => Promise<T>,
): Promise<T> {
  const began = Date.now()
  const done = new AbortController()
  let latest = 'working'
  const working = task((text) => {
    latest = text ?? latest
  })
  const reporting = keepReporting(
    () => `  ${Math.round((Date.now() - began) / 1000)} s: ${latest}`,
    report,
    done.signal,
  )
  try {
    return await working
  } finally {
    done.abort()
    await reporting
  }
}

async function keepReporting(line: () => string, report: (line: string) => void, signal: AbortSignal): Promise<void> {
  let [reported, reportedAt] = ['', 0]
  while (!signal.aborted) {
    const text = line()
    const isNews = text.replace(/^[^:]*/, '') !== reported
    if (isNews || Date.now() - reportedAt >= 4000) {
      report(text)
      reported = text.replace(/^[^:]*/, '')
      reportedAt = Date.now()
    }
    await sleep(2000, undefined, { signal }).catch(() => undefined)
  }
}
