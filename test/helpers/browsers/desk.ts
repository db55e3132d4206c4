import assert from 'node:assert/strict'
import type { Frame, Page } from 'playwright-core'

/**
 * Returns the frame of the program in a desk, when the page has arrived there. Only then is anything looked for in the page: what the
 * driver evaluates counts as a press, after which a browser keeps the page of the launch in its history.
 */
export async function programIn(page: Page | Frame): Promise<Frame> {
  await page.waitForURL(/\/_carrel\/desk\//, { waitUntil: 'commit', timeout: 120_000 })
  const element = await page.waitForSelector('iframe#program', { state: 'attached' })
  const frame = await element.contentFrame()
  assert(frame !== null)
  return frame
}
