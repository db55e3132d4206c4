/** What a notebook's page offers: menus, buttons of the toolbar, commands of a menu. */
import type { Frame, Page } from 'playwright-core'
import type { Browser } from '../../helpers/browsers/browser.ts'
import type { Carrel } from '../../helpers/carrel.ts'
import type { PublicCarrel } from '../../helpers/public-carrel.ts'

/** Opens the notebook of a course. */
export async function openNotebook(browser: Browser, carrel: Carrel | PublicCarrel, course: string): Promise<Page> {
  const page = await browser.context.newPage()
  const hubUrl = 'hubUrl' in carrel ? carrel.hubUrl : `http://127.0.0.1:${carrel.port}`
  await page.goto(`${hubUrl}/launch/${course}/welcome.ipynb`)
  await page.locator('.jp-Notebook .jp-Cell').first().waitFor()
  await page.locator('.jp-Spinner').waitFor({ state: 'hidden' })
  return page
}

export function menusOf(page: Page | Frame): Promise<string[]> {
  return page.locator('.lm-MenuBar-itemLabel').allTextContents()
}

/** Returns the names of the buttons, without what every notebook has. */
export async function buttonsOf(page: Page | Frame): Promise<(string | null)[]> {
  const names = await page
    .locator('.jp-NotebookPanel-toolbar [data-jp-item-name]:visible')
    .evaluateAll((items) => items.map((item) => item.getAttribute('data-jp-item-name')))
  return names.filter((name) => !['spacer', 'interfaceSwitcher'].includes(name ?? ''))
}

export async function commandsOf(page: Page | Frame, menu: string): Promise<(string | null)[]> {
  await page.locator('.lm-MenuBar-itemLabel', { hasText: menu }).click()
  await page.locator('.lm-Menu .lm-Menu-item[data-command]').first().waitFor()
  return page
    .locator('.lm-Menu .lm-Menu-item[data-command]')
    .evaluateAll((items) => items.map((item) => item.getAttribute('data-command')))
}
