import assert from 'node:assert/strict'
import type { Page, WebSocket } from 'playwright-core'
import { type Browser, startBrowser } from '../helpers/browsers/browser.ts'
import { programIn } from '../helpers/browsers/desk.ts'
import { notebookReady, save } from '../helpers/browsers/notebook.ts'
import { oidcOf, stageForAll } from '../helpers/browsers/stage.ts'
import { demoFolder } from '../helpers/carrel.ts'
import type { IdentityProvider } from '../helpers/identity-provider.ts'
import { until } from '../helpers/until.ts'

describe('staff and colleagues at a learner’s notebook', function () {
  this.timeout(300_000)
  const browsers: Browser[] = []

  const stage = stageForAll({
    ownBrowsers: true,
    hosts: 'own',
    people: ['ann', 'carl', 'grace'],
    config: ({ provider }) => school(provider),
  })
  after(() => Promise.all(browsers.map((browser) => browser.close())))

  const school = (provider: IdentityProvider) => `
import { oidc } from 'carrel/authenticators/oidc'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [
    ${oidcOf(provider)},
  ],
  groups: { tutors: ['grace'] },
  courses: { demo: { title: 'A first notebook', image: '${demoFolder}', start: 'welcome.ipynb', staff: ['group:tutors'], share: true } },
})
`

  /** Returns a new browser in which this person has signed in. */
  async function signIn(name: string): Promise<Page> {
    const browser = await startBrowser()
    browsers.push(browser)
    const page = await browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/home`)
    await page.locator('[name=login]').fill(name)
    await page.locator('[name=password]').fill(name)
    await page.locator('#sign-in').click()
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
    return page
  }

  it('open it, are shown to its owner, and lose access as soon as the owner ends it', async () => {
    const ann = await signIn('ann')
    await ann.getByRole('link', { name: 'Open A first notebook' }).click()
    await notebookReady(ann)
    const address = ann.url()
    const label = new URL(address).host

    const grace = await signIn('grace')
    await grace.getByRole('link', { name: 'Notebooks of A first notebook' }).click()
    await grace.getByRole('button', { name: 'Open as staff the notebook of ann' }).click()
    const graces = await programIn(grace)
    await notebookReady(graces)
    assert.equal(new URL(grace.url()).host, label)
    // The line above it and the titles of the tabs tell whose notebook this is.
    await grace.getByRole('heading', { name: 'You are in ann’s notebook' }).waitFor()
    await grace.waitForFunction(() => document.title.startsWith('ann’s: ') && document.title.endsWith(' - ann-demo'))
    await ann.waitForFunction(() => document.title.endsWith(' - demo'))
    await save(graces)

    const home = await ann.context().newPage()
    await home.goto(`${stage.carrel.hubUrl}/hub/home`)
    await home.getByText('Opened as staff by grace').waitFor()
    await home.getByRole('link', { name: 'Share A first notebook' }).click()
    await home.getByRole('textbox', { name: 'Name' }).fill('carl')
    await home.getByRole('button', { name: 'Share' }).click()
    await home.getByText('Shared with carl.').waitFor()

    const carl = await signIn('carl')
    const open = new Set<WebSocket>()
    carl.on('websocket', (socket) => {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
    })
    await carl.getByRole('button', { name: 'Open A first notebook of ann' }).click()
    const carls = await programIn(carl)
    await notebookReady(carls)
    await save(carls)

    // A link that ann sends asks first.
    const link = await carl.context().newPage()
    await link.goto(`${stage.carrel.hubUrl}/hub/open?to=${encodeURIComponent(new URL(address).pathname)}`)
    await link.getByText('ann shares this notebook with you').waitFor()
    await link.getByRole('button', { name: 'Open it' }).click()
    await notebookReady(await programIn(link))
    await link.close()
    const asks = await grace.context().newPage()
    await asks.goto(`${stage.carrel.hubUrl}/hub/open?to=${encodeURIComponent(new URL(address).pathname)}`)
    await asks.getByRole('button', { name: 'Open as staff' }).waitFor()
    await asks.close()
    await home.goto(`${stage.carrel.hubUrl}/hub/home`)

    assert.notEqual(open.size, 0)
    await home.goto(`${stage.carrel.hubUrl}/hub/share/demo`)
    await home.getByRole('button', { name: 'Remove carl' }).click()
    await home.getByText('You share this notebook with nobody yet').waitFor()
    await until(() => open.size === 0, 'its sockets to be closed')
    // Before JupyterLab writes a file, it checks whether the file has changed meanwhile.
    const refused = carl.waitForResponse((response) => response.url().includes('/api/contents/welcome.ipynb'))
    await carl.keyboard.press('Control+s')
    assert.equal((await refused).status(), 403)
    await save(graces)
    await grace.getByRole('link', { name: 'Leave' }).click()
    await grace.getByRole('heading', { name: 'Notebooks of A first notebook' }).waitFor()
    await carl.goto(address)
    await carl.getByText('belongs to somebody else').waitFor()
  })
})
