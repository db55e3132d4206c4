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
  authenticators: [${oidcOf(provider).replace('{', `{ allow: { names: ['ann'] },`)}],
  courses: { demo: { image: '${demoFolder}' } },
})
`

describe('an answer of a provider, in a browser', function () {
  this.timeout(300_000)

  const stage = stageForAll({ needs: ['chromium'], people: ['ann', 'bob'], config: ({ provider }) => config(provider) })
  const at = (path: string) => stage.carrel.hubUrl + path
  let pages: Page[]
  beforeEach(async () => {
    pages = []
    await stage.browser.context.clearCookies()
  })
  afterEach(() => Promise.all(pages.map((page) => page.close())))
  const newPage = async () => {
    const page = await stage.browser.context.newPage()
    pages.push(page)
    return page
  }

  async function signIn(page: Page, name = 'ann'): Promise<void> {
    await page.locator('[name=login]').fill(name)
    await page.locator('[name=password]').fill(name)
    await page.locator('#sign-in').click()
  }

  /** Signs in on the way to a page of the hub. Returns the address with which the provider has answered. */
  async function come(page: Page, path: string): Promise<string> {
    const answered = page.waitForRequest((request) => request.url().startsWith(at('/hub/oauth_callback?')))
    await page.goto(at(path))
    await signIn(page)
    await page.waitForURL(at(path))
    return (await answered).url()
  }

  it('opened again leads on to where the sign-in was going, in each tab', async () => {
    const page = await newPage()
    const callback = await come(page, '/hub/token?note=a')
    await page.goto(callback)
    await page.waitForURL(at('/hub/token?note=a'))
    const other = await newPage()
    await other.goto(callback)
    await other.waitForURL(at('/hub/token?note=a'))
    await stage.browser.context.clearCookies()
    await other.goto(callback)
    await other.getByRole('heading', { name: 'Signing in did not work' }).waitFor()
    await other.getByRole('link', { name: 'Sign in' }).click()
    await other.locator('[name=login], button').first().waitFor()
  })

  it('belongs to its own tab, of two that sign in side by side', async () => {
    const [first, second] = [await newPage(), await newPage()]
    await first.goto(at('/hub/token?note=first'))
    await first.locator('[name=login]').waitFor()
    await second.goto(at('/hub/token?note=second'))
    await second.getByRole('button', { name: 'Sign in with School' }).click()
    await second.locator('[name=login]').waitFor()
    await signIn(first)
    await first.waitForURL(at('/hub/token?note=first'))
    await signIn(second)
    await second.waitForURL(at('/hub/token?note=second'))
  })

  it('comes to one of several tabs that a browser opens at once; the others have a button', async () => {
    const opened = [await newPage(), await newPage(), await newPage()]
    await Promise.all(opened.map((page, index) => page.goto(at(`/hub/token?note=${index}`))))
    const button = (page: Page) => page.getByRole('button', { name: 'Sign in with School' })
    const isAtProvider = (page: Page) => page.url().startsWith(stage.provider.issuer)
    await Promise.any(opened.map((page) => page.waitForURL((url) => url.origin === stage.provider.issuer)))
    await Promise.all(opened.map((page) => page.locator('[name=login]').or(button(page)).waitFor()))
    const first = opened.findIndex(isAtProvider)
    assert.equal(opened.filter(isAtProvider).length, 1)
    const tabs = opened.map((page, index) => ({ page, index }))
    for (const { page, index } of tabs.toSorted((one) => (one.index === first ? -1 : 1))) {
      // The provider knows the person from the first tab on.
      await (index === first ? signIn(page) : button(page).click())
      await page.waitForURL(at(`/hub/token?note=${index}`))
    }
  })

  it('is behind the person who goes back after the sign-in, and asks for no other', async () => {
    const page = await newPage()
    await page.goto(at('/hub/signed-out'))
    await come(page, '/hub/token')
    // Back to the provider's page, which is the provider's own matter, and further back to our sign-in page.
    for (let steps = 0; steps < 4 && !page.url().startsWith(at('/hub/signed-out')); steps += 1) {
      await page.goBack()
      assert.doesNotMatch(await page.content(), /Signing in did not work/)
    }
    await page.goto(at('/hub/token'))
    await page.getByRole('heading', { name: /token/i }).first().waitFor()
  })

  const once = ['error=login_required', 'error=temporarily_unavailable&error_description=authentication_expired']
  for (const query of once) {
    it(`that says ${query} begins the sign-in once more`, async () => {
      stage.provider.refuse(query)
      await come(await newPage(), '/hub/token?note=again')
    })
  }

  it('that says login_required for ever gets a page, from which the person can still come in', async () => {
    const page = await newPage()
    stage.provider.refuse('error=login_required', 'error=login_required')
    await page.goto(at('/hub/token'))
    await page.getByRole('heading', { name: 'Signing in did not work' }).waitFor()
    await page.getByText('asks you to sign in there once more').waitFor()
    await page.getByRole('link', { name: 'Try again' }).click()
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await signIn(page)
    await page.waitForURL(at('/hub/token'))
  })

  it('about a person who may not come in leads on to another account', async () => {
    const page = await newPage()
    await page.goto(at('/hub/token'))
    await signIn(page, 'bob')
    await page.getByText('Your account at School is not one of those that may come in here').waitFor()
    await page.getByRole('link', { name: 'Use another account' }).click()
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await signIn(page, 'ann')
    await page.waitForURL(at('/hub/token'))
  })
})
