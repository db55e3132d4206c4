import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Frame, Page } from 'playwright-core'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { type Stage, stageForAll } from '../../helpers/browsers/stage.ts'
import { demoFolder } from '../../helpers/carrel.ts'
import { until } from '../../helpers/until.ts'
import { ask } from '../../proxy/world.ts'

const cullerToken = randomBytes(32).toString('hex')

const config = ({ site }: Stage) => `
import { lms } from 'carrel/authenticators/lms'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary(), lms({ issuer: 'school', courses: ['school'], pages: ['${site('school').origin}'], signed: false })],
  courses: {
    demo: { image: '${demoFolder}', strip: true },
    plain: { image: '${demoFolder}', strip: true, landing: 'notebook' },
    school: { image: '${demoFolder}', strip: true, landing: 'notebook', embed: { ancestors: ['${site('school').origin}'] } },
  },
})
`

describe('a notebook below the strip, and the ways out of it', function () {
  this.timeout(300_000)

  const stage = stageForAll({ sites: ['school'], env: { CARREL_CULLER_TOKEN: cullerToken }, config })

  /** Opens a link in a tab, and returns the frame with the notebook. */
  async function open(link: string): Promise<{ page: Page; notebook: Frame }> {
    const page = await stage.browser.context.newPage()
    await page.goto(stage.carrel.hubUrl + link)
    return { page, notebook: await notebookIn(page.mainFrame()) }
  }

  async function notebookIn(desk: Page | Frame): Promise<Frame> {
    await desk.waitForURL(/\/_carrel\/desk\//, { timeout: 120_000 })
    const frame = await (await desk.locator('iframe').elementHandle())?.contentFrame()
    assert.ok(frame)
    await notebookReady(frame)
    return frame
  }

  async function choose(notebook: Frame, command: string): Promise<void> {
    await notebook.locator('.lm-MenuBar-itemLabel', { hasText: 'File' }).click()
    await notebook.locator(`.lm-Menu-item[data-command="${command}"]`).click()
  }

  const pathOf = (page: Page | Frame) => /^\/user\/[^/]+\/[^/]+\//.exec(new URL(page.url()).pathname)?.[0] ?? ''

  /** Stops a server as the culler does. */
  async function stop(path: string): Promise<void> {
    const { carrel } = stage
    const of = `from servers join users on servers.user = users.id where servers.path = '${path}'`
    const [row] = await carrel.query<{ name: string; course: string }>(`select users.name, servers.course ${of}`)
    const address = `/hub/api/users/${encodeURIComponent(row?.name ?? '')}/servers/${row?.course}`
    const { status } = await ask(`http://127.0.0.1:${carrel.port}`, address, {
      method: 'DELETE',
      host: new URL(carrel.hubUrl).host,
      headers: { authorization: `token ${cullerToken}` },
    })
    assert.equal(status, 202)
    await until(
      async () => (await carrel.query<{ state: string }>(`select servers.state ${of}`))[0]?.state === 'stopped',
    )
  }

  it('lead all of the tab to the hub, from JupyterLab', async () => {
    const { page, notebook } = await open('/launch/demo/welcome.ipynb')
    await runCode(notebook, 'print(6 * 7)', '42')
    const tab = stage.browser.context.waitForEvent('page')
    await choose(notebook, 'hub:control-panel')
    await (await tab).waitForURL(`${stage.carrel.hubUrl}/hub/home`)
    await (await tab).close()

    await choose(notebook, 'hub:logout')
    await page.waitForURL(/\/hub\/logout\?next=/)
    await page.goBack()
    await notebookIn(page)

    // A stopped server starts again for the next page of the frame, and the strip is around it once more.
    const path = pathOf(page)
    await stop(path)
    const [frame] = page.mainFrame().childFrames()
    await frame?.evaluate((to) => location.assign(to), `${path}lab/tree/welcome.ipynb`)
    await page.waitForURL(/\/hub\/(open|launches)/)
    await notebookIn(page)
    assert.ok(page.url().includes(`${path}_carrel/desk/lab/`))
    await page.close()
  })

  it('lead all of the tab to the hub, from Notebook', async () => {
    const { page, notebook } = await open('/launch/plain/welcome.ipynb')
    await choose(notebook, 'hub:logout')
    await page.waitForURL(/\/hub\/logout\?next=/)
    await page.close()
  })

  it('stay in the frame of an LMS’s page, third-party cookies blocked', async () => {
    const link = `${stage.carrel.hubUrl}/ipythonExercice/school/welcome.ipynb/ann`
    stage.site('school').show(`<iframe title="n" src="${link}" width="1200" height="800"></iframe>`)
    const page = await stage.browser.context.newPage()
    await page.goto(stage.site('school').origin, { waitUntil: 'commit' })
    await page.locator('iframe').waitFor()
    const [outer] = page.mainFrame().childFrames()
    assert.ok(outer)
    const notebook = await notebookIn(outer)
    await runCode(notebook, 'print(6 * 7)', '42')
    const path = pathOf(outer)
    await stop(path)
    await notebook.evaluate((to) => location.assign(to), `${path}notebooks/welcome.ipynb`)
    await outer.waitForURL(/\/hub\/(open|launches)/)
    await choose(await notebookIn(outer), 'hub:logout')
    await outer.waitForURL(/\/hub\/logout\?next=/)
    await outer.getByRole('heading', { name: 'Sign out' }).waitFor()
    assert.equal(page.url(), `${stage.site('school').origin}/`)
    await page.close()
  })
})
