import type { Frame, Page } from 'playwright-core'

/** Waits until a notebook is open and its kernel is idle. JupyterLab ignores a cell that is run earlier. */
export async function notebookReady(page: Page | Frame): Promise<void> {
  await page.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: 120_000 })
  await page
    .locator('.jp-KernelName, .jp-Toolbar-kernelName', { hasText: 'Python' })
    .first()
    .waitFor({ timeout: 120_000 })
  await page
    .locator('[data-status="idle"], .jp-Notebook-ExecutionIndicator[data-status="idle"]')
    .first()
    .waitFor({ timeout: 120_000 })
}

/**
 * Waits until a page or frame lists the course's files. After this a test may close the window. Chromium can lose the
 * close of a window that is still loading, which then stays open for ever.
 */
export async function treeReady(page: Page | Frame): Promise<void> {
  await page.waitForURL(/\/user\/[^/]+\/[^/]+\/tree/, { timeout: 120_000 })
  await page.locator('.jp-DirListing-item').first().waitFor({ timeout: 120_000 })
}

/**
 * From now on dismisses JupyterLab's dialogs as a learner would. On a busy machine it reports that its server does not
 * answer while a proxy is away for a moment.
 */
export async function dismissDialogs(page: Page): Promise<void> {
  const dialog = page.locator('.jp-Dialog')
  await page.addLocatorHandler(dialog, () => dialog.locator('.jp-mod-reject').click())
}

/** Runs `code` in a new cell below the last one, and waits for an output with `expected`. */
export async function runCode(page: Page | Frame, code: string, expected: string): Promise<void> {
  const { keyboard } = 'keyboard' in page ? page : page.page()
  await page.locator('.jp-Notebook .jp-CodeCell .cm-content').last().click()
  await keyboard.press('Escape')
  await keyboard.press('b')
  await keyboard.press('Enter')
  await keyboard.insertText(code)
  await keyboard.press('Shift+Enter')
  await page.locator('.jp-OutputArea-output', { hasText: expected }).first().waitFor({ timeout: 120_000 })
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
