import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { notebookReady, save } from '../../helpers/browsers/notebook.ts'
import { oidcOf, stageForAll } from '../../helpers/browsers/stage.ts'
import { demoFolder } from '../../helpers/carrel.ts'
import type { IdentityProvider } from '../../helpers/identity-provider.ts'

const config = (provider: IdentityProvider) => `
import { oidc } from 'carrel/authenticators/oidc'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [${oidcOf(provider)}],
  courses: {
    demo: { image: '${demoFolder}' },
    plain: { image: '${demoFolder}', landing: 'notebook' },
  },
})
`

describe('a session that ends while a notebook is open', function () {
  this.timeout(300_000)

  const stage = stageForAll({ people: ['ann'], config: ({ provider }) => config(provider) })

  /** Signs in at the provider. From then on the sign-in page is enough, because the tests never sign out there. */
  before(async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/login`)
    await page.locator('[name=login]').fill('ann')
    await page.locator('[name=password]').fill('ann')
    await page.locator('#sign-in').click()
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
    await page.close()
  })

  /** Opens a notebook in a new tab. */
  async function openNotebook(course: string): Promise<Page> {
    const page = await stage.browser.context.newPage()
    await stage.browser.context.clearCookies({ name: /^__Host-Http-carrel(-automatic)?$/ })
    await page.goto(`${stage.carrel.hubUrl}/hub/login?next=/launch/${course}/welcome.ipynb`)
    await notebookReady(page)
    return page
  }

  /** Signs out of Carrel in another tab, which then stands at the provider. */
  async function signOutEverywhere(): Promise<Page> {
    const other = await stage.browser.context.newPage()
    await other.goto(`${stage.carrel.hubUrl}/hub/home`)
    await other.locator('header summary').click()
    await other.getByRole('link', { name: 'Sign out everywhere' }).click()
    await other.getByRole('button', { name: 'Sign out everywhere' }).click()
    await other.getByRole('button', { name: 'Yes, sign me out' }).waitFor()
    return other
  }

  for (const [program, course] of [
    ['JupyterLab', 'demo'],
    ['Notebook', 'plain'],
  ] as const) {
    it(`is told in ${program} in plain words, and the tab saves again after a new sign-in`, async () => {
      const page = await openNotebook(course)
      const notebook = page.url()
      const other = await signOutEverywhere()

      const dialog = page.locator('.jp-Dialog')
      await dialog.getByText('You are signed out of this notebook in this browser').waitFor()
      const words = (await dialog.textContent()) ?? ''
      assert.match(words, /What was saved is kept/)
      assert.ok(words.includes(`sign in in another tab at\n${stage.carrel.hubUrl}\n`))
      assert.doesNotMatch(words, /died/)
      await dialog.getByRole('button', { name: 'Ok' }).click()
      await page.locator('.jp-Notebook .jp-Cell').first().click()
      await page.keyboard.press('Control+s')
      await dialog.getByText('File Save Error').waitFor()
      await dialog.getByText('You are signed out of this notebook in this browser').waitFor()
      await dialog.getByRole('button').last().click()

      await other.goto(notebook)
      await other.getByRole('button', { name: 'Sign in with School' }).click()
      await notebookReady(other)
      await other.close()
      await page.locator('.jp-Notebook .jp-Cell').first().click()
      await save(page)
      await page.reload()
      await notebookReady(page)
      await page.close()
    })
  }

  it('leads the next navigation of the tab to the sign-in, and back to the notebook', async () => {
    const page = await openNotebook('plain')
    await (await signOutEverywhere()).close()
    await page.reload()
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await notebookReady(page)
    assert.ok(stage.carrel.isServer(page.url()))
    await page.close()
  })
})
