import { setTimeout as sleep } from 'node:timers/promises'

type Look<T> = () => T | undefined | false | Promise<T | undefined | false>

/**
 * Calls `look` again and again until it returns a value, and returns that value. Waits for rows, processes and
 * containers, which no event announces. The time limit only ends hangs, so it is far above what a busy machine needs.
 */
export async function until<T>(look: Look<T>, what: string = String(look)): Promise<T> {
  const end = performance.now() + 150_000
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (performance.now() > end) throw new Error(`waited in vain for: ${what}`)
    await sleep(20)
  }
}
