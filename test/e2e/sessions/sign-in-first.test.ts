import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
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
  courses: { demo: { image: '${demoFolder}' } },
  admins: ['root'],
})
`

describe('a page of the hub that needs a user', function () {
  this.timeout(300_000)

  const stage = stageForAll({
    needs: ['chromium'],
    people: ['ann', 'root'],
    config: ({ provider }) => config(provider),
  })

  async function signIn(page: Page, name: string): Promise<void> {
    await page.locator('[name=login]').fill(name)
    await page.locator('[name=password]').fill(name)
    await page.locator('#sign-in').click()
  }

  it('asks for the sign-in and opens afterwards, as another user where the first one may not', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/admin?q=a`)
    await signIn(page, 'ann')
    await page.getByText('for the people who run this site. You are signed in as ann.').waitFor()
    await page.getByRole('link', { name: 'Sign in as another user' }).click()
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('button', { name: 'Yes, sign me out' }).click()
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.equal(await page.getByText('Your session has ended').count(), 0)
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await signIn(page, 'root')
    await page.waitForURL(`${stage.carrel.hubUrl}/hub/admin?q=a`)
    await page.getByRole('heading', { name: 'Users' }).waitFor()
    await page.close()
  })

  it('goes on to the only provider once, and back from there does not lead into it again', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/signed-out`)
    await page.goto(`${stage.carrel.hubUrl}/hub/login?next=/hub/token`)
    await page.locator('[name=login]').waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await page.goto(`${stage.carrel.hubUrl}/hub/login?next=/hub/token`)
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await page.locator('#cancel').click()
    await page.getByRole('heading', { name: 'Signing in did not work' }).waitFor()
    await stage.browser.context.clearCookies({ name: /^(?!.*carrel-automatic)/ })
    await page.getByRole('link', { name: 'Try again' }).click()
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await signIn(page, 'ann')
    await page.waitForURL(`${stage.carrel.hubUrl}/hub/token`)
    await page.close()
  })

  it('has a button in a browser without script', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    const protocol = await stage.browser.context.newCDPSession(page)
    await protocol.send('Emulation.setScriptExecutionDisabled', { value: true })
    await page.goto(`${stage.carrel.hubUrl}/hub/login`)
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await page.locator('[name=login]').waitFor()
    await page.close()
  })

  it('says that a session has ended that was there', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/token`)
    await signIn(page, 'ann')
    await page.getByRole('heading', { name: 'API tokens' }).waitFor()
    const elsewhere = await stage.browser.context.newPage()
    const cookies = await stage.browser.context.cookies()
    await elsewhere.goto(`${stage.carrel.hubUrl}/hub/home`)
    await elsewhere.locator('header summary').click()
    await elsewhere.getByRole('link', { name: 'Sign out everywhere' }).click()
    await elsewhere.getByRole('button', { name: 'Sign out everywhere' }).click()
    await elsewhere.getByRole('button', { name: 'Yes, sign me out' }).waitFor()
    await elsewhere.close()
    // Another browser of this user would still have the cookie.
    await stage.browser.context.addCookies(cookies.filter(({ name }) => name.endsWith('carrel')))
    await page.reload()
    await page.getByText('Your session has ended. Sign in again, and you go on where you were.').waitFor()
    await page.close()
  })
})
