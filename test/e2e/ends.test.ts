import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../helpers/browsers/browser.ts'
import { notebookReady, runCode } from '../helpers/browsers/notebook.ts'
import { type Carrel, demoFolder, startCarrel } from '../helpers/carrel.ts'
import { requirePart } from '../helpers/require.ts'
import { missingJupyter } from '../helpers/setup.ts'
import { until } from '../helpers/until.ts'
import { processesOf } from '../spawners/process/world.ts'

/** How a notebook may end without its learner's Stop, and what people then see. */
describe('a notebook', function () {
  this.timeout(300_000)
  let carrel: Carrel
  let browser: Browser
  let page: Page

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    browser = await startBrowser()
    carrel = await startCarrel({
      config: `
        import { temporary } from 'carrel/authenticators/temporary'
        import { defineConfig } from 'carrel/config'
        import { processSpawner } from 'carrel/spawners/process'
        export default defineConfig({
          spawner: processSpawner(),
          authenticators: [temporary()],
          activity: { collectSeconds: 1, lookSeconds: 3, answerSeconds: 10 },
          courses: { demo: { image: ${JSON.stringify(demoFolder)}, start: 'welcome.ipynb' } },
        })`,
    })
  })
  after(async () => {
    await carrel?.stop()
    await browser?.close()
  })

  beforeEach(async () => {
    page = await browser.context.newPage()
    await page.goto(carrel.link)
    await notebookReady(page)
  })
  afterEach(() => page.close())

  interface Row {
    id: string
    run: number
    state: string
  }
  const server = async (): Promise<Row> => {
    const [row] = await carrel.query<Row>('select id, run, state from servers')
    assert.ok(row !== undefined)
    return row
  }
  const isIn = (state: string) => until(async () => (await server()).state === state, `the server is ${state}`)
  const events = async () =>
    (await carrel.query<{ kind: string; detail: string }>('select kind, detail from events order by id')).filter(
      ({ kind }) => kind === 'failed' || kind === 'stopped',
    )
  /** Returns what the home page says of the one notebook. */
  async function card(): Promise<string> {
    const home = await browser.context.newPage()
    try {
      await home.goto(new URL('/hub/home', carrel.link).href)
      return (await home.locator('.cards li').first().textContent()) ?? ''
    } finally {
      await home.close()
    }
  }

  it('whose tab is closed, at any moment, is no news for the terminal', async () => {
    const before = carrel.output().length
    for (const moment of ['commit', 'domcontentloaded', 'load'] as const) {
      const tab = await browser.context.newPage()
      await tab.goto(carrel.link, { waitUntil: moment })
      if (moment === 'load') await tab.waitForURL(/\/user\//)
      await tab.close()
    }
    const busy = await browser.context.newPage()
    await busy.goto(carrel.link)
    await notebookReady(busy)
    await runCode(busy, 'print("still", "there"); import time; time.sleep(3)', 'still there')
    await busy.close()
    // The answer to this request comes after all that the closed tabs have left.
    await card()
    assert.equal(carrel.output().slice(before), '')
  })

  it('that its learner shuts down in the menu has stopped, and nothing has failed', async () => {
    await page.locator('.lm-MenuBar-itemLabel', { hasText: 'File' }).click()
    await page.locator('.lm-Menu-itemLabel', { hasText: /^Shut Down$/ }).click()
    await page.locator('.jp-Dialog .jp-mod-warn, .jp-Dialog .jp-mod-accept').last().click()
    await isIn('stopped')
    assert.deepEqual(await events(), [{ kind: 'stopped', detail: '{"reason":"it ended by itself"}' }])
    assert.match(await card(), /stopped/)
    assert.doesNotMatch(await card(), /problem/)
  })

  it('that is frozen is ended, and its learner is told why when she comes back', async () => {
    const { id, run } = await server()
    for (const pid of await processesOf(id)) process.kill(Number(pid), 'SIGSTOP')
    await isIn('failed')
    assert.deepEqual(await processesOf(id), [])
    const { kind, detail } = (await events()).at(-1) ?? {}
    assert.deepEqual([kind, JSON.parse(detail ?? '{}').reason], ['failed', 'it did not answer'])
    assert.match(await card(), /stopped after a problem\s+The notebook did not answer any more, so it was ended\./)
    await page.goto(carrel.link)
    await page.locator('#before', { hasText: 'The notebook did not answer any more, so it was ended.' }).waitFor()
    await notebookReady(page)
    assert.equal((await server()).run, run + 1)
    assert.match(await card(), /running.*Before that: The notebook did not answer any more/s)
  })
})
