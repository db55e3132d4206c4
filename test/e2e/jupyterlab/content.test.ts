import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { programIn } from '../../helpers/browsers/desk.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { type Carrel, demoFolder, startCarrel } from '../../helpers/carrel.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { until } from '../../helpers/until.ts'
import { type ContentWorld, notebook, openContentWorld } from '../../hub/content/content-world.ts'

describe('the folders of a repository beside its notebooks, with JupyterLab', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let carrel: Carrel | undefined
  let browser: Browser
  let content: ContentWorld

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    content = await openContentWorld(cleanup)
    const dataDir = await mkdtemp(join(tmpdir(), 'carrel-'))
    cleanup.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }))
    await content.course.commit({
      'nbhosting/nbhosting.yaml': 'static-mappings:\n  - { source: data, destination: data }\n',
      'week1/a.ipynb': notebook('A'),
      'data/cities.csv': 'Nice,Antibes\n',
      'modules/helper.py': 'def twice(x):\n    return 2 * x\n',
    })
    const config = `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary()],
  git: { hosts: ['127.0.0.1'] },
  courses: { stats: { image: '${demoFolder}', start: 'welcome.ipynb', content: { git: '${content.url}' } } },
})
`
    const pulling = await startCarrel({ config, dataDir })
    await until(async () => (await pulling.query('select course from brought')).length > 0, 'the first commit')
    // The next hub has it from its start on.
    await pulling.stop()
    carrel = await startCarrel({ config, dataDir })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
  })

  it('are found by a relative path and by an import, where a learner runs code', async () => {
    const page = await browser.context.newPage()
    await page.goto(`http://127.0.0.1:${carrel?.port}/launch/stats/welcome.ipynb`)
    const program = await programIn(page)
    await notebookReady(program)
    await runCode(program, "print('read', open('week1/data/cities.csv').read())", 'read Nice,Antibes')
    await runCode(program, "import helper; print('twice', helper.twice(21))", 'twice 42')
  })
})
