import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../helpers/browsers/browser.ts'
import { dismissDialogs, notebookReady, runCode, save } from '../helpers/browsers/notebook.ts'
import { type Carrel, projectDir, startCarrel } from '../helpers/carrel.ts'
import { requirePart } from '../helpers/require.ts'
import { missingJupyter } from '../helpers/setup.ts'
import { until } from '../helpers/until.ts'

const config = `import config from '${projectDir}/config/default.config.ts'\nexport default { ...config }`

/** Resolves when a socket to the kernel has carried an answer. Earlier ones may have failed; JupyterLab then waits. */
async function kernelConnected(page: Page): Promise<void> {
  const { promise: answered, resolve } = Promise.withResolvers<void>()
  page.on('websocket', (socket) => {
    if (socket.url().includes('/channels')) socket.once('framereceived', () => resolve())
  })
  await answered
}

describe('kill -9', function () {
  this.timeout(300_000)
  let carrel: Carrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    browser = await startBrowser()
  })

  beforeEach(async () => {
    carrel = await startCarrel({ config })
    await browser.context.clearCookies()
  })

  afterEach(() => carrel?.stop())
  after(() => browser?.close())

  /** Resolves when the query finds a row, since the database shows the state of a server first. */
  const untilRow = (sql: string) => until(async () => (await carrel.query(sql)).length > 0, sql)

  it('of the hub during a start leaves one server, whose start the next hub finishes', async () => {
    const page = await browser.context.newPage()
    await page.goto(carrel.link)
    await untilRow("select 1 from servers where state = 'starting' and spawner_state is not null")
    const hub = await carrel.pidOf('hub')
    process.kill(hub, 'SIGKILL')
    await notebookReady(page)
    assert.notEqual(await carrel.pidOf('hub'), hub)
    assert.deepEqual(await carrel.query('select run, state from servers'), [{ run: 1, state: 'ready' }])
    await page.close()
  })

  it('of the hub leaves an open notebook working', async () => {
    const page = await browser.context.newPage()
    await page.goto(carrel.link)
    await notebookReady(page)
    process.kill(await carrel.pidOf('hub'), 'SIGKILL')
    await runCode(page, 'print("no hub", 1 + 1)', 'no hub 2')
    await save(page)
    await page.close()
  })

  it('of the proxy is repaired by the next proxy, also without a hub', async () => {
    const page = await browser.context.newPage()
    await page.goto(carrel.link)
    await notebookReady(page)
    await dismissDialogs(page)
    // A stopped hub does not answer, and the supervisor does not replace it.
    const hub = await carrel.pidOf('hub')
    process.kill(hub, 'SIGSTOP')
    try {
      const proxy = await carrel.pidOf('proxy')
      process.kill(proxy, 'SIGKILL')
      await kernelConnected(page)
      await runCode(page, 'print("new proxy", 2 + 2)', 'new proxy 4')
      await page.reload()
      await notebookReady(page)
    } finally {
      process.kill(hub, 'SIGCONT')
    }
    await page.close()
  })
})
