import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { temporary } from '../../../../authenticators/temporary.ts'
import { type Browser, missingChromium } from '../../../helpers/browsers/browser.ts'
import { startHubPages } from '../../../helpers/browsers/hub-pages.ts'
import { cleanupAfterAll } from '../../../helpers/cleanup.ts'
import { createFakeServers, type FakeServers } from '../../../helpers/fake-spawners.ts'
import { requirePart } from '../../../helpers/require.ts'

describe('the way of a browser to a server that starts', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let world: FakeServers
  let hubUrl: string
  let browser: Browser

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    world = createFakeServers()
    cleanup.defer(() => world.close())
    ;({ hubUrl, browser } = await startHubPages(
      cleanup,
      { courses: { demo: { image: 'x' } }, authenticators: [temporary()] },
      world,
    ))
  })

  /**
   * Opens a link, lets the server start once the page follows that, and returns the kinds of pages to which the tab went. `patience`
   * is put in place of the three seconds for which a page goes on loading.
   */
  async function open(patience: number, ready: (page: Page) => Promise<unknown>): Promise<string[]> {
    const page = await browser.context.newPage()
    await page.addInitScript((milliseconds) => {
      const { setTimeout } = window
      window.setTimeout = ((act: () => void, after = 0) =>
        setTimeout(act, after === 3000 ? milliseconds : after)) as typeof window.setTimeout
    }, patience)
    let proceed = () => {}
    world.behaviour.beforeStart = new Promise<void>((resolve) => (proceed = resolve))
    const pages: string[] = []
    page.on('request', (request) => {
      if (request.isNavigationRequest() && request.frame() === page.mainFrame())
        pages.push(`${request.method()} ${new URL(request.url()).pathname.split('/').slice(0, 3).join('/')}`)
    })
    const follows = page.waitForRequest(/\/events\?/)
    const enters = page.waitForRequest(/\/_carrel\/seat$/)
    await page.goto(`${hubUrl}/tmplogin?course=demo&fresh=1`, { waitUntil: 'commit' })
    await follows
    await ready(page)
    proceed()
    const ticket = (await enters).postData() ?? ''
    assert.match(ticket, /^ticket=./)
    await page.close()
    await browser.context.clearCookies()
    return pages
  }

  it('is its first page alone, as long as that loads', async () => {
    const isLoading = (page: Page) => page.waitForFunction(() => document.readyState === 'interactive')
    assert.deepEqual(await open(200_000, isLoading), ['GET /tmplogin', 'POST /_carrel/seat'])
  })

  it('goes by the page of the launch after that', async () => {
    const hasLoaded = (page: Page) => page.waitForLoadState('load')
    assert.deepEqual(await open(0, hasLoaded), ['GET /tmplogin', 'GET /hub/launches', 'POST /_carrel/seat'])
  })
})
