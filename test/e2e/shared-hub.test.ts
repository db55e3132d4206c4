import assert from 'node:assert/strict'
import { type Browser, missingChromium, startBrowser } from '../helpers/browsers/browser.ts'
import { notebookReady, runCode, save } from '../helpers/browsers/notebook.ts'
import { type PublicCarrel, startPublicCarrel } from '../helpers/public-carrel.ts'
import { requirePart } from '../helpers/require.ts'
import { missingJupyter } from '../helpers/setup.ts'

describe("servers on the hub's own host", function () {
  this.timeout(240_000)
  let carrel: PublicCarrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    ;[carrel, browser] = await Promise.all([startPublicCarrel({ hosts: 'hub' }), startBrowser()])
  })

  after(async () => {
    await browser?.close()
    await carrel?.stop()
  })

  it('come with a warning', () => {
    assert.match(carrel.output(), /Warning: servers and hub share one origin/)
  })

  it('open, run, save and reload a notebook, which can then do what its visitor can do at the hub', async () => {
    const page = await browser.context.newPage()
    await page.goto(`${carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await notebookReady(page)
    assert(page.url().startsWith(`${carrel.hubUrl}/user/`), page.url())
    await runCode(page, 'print(6 * 7)', '42')
    await save(page)
    await page.reload()
    await notebookReady(page)
    // This is why nobody with a role may be that visitor.
    const home = await page.evaluate(async () => (await fetch('/hub/home')).text())
    assert.match(home, /My notebooks|Sign out/)
  })
})
