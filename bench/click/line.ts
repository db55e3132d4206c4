/** A line between browser and server that is slower than this machine's own. */
import type { Page } from 'playwright-core'

export interface Line {
  name: string
  /** Undefined where nothing is slowed down. */
  slow: { latencyMilliseconds: number; bytesPerSecond: number } | undefined
}

const megabit = 1_000_000 / 8

export const lines: readonly Line[] = [
  { name: 'no line', slow: undefined },
  { name: '10 Mbit/s, 40 ms', slow: { latencyMilliseconds: 40, bytesPerSecond: 10 * megabit } },
]

/** Has Chromium delay what a page sends and gets over HTTP, as the line would. Its WebSockets are as fast as before. */
export async function slowDown(page: Page, { slow }: Line): Promise<void> {
  if (slow === undefined) return
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: slow.latencyMilliseconds,
    downloadThroughput: slow.bytesPerSecond,
    uploadThroughput: slow.bytesPerSecond,
  })
}
