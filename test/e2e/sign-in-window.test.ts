import assert from 'node:assert/strict'
import type { Frame, Page } from 'playwright-core'
import type { ForeignSite } from '../helpers/browsers/foreign-site.ts'
import { treeReady } from '../helpers/browsers/notebook.ts'
import { oidcOf, stageForAll } from '../helpers/browsers/stage.ts'
import { demoFolder } from '../helpers/carrel.ts'
import type { IdentityProvider } from '../helpers/identity-provider.ts'

const config = (provider: IdentityProvider, ancestors: string[]) => `
import { oidc } from 'carrel/authenticators/oidc'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [
    temporary({
      behind: ${oidcOf(provider)},
    }),
  ],
  courses: { demo: { image: '${demoFolder}', landing: 'notebook', embed: { ancestors: ${JSON.stringify(ancestors)} } } },
})
`

describe('a sign-in window of a frame that does not come back', function () {
  this.timeout(300_000)

  const stage = stageForAll({
    sites: ['school', 'college', 'academy'],
    people: ['ann'],
    severs: true,
    config: ({ provider, site }) =>
      config(
        provider,
        ['school', 'college', 'academy'].map((name) => site(name).origin),
      ),
  })

  const focused = (page: Page) => page.evaluate(() => document.activeElement?.id)

  async function openPage(
    site: ForeignSite,
    attributes = '',
    script = () => {},
  ): Promise<{ page: Page; frame: Frame }> {
    site.show(
      `<input id="answer" aria-label="Answer"><iframe title="n" src="${stage.carrel.hubUrl}/tmplogin?course=demo" ${attributes} width="700" height="400"></iframe>`,
    )
    const page = await stage.browser.context.newPage()
    await page.addInitScript(script)
    await page.goto(site.origin)
    const [frame] = page.mainFrame().childFrames()
    if (frame === undefined) throw new Error('there is no frame')
    await frame.getByRole('button', { name: 'Sign in' }).waitFor()
    return { page, frame }
  }

  it('is explained where no window may open', async () => {
    const { page, frame } = await openPage(
      stage.site('school'),
      'sandbox="allow-scripts allow-same-origin allow-forms"',
    )
    await frame.getByRole('button', { name: 'Sign in' }).click()
    await frame.getByText('allow pop-ups for this page').waitFor()
    await page.close()
  })

  it('goes on in the window after a refusal and after a provider that cut it off, as the frame explains', async () => {
    const { page, frame } = await openPage(stage.site('school'))
    const [popup] = await Promise.all([
      stage.browser.context.waitForEvent('page'),
      frame.getByRole('button', { name: 'Sign in' }).click(),
    ])
    // There is one way in, so the window goes on to it by itself.
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

    // The browser is now signed in at top level, so the next window gives the frame its code without the provider.
    const [second] = await Promise.all([
      stage.browser.context.waitForEvent('page'),
      frame.getByRole('button', { name: 'Sign in' }).click(),
    ])
    if (!second.isClosed()) await second.waitForEvent('close')
    await treeReady(frame)
    await page.close()
  })

  it('is not needed by a frame that can tell other frames nothing, which signs in alone', async () => {
    const { page, frame } = await openPage(stage.site('academy'), '', () => {
      window.BroadcastChannel = class {
        constructor() {
          throw new DOMException('The operation is insecure.', 'SecurityError')
        }
      } as unknown as typeof BroadcastChannel
    })
    const [popup] = await Promise.all([
      stage.browser.context.waitForEvent('page'),
      frame.getByRole('button', { name: 'Sign in' }).click(),
    ])
    if (!popup.isClosed()) await popup.waitForEvent('close')
    await treeReady(frame)
    await page.close()
  })

  it('leads to a new tab where the frame keeps no cookies although the person has signed in', async () => {
    const { page, frame } = await openPage(stage.site('college'), '', () => {
      const real = window.fetch
      window.fetch = (input, init) =>
        real(input, String(input).endsWith('/session') ? { ...init, credentials: 'omit' } : init)
    })
    const [popup] = await Promise.all([
      stage.browser.context.waitForEvent('page'),
      frame.getByRole('button', { name: 'Sign in' }).click(),
    ])
    await page.locator('#answer').focus()
    if (!popup.isClosed()) await popup.waitForEvent('close')
    await frame.getByText('keeps no cookies for this page inside another one').waitFor()
    assert.equal(await focused(page), 'answer', 'a person who went on writing is not interrupted')
    await frame.getByRole('button', { name: 'Try again' }).press('Enter')
    // The focus moves from a pressed button that goes away to the message.
    await frame.waitForFunction(() => document.activeElement?.id === 'message')
    await frame.getByText('keeps no cookies').waitFor()
    const [tab] = await Promise.all([
      stage.browser.context.waitForEvent('page'),
      frame.getByRole('link', { name: 'Open in a new tab' }).click(),
    ])
    await treeReady(tab)
    await tab.close()
    await page.close()
  })
})
