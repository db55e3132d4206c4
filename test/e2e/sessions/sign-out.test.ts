import assert from 'node:assert/strict'
import type { Frame, Page } from 'playwright-core'
import { notebookReady } from '../../helpers/browsers/notebook.ts'
import { oidcOf, stageForAll } from '../../helpers/browsers/stage.ts'
import { demoFolder } from '../../helpers/carrel.ts'
import type { IdentityProvider } from '../../helpers/identity-provider.ts'
import { until } from '../../helpers/until.ts'

const config = (provider: IdentityProvider, school: string) => `
import { oidc } from 'carrel/authenticators/oidc'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [${oidcOf(provider)}, temporary()],
  courses: { demo: { image: '${demoFolder}', start: 'welcome.ipynb', embed: { ancestors: ['${school}'] } } },
})
`

/** The two entries "Log Out" of JupyterLab's menu: Jupyter's own, and JupyterHub's. */
const entries = { jupyter: 'filemenu:logout', jupyterhub: 'hub:logout' }

async function chooseLogOut(page: Page | Frame, command: string): Promise<void> {
  await page.locator('.lm-MenuBar-item', { hasText: 'File' }).first().click()
  await page.locator(`.lm-Menu-item[data-command="${command}"]`).click()
}

describe('"Log Out" in the menu of JupyterLab', function () {
  this.timeout(300_000)

  const stage = stageForAll({
    sites: ['school'],
    people: ['ann'],
    config: ({ provider, site }) => config(provider, site('school').origin),
  })

  async function signIn(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await page.locator('[name=login]').fill('ann')
    await page.locator('[name=password]').fill('ann')
    await page.locator('#sign-in').click()
  }
  const states = () => stage.carrel.query<{ state: string }>('select state from servers order by created desc')

  it('signs a person out of Carrel and at the provider, by either entry', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/login?next=/launch/demo/welcome.ipynb`)
    await signIn(page)
    await notebookReady(page)
    const notebook = page.url()
    await chooseLogOut(page, entries.jupyter)
    await page.getByRole('heading', { name: 'Sign out' }).waitFor()
    assert.equal(new URL(page.url()).origin, stage.carrel.hubUrl)
    await page.getByRole('link', { name: 'Stay and go back to my notebook' }).click()
    await notebookReady(page)
    await chooseLogOut(page, entries.jupyterhub)
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('button', { name: 'Yes, sign me out' }).click()
    await page.getByText('You went to School to sign out there too').waitFor()
    assert.equal(new URL(page.url()).pathname, '/hub/signed-out')
    await page.goto(`${stage.carrel.hubUrl}/hub/home`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goto(notebook)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await signIn(page)
    await notebookReady(page)
    assert.equal(new URL(page.url()).origin, stage.carrel.serversUrl, 'the sign-in has led back to the notebook')
    await page.close()
  })

  it('asks a temporary visitor first, and ends the work only then', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await notebookReady(page)
    const notebook = page.url()
    await chooseLogOut(page, entries.jupyter)
    await page.getByText('all your work here goes with the sign-out').waitFor()
    assert.equal((await states())[0]?.state, 'ready')
    await page.getByRole('button', { name: 'Sign out and lose my work' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await until(async () => (await states())[0]?.state === 'stopped')
    await page.goto(notebook)
    await page.getByText('Your session has ended, and the notebook belonged to it').waitFor()
    await page.goto(`${stage.carrel.hubUrl}/hub/home`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.close()
  })

  it('asks and signs out in the frame of another site', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    const link = `${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`
    stage.site('school').show(`<iframe src="${link}" width="1200" height="700"></iframe>`)
    await page.goto(stage.site('school').origin)
    const [, frame] = page.frames()
    assert(frame !== undefined)
    await notebookReady(frame)
    await chooseLogOut(frame, entries.jupyterhub)
    await frame.getByText('all your work here goes with the sign-out').waitFor()
    await frame.getByRole('button', { name: 'Sign out and lose my work' }).click()
    await frame.getByText('open the page of your course again').waitFor()
    await until(async () => (await states())[0]?.state === 'stopped')
    await page.close()
  })
})
