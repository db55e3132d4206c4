/**
 * Measures what a message costs the thread that responds to it, in the thread's own processor time. Time on the clock
 * would count other programs too.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** Milliseconds that a single message may cost. */
export const mostMilliseconds = 20

export interface Meter {
  /**
   * Sends a message several times. Returns the least cost, so that collection of garbage does not count, and the status
   * of the last response.
   */
  cost(port: number, bytes: string): Promise<{ milliseconds: number; status: string }>
  stop(): Promise<unknown>
}

const tries = 5

export function startMeter(): Meter {
  const client = new Worker(new URL('raw-client.ts', import.meta.url))
  return {
    async cost(port, text) {
      const bytes = Buffer.from(text, 'latin1')
      let milliseconds = Number.POSITIVE_INFINITY
      let status = ''
      for (let count = 0; count < tries && (count < 2 || milliseconds > mostMilliseconds / 2); count += 1) {
        const before = process.threadCpuUsage()
        client.postMessage({ port, bytes })
        status = String((await once(client, 'message'))[0])
        const { user, system } = process.threadCpuUsage(before)
        milliseconds = Math.min(milliseconds, (user + system) / 1000)
      }
      return { milliseconds, status }
    },
    stop: () => client.terminate(),
  }
}
