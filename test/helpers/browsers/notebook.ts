import type { Frame, Page } from 'playwright-core'
import { until } from '../until.ts'

/** Waits until a notebook is open and its kernel is idle. JupyterLab ignores a cell that is run earlier. */
export async function notebookReady(page: Page | Frame, timeout = 120_000): Promise<void> {
  const cell = page.locator('.jp-Notebook .jp-Cell').first()
  await cell.waitFor({ timeout }).catch(async (error: Error) => {
    const seen = await page.locator('body').ariaSnapshot({ timeout: 5000 }).catch(String)
    throw new Error(`${error.message}\n${page.url()} shows: ${seen.slice(0, 1000)}`)
  })
  await page.locator('.jp-KernelName, .jp-Toolbar-kernelName', { hasText: 'Python' }).first().waitFor({ timeout })
  await page
    .locator('[data-status="idle"], .jp-Notebook-ExecutionIndicator[data-status="idle"]')
    .first()
    .waitFor({ timeout })
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

/**
 * Runs `code` in a new cell below the last one, and waits for an output with `expected`. Each step waits for the one
 * before it: on a busy machine the editor of a new cell comes later than the keys that are meant for it.
 */
export async function runCode(page: Page | Frame, code: string, expected: string): Promise<void> {
  const { keyboard } = 'keyboard' in page ? page : page.page()
  await page.locator('.jp-Notebook:visible .jp-CodeCell .cm-content').last().click()
  await keyboard.press('Escape')
  await page.locator('.jp-Notebook.jp-mod-commandMode:visible').first().waitFor()
  await keyboard.press('b')
  const editor = page.locator('.jp-Notebook:visible .jp-CodeCell.jp-mod-active .cm-content').last()
  const typed = async () => (await editor.textContent())?.trim() ?? ''
  await until(async () => (await typed()) === '', 'an empty cell')
  await editor.click()
  await keyboard.insertText(code)
  const [firstLine = ''] = code.split('\n')
  await until(async () => (await typed()).includes(firstLine.trim()), 'the code in its cell')
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
