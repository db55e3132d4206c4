/** What a learner does in the pages of real programs. */
import type { Page } from 'playwright-core'
import type { Browser } from '../../helpers/browsers/browser.ts'

/** Opens a link, and counts the WebSockets of the page, which all have to go through the proxy. */
export async function openLink(browser: Browser, link: string): Promise<{ page: Page; sockets: string[] }> {
  const page = await browser.context.newPage()
  const sockets: string[] = []
  page.on('websocket', (socket) => sockets.push(socket.url()))
  await page.goto(link)
  await page.waitForURL(/\/user\/[^/]+\/[^/]+\//)
  return { page, sockets }
}

/** Moves a slider from 7 to 8, and waits until the server's program has answered with the double. */
export async function moveSlider(page: Page): Promise<void> {
  await page.getByText('double is 14').waitFor()
  await page.getByRole('slider').first().focus()
  await page.keyboard.press('ArrowRight')
  await page.getByText('double is 16').waitFor()
}

/** Runs the first cell of `welcome.ipynb` in the classic Notebook, and waits for this output. */
export async function runClassicCell(page: Page, expected: string): Promise<void> {
  await page.locator('#kernel_indicator_icon.kernel_idle_icon').waitFor()
  await page.locator('.code_cell .CodeMirror').first().click()
  await page.keyboard.press('Shift+Enter')
  await page.locator('.output_text', { hasText: expected }).waitFor()
}
