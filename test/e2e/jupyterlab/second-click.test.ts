import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { staticFilesCome, staticFilesCopied } from '../../helpers/browsers/static-files.ts'
import { type Carrel, demoFolder, startCarrel } from '../../helpers/carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { until } from '../../helpers/until.ts'

const config = (folder: string) => `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary()],
  courses: {
    algebra: { image: '${folder}', start: 'one.ipynb' },
    ready: { image: '${folder}', start: 'one.ipynb', spares: 1 },
  },
})
`

describe('a link to JupyterLab that is clicked again and again', function () {
  this.timeout(300_000)
  let folder: string
  let carrel: Carrel
  let browser: Browser
  let hub: string

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    folder = await mkdtemp(join(tmpdir(), 'carrel-algebra-'))
    for (const name of ['one', 'two']) await cp(join(demoFolder, 'welcome.ipynb'), join(folder, `${name}.ipynb`))
    // The hub's host is 127.0.0.1 and the servers' is localhost: for a browser these are different sites.
    carrel = await startCarrel({ config: config(folder), staticFiles: true })
    hub = `http://127.0.0.1:${carrel.port}`
    browser = await startBrowser()
    // On a busy machine tabs answer late, so the page that asks them which workspaces they have open waits longer here.
    await browser.context.addInitScript(() => {
      if (!/\/_carrel\/(seated|again)$/.test(location.pathname)) return
      const { setTimeout } = window
      const later = (act: () => void, milliseconds: number) => setTimeout(act, milliseconds * 20)
      Object.assign(window, { setTimeout: later })
      // For the same reason its claim to a workspace must last longer.
      const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie') ?? {}
      Object.defineProperty(document, 'cookie', {
        get: () => get?.call(document),
        set: (text: string) => set?.call(document, text.replace('Max-Age=20;', 'Max-Age=400;')),
      })
    })
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })
  // The next test has the same browser, whose cache is warm, and another visitor.
  afterEach(async () => {
    const [, ...pages] = browser?.context.pages() ?? []
    for (const page of pages) await page.close()
    await browser?.context.clearCookies()
  })

  async function click(page?: Page, notebook = 'one.ipynb'): Promise<Page> {
    const opened = page ?? (await browser.context.newPage())
    await opened.goto(`${hub}/launch/algebra/${notebook}`)
    await notebookReady(opened)
    return opened
  }
  const labWorkspaceOf = (page: Page) => /\/lab\/workspaces\/([^/]+)\/tree\/\w+\.ipynb$/.exec(page.url())?.[1]
  /** Waits until the page shows tabs for these notebooks and no others: JupyterLab restores one after the other. */
  const untilOpen = (page: Page, names: string[]) =>
    until(async () => {
      const shown = await page.locator('#jp-main-dock-panel .lm-TabBar-tab').allTextContents()
      return shown.sort().join() === names.join()
    }, `the tabs ${names}`)

  it('loads JupyterLab once, and keeps what the browser has stored', async () => {
    const loaded = (page: Page) =>
      page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).transferSize, 0),
      )
    const first = await click()
    // The rest of JupyterLab loads behind a notebook that is ready. What is not there yet would be loaded by the second click.
    await first.waitForLoadState('networkidle')
    const bytes = await loaded(first)
    assert.ok(bytes > 1_000_000, `${bytes} bytes`)
    await first.evaluate(() => localStorage.setItem('mark', 'mine'))
    const second = await click()
    assert.equal(await second.evaluate(() => localStorage.getItem('mark')), 'mine')
    const again = await loaded(second)
    assert.ok(again < bytes / 10, `${again} of ${bytes} bytes`)
  })

  it('loads it from one address for all servers at their host, once the files were copied', async () => {
    const digest = await staticFilesCopied(carrel)
    const page = await click()
    const { led, own } = await staticFilesCome(page, carrel, digest)
    assert.ok(led.length > 20, `${led.length} files`)
    assert.ok(led.every((url) => url.startsWith(`http://localhost:${carrel.port}/_carrel/static/`)))
    assert.deepEqual(own, [])
  })

  it('finds a server that runs already, where the course has spares', async () => {
    const waiting = () => carrel.query<{ id: string }>("select id from servers where spare and state = 'ready'")
    await until(async () => (await waiting()).length === 1)
    const [spare] = await waiting()
    const page = await browser.context.newPage()
    await page.goto(`${hub}/launch/ready`)
    await notebookReady(page)
    await runCode(page, 'print(6 * 7)', '42')
    const [server] = await carrel.query(
      "select servers.id, run, path, told_user, users.name from servers join users on users.id = user where course = 'ready' and not spare",
    )
    const { told_user: name } = server as { told_user: string }
    assert.deepEqual(server, { id: spare?.id, run: 1, path: `/user/${name}/ready/`, told_user: name, name })
    await until(async () => (await waiting()).some(({ id }) => id !== spare?.id), 'another one')
  })

  it('names the tab after the course, with a number only for a second one beside it', async () => {
    const titled = (page: Page, title: string) =>
      page.waitForFunction((expected) => document.title === expected, title, { polling: 100 })
    const first = await click()
    await titled(first, 'one.ipynb - algebra')
    const second = await click()
    await titled(second, 'one.ipynb - algebra-2')
    assert.equal(labWorkspaceOf(first), 'algebra', 'neither has moved away from the other one')
    await first.close()
    const third = await click()
    assert.equal(labWorkspaceOf(third), 'algebra')
    // As if 20 seconds had passed, in which a tab might still be on its way.
    await browser.context.clearCookies({ name: /^carrel-workspace-/ })
    await click(third)
    assert.equal(labWorkspaceOf(third), 'algebra')
  })

  it('keeps tabs apart that open at once', async () => {
    await (await click()).close()
    const pages = await Promise.all([1, 2, 3].map(() => browser.context.newPage()))
    // JupyterLab itself takes another workspace when a third tab asks while it loads, whatever the names are.
    const chosen = pages.map((page) => page.waitForRequest(/\/lab\/workspaces\/algebra(-\d)?\//))
    await Promise.all(pages.map((page) => click(page)))
    const names = (await Promise.all(chosen)).map((request) => request.url().split('/workspaces/')[1]?.split('/')[0])
    assert.deepEqual(names.sort(), ['algebra', 'algebra-2', 'algebra-3'])
  })

  it('comes back with what was open, and opens a notebook that was not open alone', async () => {
    const page = await click()
    await untilOpen(page, ['one.ipynb'])
    await click(page, 'two.ipynb')
    await untilOpen(page, ['two.ipynb'])
    const saved = page.waitForRequest(
      (request) =>
        request.method() === 'PUT' && /notebook:one\.ipynb.*notebook:two\.ipynb/s.test(sorted(request.postData())),
    )
    await page.locator('.jp-DirListing-item', { hasText: 'one.ipynb' }).dblclick()
    await saved
    await click(page, 'two.ipynb')
    await untilOpen(page, ['one.ipynb', 'two.ipynb'])
    await page.waitForFunction(() => document.title.startsWith('two.ipynb'))
  })

  for (const server of ['that starts', 'that runs']) {
    it(`is left by "Back" to the page before it, and launches nothing anew, with a server ${server}`, async () => {
      if (server === 'that runs') await (await click()).close()
      const page = await browser.context.newPage()
      await page.goto(`${hub}/hub/health`)
      const before = page.url()
      // The driver's own evaluation would count as a press, after which a browser keeps every page in its history.
      await page.goto(`${hub}/launch/algebra/one.ipynb`)
      await notebookReady(page)
      const launches = await carrel.query('select * from launches')
      const asked: string[] = []
      page.on('request', (request) => void (request.isNavigationRequest() && asked.push(request.url())))
      // JupyterLab itself adds an entry for its own address, which the browser's button skips and the driver does not.
      for (let steps = 0; steps < 3 && page.url().includes('/user/'); steps += 1) await page.goBack()
      assert.equal(page.url(), before)
      await page.goForward()
      await notebookReady(page)
      assert.equal(labWorkspaceOf(page), 'algebra')
      assert.deepEqual(await carrel.query('select * from launches'), launches, asked.join('\n'))
    })
  }

  it('leaves a phone at least 300 pixels for the notebook', async () => {
    const desk = await click()
    await desk.locator('.jp-DirListing').waitFor({ state: 'visible' })
    const phone = await browser.context.newPage()
    await phone.setViewportSize({ width: 390, height: 844 })
    // The toolbar of a phone has no room for what `notebookReady` looks for.
    const look = async () => {
      await phone.goto(`${hub}/launch/algebra/one.ipynb`)
      await phone.locator('.jp-Notebook .jp-Cell').first().waitFor()
      return (await phone.locator('.jp-Notebook').first().boundingBox())?.width ?? 0
    }
    for (const workspace of ['a new one', 'one that is there']) {
      const width = await look()
      assert.ok(width >= 300, `${width} pixels in ${workspace}`)
    }
    await desk.close()
    const width = await look()
    assert.equal(labWorkspaceOf(phone), 'algebra')
    assert.ok(width >= 300, `${width} pixels in a workspace of a wide window`)
  })
})

/** Returns the keys of a saved layout in their order. */
function sorted(body: string | null): string {
  const { data = {} } = JSON.parse(body ?? '{}') as { data?: Record<string, unknown> }
  return Object.keys(data).sort().join()
}
