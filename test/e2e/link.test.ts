import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, missingChromium, startBrowser } from '../helpers/browsers/browser.ts'
import { notebookReady, runCode, save } from '../helpers/browsers/notebook.ts'
import { type Carrel, startCarrel } from '../helpers/carrel.ts'
import { requirePart } from '../helpers/require.ts'
import { missingJupyter } from '../helpers/setup.ts'
import { until } from '../helpers/until.ts'

describe('the link that `npm start` prints, in a real browser', function () {
  this.timeout(300_000)
  let carrel: Carrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    ;[carrel, browser] = await Promise.all([startCarrel(), startBrowser()])
  })

  after(async () => {
    await browser?.close()
    await carrel?.stop()
  })

  it('opens the notebook, runs a cell, saves it, and finds it again after a reload', async () => {
    const page = await browser.context.newPage()
    await page.goto(carrel.link)
    await notebookReady(page)
    assert.equal(new URL(page.url()).hostname, 'localhost', 'servers have an origin of their own')
    await runCode(page, 'print(40 + 2, "is the answer")', '42 is the answer')
    await save(page)
    await page.reload()
    await notebookReady(page)
    await page.locator('.jp-OutputArea-output', { hasText: '42 is the answer' }).first().waitFor()
    await page.close()
  })

  it('resumes when the link is clicked again, in one server of one user', async () => {
    const page = await browser.context.newPage()
    await page.goto(carrel.link)
    await notebookReady(page)
    await page.locator('.jp-OutputArea-output', { hasText: '42 is the answer' }).first().waitFor()
    assert.equal((await carrel.query("select id from users where kind = 'temporary'")).length, 1)
    assert.deepEqual(await carrel.query('select run, state from servers'), [{ run: 1, state: 'ready' }])
    await page.close()
  })

  it('lists the courses on the first page, and the notebook on the home page, where it can be stopped', async () => {
    const page = await browser.context.newPage()
    await page.goto(new URL('/', carrel.link).href)
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
    await page.getByRole('link', { name: /^Stop / }).click()
    await page.getByText('The saved files stay').waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('stopped', { exact: true }).waitFor()
    await page.close()
  })

  it('comes with a link for the admin, which signs in once, says what that ends, and stands in no log', async () => {
    const admin = await until(() => /http\S+\/hub\/sign-in-link\S+/.exec(carrel.output())?.[0])
    const page = await browser.context.newPage()
    await page.goto(admin)
    await page.getByText('There is no way back').waitFor()
    await page.getByRole('button', { name: 'Lose that work and sign in as admin' }).click()
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
    await page.goto(new URL('/hub/admin', carrel.link).href)
    await page.getByRole('heading', { name: 'Users' }).first().waitFor()
    assert.equal((await fetch(admin)).status, 403)
    const logs = join(carrel.dataDir, 'data', 'logs')
    const key = new URL(admin).searchParams.get('key') ?? ''
    for (const name of await readdir(logs)) assert.ok(!(await readFile(join(logs, name), 'utf8')).includes(key), name)
    await page.close()
  })
})
