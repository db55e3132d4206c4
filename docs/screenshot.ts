/** `npm run screenshot`: makes docs/screenshot.png, the picture in the README, of the real thing. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { missingChromium, startBrowser } from '../test/helpers/browsers/browser.ts'
import { notebookReady, save } from '../test/helpers/browsers/notebook.ts'
import { startCarrel } from '../test/helpers/carrel.ts'

const file = join(import.meta.dirname, 'screenshot.png')
const cells = 6

const missing = missingChromium()
if (missing !== undefined) throw new Error(missing)
await using opened = new AsyncDisposableStack()
const carrel = await startCarrel()
opened.defer(() => carrel.stop())
const browser = await startBrowser()
opened.defer(() => browser.close())

const page = await browser.context.newPage()
await page.setViewportSize({ width: 1280, height: 800 })
await page.goto(carrel.link)
await notebookReady(page)
await page.locator('.jp-Notebook .jp-Cell').first().click()
for (let cell = 1; cell < cells; cell += 1) await page.keyboard.press('Shift+Enter')
await page.locator('.jp-OutputArea-output', { hasText: 'page 12' }).waitFor({ timeout: 30_000 })
await page.locator('.jp-Notebook .jp-Cell').first().scrollIntoViewIfNeeded()
await save(page)
await page.screenshot({ path: file })
process.stdout.write(`${file}: ${Math.round((await stat(file)).size / 1000)} kB\n`)
