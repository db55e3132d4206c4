import assert from 'node:assert/strict'
import type { Frame, Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../helpers/browsers/browser.ts'
import { treeReady } from '../helpers/browsers/notebook.ts'
import { type Site, startSite } from '../helpers/browsers/site.ts'
import { demoFolder } from '../helpers/carrel.ts'
import { type IdentityProvider, startIdentityProvider } from '../helpers/identity-provider.ts'
import { type PublicCarrel, startPublicCarrel } from '../helpers/public-carrel.ts'
import { requirePart } from '../helpers/require.ts'
import { missingJupyter } from '../helpers/setup.ts'

const config = (provider: IdentityProvider, ancestors: string[]) => `
import { oidc } from 'carrel/authenticators/oidc'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [
    temporary({
      behind: oidc({
        name: 'school', label: 'Sign in with School', issuer: '${provider.issuer}', allowInsecureIssuer: true,
        clientId: '${provider.clientId}', clientSecret: '${provider.clientSecret}',
      }),
    }),
  ],
  courses: { demo: { image: '${demoFolder}', landing: 'notebook', embed: { ancestors: ${JSON.stringify(ancestors)} } } },
})
`

describe('a sign-in window of a frame that does not come back', function () {
  this.timeout(300_000)
  let provider: IdentityProvider
  let carrel: PublicCarrel
  let browser: Browser
  let school: Site
  let college: Site

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    ;[school, college] = await Promise.all([startSite('school'), startSite('college')])
    const starting = startPublicCarrel({
      async config(hubUrl) {
        provider = await startIdentityProvider({
          redirectUris: [`${hubUrl}/hub/oauth_callback`],
          accounts: { ann: {} },
          severs: true,
        })
        return config(provider, [school.origin, college.origin])
      },
    })
    ;[carrel, browser] = await Promise.all([starting, startBrowser()])
  })

  after(async () => {
    await browser?.close()
    await carrel?.stop()
    await provider?.stop()
    await school?.close()
    await college?.close()
  })

  const focused = (place: Page | Frame) => place.evaluate(() => document.activeElement?.id)

  async function openPage(site: Site, attributes = '', script = () => {}): Promise<{ page: Page; frame: Frame }> {
    site.show(
      `<input id="answer" aria-label="Answer"><iframe title="n" src="${carrel.hubUrl}/tmplogin?course=demo" ${attributes} width="700" height="400"></iframe>`,
    )
    const page = await browser.context.newPage()
    await page.addInitScript(script)
    await page.goto(site.origin)
    const [frame] = page.mainFrame().childFrames()
    if (frame === undefined) throw new Error('there is no frame')
    await frame.getByRole('button', { name: 'Sign in' }).waitFor()
    return { page, frame }
  }

  it('says so where no window may open', async () => {
    const { page, frame } = await openPage(school, 'sandbox="allow-scripts allow-same-origin allow-forms"')
    await frame.getByRole('button', { name: 'Sign in' }).click()
    await frame.getByText('allow pop-ups for this page').waitFor()
    await page.close()
  })

  it('goes on in the window after a refusal, and after a provider that cut it off, and says so in the frame', async () => {
    const { page, frame } = await openPage(school)
    const [popup] = await Promise.all([
      browser.context.waitForEvent('page'),
      frame.getByRole('button', { name: 'Sign in' }).click(),
    ])
    await popup.getByRole('button', { name: 'Sign in with School' }).click()
    await popup.locator('#cancel').click()
    await popup.getByRole('heading', { name: 'Signing in did not work' }).waitFor()
    await frame.getByText('The sign-in is not finished here').waitFor()
    await popup.getByRole('link', { name: 'Try again' }).click()
    await popup.getByRole('button', { name: 'Sign in with School' }).click()
    await popup.locator('[name=login]').fill('ann')
    await popup.locator('[name=password]').fill('ann')
    await popup.locator('#sign-in').click()
    await popup.getByText('This window has lost the page that opened it').waitFor()
    await popup.getByRole('link', { name: 'Open my notebook here' }).click()
    await treeReady(popup)
    await popup.close()

    // Signed in at top level now, the next window never meets the provider: the frame gets its code at once.
    const [second] = await Promise.all([
      browser.context.waitForEvent('page'),
      frame.getByRole('button', { name: 'Sign in' }).click(),
    ])
    if (!second.isClosed()) await second.waitForEvent('close')
    await treeReady(frame)
    await page.close()
  })

  it('leads to a new tab where the frame keeps no cookies though somebody has signed in', async () => {
    const { page, frame } = await openPage(college, '', () => {
      const real = window.fetch
      window.fetch = (input, init) =>
        real(input, String(input).endsWith('/session') ? { ...init, credentials: 'omit' } : init)
    })
    const [popup] = await Promise.all([
      browser.context.waitForEvent('page'),
      frame.getByRole('button', { name: 'Sign in' }).click(),
    ])
    await page.locator('#answer').focus()
    if (!popup.isClosed()) await popup.waitForEvent('close')
    await frame.getByText('keeps no cookies for this page inside another one').waitFor()
    assert.equal(await focused(page), 'answer', 'whoever went on writing is not interrupted')
    await frame.getByRole('button', { name: 'Try again' }).press('Enter')
    await frame.getByText('keeps no cookies').waitFor()
    assert.equal(await focused(frame), 'message', 'whoever pressed a button that goes is led to what it says')
    const [tab] = await Promise.all([
      browser.context.waitForEvent('page'),
      frame.getByRole('link', { name: 'Open in a new tab' }).click(),
    ])
    await treeReady(tab)
    await tab.close()
    await page.close()
  })
})
