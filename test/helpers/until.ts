import { setTimeout as sleep } from 'node:timers/promises'

type Look<T> = () => T | undefined | false | Promise<T | undefined | false>

/**
 * Looks again and again until the look returns something, and returns that. It is for what no event announces: rows,
 * processes, containers. The bound is there for hangs alone, so it is far above what a busy machine needs.
 */
export async function until<T>(look: Look<T>, what: string = String(look)): Promise<T> {
  const end = performance.now() + 50_000
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (performance.now() > end) throw new Error(`waited in vain for: ${what}`)
    await sleep(20)
  }
}
