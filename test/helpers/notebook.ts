import type { Frame, Page } from 'playwright-core'

/** The notebook of a page or frame is open and its kernel is there: a cell run earlier is ignored, not queued. */
export async function notebookReady(page: Page | Frame): Promise<void> {
  await page.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: 60_000 })
  await page
    .locator('.jp-KernelName, .jp-Toolbar-kernelName', { hasText: 'Python' })
    .first()
    .waitFor({ timeout: 60_000 })
  await page
    .locator('[data-status="idle"], .jp-Notebook-ExecutionIndicator[data-status="idle"]')
    .first()
    .waitFor({ timeout: 60_000 })
}

/** Types `code` into a new cell at the end, runs it, and waits until its output says `expected`. */
export async function runCode(page: Page | Frame, code: string, expected: string): Promise<void> {
  const cells = page.locator('.jp-CodeCell .cm-content')
  await cells.last().click()
  await cells.last().press('Control+End')
  const keyboard = 'keyboard' in page ? page.keyboard : page.page().keyboard
  await keyboard.insertText(`\n${code}`)
  await keyboard.press('Shift+Enter')
  await page.locator('.jp-OutputArea-output', { hasText: expected }).first().waitFor({ timeout: 30_000 })
}

export async function save(page: Page | Frame): Promise<void> {
  const keyboard = 'keyboard' in page ? page.keyboard : page.page().keyboard
  const owner = 'keyboard' in page ? page : page.page()
  const saved = owner.waitForResponse(
    (response) => response.request().method() === 'PUT' && response.url().includes('/api/contents/'),
  )
  await keyboard.press('Control+s')
  const response = await saved
  if (!response.ok()) throw new Error(`saving was answered with ${response.status()}`)
}
