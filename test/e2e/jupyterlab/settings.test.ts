import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { type Carrel, demoFolder, projectDir, startCarrel } from '../../helpers/carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { buttonsOf, commandsOf, menusOf, openNotebook } from './menus.ts'

const example = join(projectDir, 'examples/mit-learn')
const config = `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

const course = { image: '${demoFolder}', start: 'welcome.ipynb' }
export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary()],
  jupyter: { overrides: '${example}/overrides.json', pageConfig: '${example}/page_config.json' },
  courses: {
    'in-lab': course,
    'in-notebook': { ...course, landing: 'notebook' },
    authors: { ...course, jupyter: { overrides: {}, pageConfig: {} } },
  },
})
`

describe("MIT Learn's menus", function () {
  this.timeout(300_000)
  let carrel: Carrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    carrel = await startCarrel({ config })
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
})
