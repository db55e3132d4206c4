import assert from 'node:assert/strict'
import type { Frame, Page } from 'playwright-core'

/** Returns the frame of the program in a desk, when the page has arrived there. */
export async function programIn(page: Page | Frame): Promise<Frame> {
  const element = await page.waitForSelector('iframe#program', { state: 'attached' })
  const frame = await element.contentFrame()
  assert(frame !== null)
  return frame
}
