import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Frame } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { programIn } from '../../helpers/browsers/desk.ts'
import { notebookReady } from '../../helpers/browsers/notebook.ts'
import { type Carrel, demoFolder, projectDir, startCarrel } from '../../helpers/carrel.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { until } from '../../helpers/until.ts'
import { openContentWorld } from '../../hub/content/content-world.ts'
import { buttonsOf, commandsOf, menusOf, openNotebook } from './menus.ts'

const example = join(projectDir, 'examples/mit-learn')
const config = (git: string) => `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

const course = { image: '${demoFolder}', start: 'welcome.ipynb' }
const content = { git: '${git}', pullMinutes: false, readOnlyText: true }
export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary()],
  git: { hosts: ['127.0.0.1'] },
  jupyter: { overrides: '${example}/overrides.json', pageConfig: '${example}/page_config.json' },
  courses: {
    'in-lab': course,
    'in-notebook': { ...course, landing: 'notebook' },
    authors: { ...course, jupyter: { overrides: {}, pageConfig: {} } },
    'copies-in-lab': { image: '', content, jupyter: { overrides: {}, pageConfig: {} } },
    'copies-in-notebook': { image: '', content, landing: 'notebook', jupyter: { overrides: {}, pageConfig: {} } },
  },
})
`

const cell = { metadata: {}, id: 'text', cell_type: 'markdown', source: '# Cities' }
const code = { ...cell, id: 'code', cell_type: 'code', source: 'x = 1', outputs: [], execution_count: null }
const kernelspec = { name: 'python3', display_name: 'Python 3' }
const notebook = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: [cell, code] }

/** Returns what a server says at a path of its API. Playwright does not tell the bodies of JupyterLab's own requests. */
function asked(program: Frame, path: string) {
  return program.evaluate(async (to) => {
    const base = /^.*?\/user\/[^/]+\/[^/]+\//.exec(location.href)?.[0]
    return (await fetch(`${base}${to}`)).json()
  }, path)
}

async function sourcesIn(program: Frame): Promise<string[]> {
  const { content } = await asked(program, 'api/contents/week1/a.ipynb')
  return content.cells.map(({ source }: { source: string }) => source)
}

describe("MIT Learn's menus, and Carrel's own", function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let carrel: Carrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    const { course, url } = await openContentWorld(cleanup)
    await course.commit({ 'week1/a.ipynb': JSON.stringify(notebook) })
    carrel = await startCarrel({ config: config(url) })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
  })

  for (const course of ['in-lab', 'in-notebook']) {
    it(`leave the File menu and two buttons, ${course}`, async () => {
      const page = await openNotebook(browser, carrel, course)
      await page.locator('[data-jp-item-name="download"]').waitFor()
      assert.deepEqual(await menusOf(page), ['File'])
      assert.deepEqual(await buttonsOf(page), ['run-all', 'download'])
      const commands = await commandsOf(page, 'File')
      assert.ok(commands.includes('docmanager:save') && commands.includes('hub:control-panel'), commands.join())
      for (const taken of ['hub:logout', 'docmanager:rename', 'docmanager:save-as', 'notebook:trust'])
        assert.ok(!commands.includes(taken), taken)
      if (process.env.CARREL_TEST_PICTURES !== undefined)
        await page.screenshot({ path: join(process.env.CARREL_TEST_PICTURES, `${course}.png`) })
      await page.close()
    })
  }

  it('stay whole in a course whose settings are its own', async () => {
    const page = await openNotebook(browser, carrel, 'authors')
    await page.locator('[data-jp-item-name="restart"]').waitFor()
    const menus = await menusOf(page)
    for (const menu of ['File', 'Edit', 'View', 'Run', 'Kernel', 'Settings', 'Help'])
      assert.ok(menus.includes(menu), menu)
  })

  it('give way, in a course with content, to what a copy needs, which is saved by itself and whose text cannot be edited', async () => {
    await until(async () => (await carrel.query('select course from brought')).length === 2, 'the first commit')
    const open = async (course: string) => {
      const page = await browser.context.newPage()
      await page.goto(`http://127.0.0.1:${carrel.port}/launch/${course}/week1/a.ipynb`)
      const program = await programIn(page)
      await notebookReady(program)
      await program.locator('.jp-MarkdownCell .jp-RenderedMarkdown').dblclick()
      await page.keyboard.press('Enter')
      await page.keyboard.insertText('mine')
      await program.locator('.jp-CodeCell .cm-content').click()
      await page.keyboard.insertText('mine = 1;')
      return { page, program }
    }
    const opened = [await open('copies-in-lab'), await open('copies-in-notebook')]
    for (const { page, program } of opened) {
      await until(async () => (await sourcesIn(program))[1]?.includes('mine = 1'), 'the text in the file')
      assert.equal((await sourcesIn(program))[0], '# Cities')
      const { schema } = await asked(program, 'lab/api/settings/@jupyterlab/docmanager-extension:plugin')
      assert.equal(schema.properties.autosaveInterval.default, 20)
      const commands = await commandsOf(program, 'File')
      for (const left of ['docmanager:save', 'docmanager:download', 'hub:logout'])
        assert.ok(commands.includes(left), left)
      for (const taken of ['docmanager:save-as', 'docmanager:rename', 'application:rename', 'filemenu:shutdown'])
        assert.ok(!commands.includes(taken), taken)
      const buttons = await buttonsOf(program)
      assert.deepEqual(
        ['save', 'run', 'restart', 'kernelName', 'cut', 'cellType'].map((name) => buttons.includes(name)),
        [true, true, true, true, false, false],
      )
      const told = await program.locator('#jupyter-config-data').textContent()
      assert.ok(JSON.parse(told ?? '{}').disabledExtensions.includes('jupyterlab-nbhosting'))
      await page.close({ runBeforeUnload: false })
    }
  })
})
