import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Tells somebody at a terminal what a long task is doing: at once, when it changes (but not more often than every
 * two seconds), and every four seconds in any case.
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
