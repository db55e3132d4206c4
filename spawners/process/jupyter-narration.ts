import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Tells somebody at a terminal what a long task is doing: at once, when it changes (but not more often than every
 * two seconds), and every four seconds in any case.
 */
export async function narrate<T>(
  report: (line: string) => void,
  task: (say: (what: string | undefined) => void) => Promise<T>,
): Promise<T> {
  const began = Date.now()
  const done = new AbortController()
  let latest = 'working'
  const working = task((what) => {
    latest = what ?? latest
  })
  const talking = talk(() => `  ${Math.round((Date.now() - began) / 1000)} s: ${latest}`, report, done.signal)
  try {
    return await working
  } finally {
    done.abort()
    await talking
  }
}

async function talk(line: () => string, report: (line: string) => void, signal: AbortSignal): Promise<void> {
  let [said, saidAt] = ['', 0]
  while (!signal.aborted) {
    const what = line()
    const isNews = what.replace(/^[^:]*/, '') !== said
    if (isNews || Date.now() - saidAt >= 4000) {
      report(what)
      said = what.replace(/^[^:]*/, '')
      saidAt = Date.now()
    }
    await sleep(2000, undefined, { signal }).catch(() => undefined)
  }
}
