import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { loadConfig } from '../../../config/load.ts'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { type PublicCarrel, startPublicCarrel } from '../../helpers/public-carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'
import { programFolders } from '../../programs/folders.ts'
import { moveSlider, openLink, runClassicCell } from './pages.ts'

/** Each of these opens by a link in Chromium as `examples/programs` starts it, and answers through its WebSocket. */
describe('real programs as processes', function () {
  this.timeout(300_000)
  const course = join(import.meta.dirname, 'course')
  let carrel: PublicCarrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    const found = await programFolders('notebook-6', 'web', 'code-server')
    if ('missing' in found) return requirePart(this, 'programs', found.missing)
    const [notebook6, web, code] = found.folders
    const { courses } = await loadConfig(join(projectDir, 'examples/programs/carrel.config.ts'))
    const paths: Record<string, string> = {
      ...{ voila: join(web, 'bin'), streamlit: join(web, 'bin'), marimo: join(web, 'bin') },
      code: `${join(code, 'node_modules/.bin')}:${dirname(process.execPath)}`,
    }
    const apps = Object.entries(paths).map(([word, path]) => {
      const { env, program, start, fileAt } = courses[`statistics--${word}`] ?? {}
      return [word, { env: { ...env, PATH: `${path}:/usr/bin:/bin` }, program, start, fileAt }]
    })
    carrel = await startPublicCarrel({
      config: () => `
        import { temporary } from 'carrel/authenticators/temporary'
        import { defineConfig } from 'carrel/config'
        import { processSpawner } from 'carrel/spawners/process'
        export default defineConfig({
          spawner: processSpawner(),
          authenticators: [temporary()],
          courses: {
            classic: { image: '${course}', program: 'notebook-6', command: ['${notebook6}/bin/jupyter-notebook'], start: 'welcome.ipynb' },
            statistics: { image: '${course}', apps: ${JSON.stringify(Object.fromEntries(apps))} },
          },
        })`,
    })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
  })

  const open = (link: string) => openLink(browser, carrel.hubUrl + link)
  const serverOf = async (slug: string) => {
    const [server] = await carrel.query<{ id: string; target: string; state: string }>(
      `select id, target, state from servers where course = '${slug}'`,
    )
    assert.ok(server)
    return server
  }

  it('the classic Notebook 6, with the options that it has', async () => {
    const { page, sockets } = await open('/launch/classic')
    assert.match(page.url(), /\/classic\/notebooks\/welcome\.ipynb$/)
    await runClassicCell(page, 'Hello from your own desk')
    assert.match(sockets.join(), /\/classic\/api\/kernels\/[^/]+\/channels/)
    await page.close()
  })

  it('Voila, with the notebook that the course names, and with another one that a link names', async () => {
    const { page, sockets } = await open('/launch/statistics?app=voila')
    assert.match(page.url(), /--voila\/voila\/render\/dashboard\.ipynb$/)
    await moveSlider(page)
    assert.match(sockets.join(), /--voila\/api\/kernels\/[^/]+\/channels/)
    await page.goto(`${carrel.hubUrl}/launch/statistics/welcome.ipynb?app=voila`)
    await page.waitForURL(/--voila\/voila\/render\/welcome\.ipynb$/)
    await page.getByText('Hello from your own desk', { exact: true }).waitFor()
    await page.close()
  })

  it('Streamlit, on a port', async () => {
    const { page, sockets } = await open('/launch/statistics?app=streamlit')
    await moveSlider(page)
    assert.match(sockets.join(), /--streamlit\/_stcore\/stream/)
    assert.match((await serverOf('statistics--streamlit')).target, /^http:\/\/127\.0\.0\.1:\d+$/)
    await page.close()
  })

  it('marimo, whose password only the proxy knows', async () => {
    const { page, sockets } = await open('/launch/statistics?app=marimo')
    await page.locator('.cm-content', { hasText: 'mo.ui.slider' }).waitFor()
    // The last one runs all cells.
    await page.getByTestId('run-button').last().click()
    await moveSlider(page)
    assert.match(sockets.join(), /--marimo\/ws\?/)
    const { target } = await serverOf('statistics--marimo')
    const path = new URL(page.url()).pathname
    const refused = await fetch(target + path, { redirect: 'manual' })
    assert.match(`${refused.status} ${refused.headers.get('location')}`, /^303 .*\/auth\/login/)
    await page.close()
  })

  it('code-server, which sees no prefix, and writes to the files of the course', async () => {
    const { page, sockets } = await open('/launch/statistics?app=code')
    await page.getByRole('treeitem', { name: 'app.py' }).dblclick()
    const editor = page.locator('.monaco-editor[data-uri$="app.py"]')
    await editor.locator('.view-line').first().click()
    await page.keyboard.press('Control+Home')
    await page.keyboard.type('# mine\n')
    await page.keyboard.press('Control+s')
    const { id } = await serverOf('statistics--code')
    const file = join(carrel.dataDir, 'data', 'workspaces', id, 'app.py')
    await until(async () => (await readFile(file, 'utf8')).startsWith('# mine\nimport'), 'the file to be saved')
    assert.match(sockets.join(), /--code\/stable-/)
    await page.close()
  })

  it('and each of them ends when its learner stops it', async () => {
    const page = await browser.context.newPage()
    for (const slug of [
      'classic',
      'statistics--voila',
      'statistics--streamlit',
      'statistics--marimo',
      'statistics--code',
    ]) {
      const { id } = await serverOf(slug)
      await page.goto(`${carrel.hubUrl}/hub/servers/${id}/stop`)
      await page.getByRole('button', { name: 'Stop' }).click()
      await page.waitForURL(/\/hub\/home\?notice=/)
      await until(async () => (await serverOf(slug)).state === 'stopped', `${slug} to stop`)
    }
    await page.close()
  })
})
