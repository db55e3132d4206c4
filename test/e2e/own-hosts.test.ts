import assert from 'node:assert/strict'
import { type Browser, missingChromium, startBrowser } from '../helpers/browser.ts'
import { notebookReady, runCode, save } from '../helpers/notebook.ts'
import { type PublicCarrel, startPublicCarrel } from '../helpers/public-carrel.ts'
import { requirePart } from '../helpers/require.ts'
import { missingJupyter } from '../helpers/setup.ts'

describe('a host for each server', function () {
  this.timeout(240_000)
  let carrel: PublicCarrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    ;[carrel, browser] = await Promise.all([startPublicCarrel({ hosts: 'own', tls: 'proxy' }), startBrowser()])
  })

  after(async () => {
    await browser?.close()
    await carrel?.stop()
  })

  it('opens, runs, saves and reloads a notebook at the top level', async () => {
    const page = await browser.context.newPage()
    await page.goto(`${carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await notebookReady(page)
    assert(carrel.isServer(page.url()), page.url())
    await runCode(page, 'print(6 * 7)', '42')
    await save(page)
    await page.reload()
    await notebookReady(page)
  })
})
