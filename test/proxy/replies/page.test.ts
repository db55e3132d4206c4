import assert from 'node:assert/strict'
import { accessibilityProblems } from '../../helpers/browsers/axe.ts'
import { missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { requirePart } from '../../helpers/require.ts'
import { ask, deadHub, startFakeHub, startSite } from '../world.ts'

const navigation = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

describe('a page of the proxy', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()

  it('offers to load again what may be there by then, and a reference to the log', async () => {
    const proxy = await startSite(cleanup, deadHub)
    const { status, body } = await ask(proxy.urls[0], '/hub/home', { host: 'hub.test', headers: navigation })
    assert.equal(status, 503)
    assert.match(body, /<h1>The hub does not answer<\/h1>/)
    assert.match(body, /<a class="button" href="">Reload this page<\/a>/)
    assert.match(body, /Reference: <code>[\w-]{36}</)
  })

  it('speaks the language that the browser wants', async () => {
    const proxy = await startSite(cleanup, deadHub)
    const headers = { ...navigation, 'accept-language': 'fr-CH, en;q=0.4' }
    const french = await ask(proxy.urls[0], '/hub/home', { host: 'hub.test', headers })
    assert.match(french.body, /<html lang="fr">[\s\S]*<h1>Le hub ne répond pas<\/h1>/)
    assert.equal(french.headers['content-language'], 'fr')
    const odd = { ...navigation, 'accept-language': `fr"><script>${',x'.repeat(2000)}` }
    const english = await ask(proxy.urls[0], '/hub/home', { host: 'hub.test', headers: odd })
    assert.match(english.body, /<html lang="en">/)
  })

  it('offers neither where the address is wrong', async () => {
    const proxy = await startSite(cleanup, deadHub)
    const { status, body } = await ask(proxy.urls[0], '/hub/home', { host: 'other.test', headers: navigation })
    assert.equal(status, 421)
    assert.match(body, /<a class="button" href="http:[^"]*">Go to the hub<\/a>/)
    assert.doesNotMatch(body, /Reload|Reference/)
  })

  it('is as accessible as the hub’s, and its button loads the page once more', async function () {
    requirePart(this, 'chromium', missingChromium())
    const gateway = await startGateway({ tls: true })
    cleanup.defer(() => gateway.close())
    const urls = { hubUrl: `https://hub.localhost:${gateway.port}`, serversUrl: `https://nb.localhost:${gateway.port}` }
    const hub = await startFakeHub(cleanup)
    const proxy = await startSite(cleanup, hub, urls)
    gateway.forwardTo(Number(new URL(proxy.urls[0]).port))
    const browser = await startBrowser()
    cleanup.defer(() => browser.close())
    const page = await browser.context.newPage()
    hub.server.close()
    for (const socket of hub.sockets) socket.destroy()
    await page.goto(`${urls.hubUrl}/hub/home?a=b`)
    await page.getByRole('heading', { name: 'The hub does not answer' }).waitFor()
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 700 })
      assert.deepEqual(await accessibilityProblems(page), [])
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true)
      if (process.env.CARREL_TEST_PICTURES !== undefined)
        await page.screenshot({ path: `${process.env.CARREL_TEST_PICTURES}/hub-away-${width}.png` })
    }
    const again = page.waitForRequest(`${urls.hubUrl}/hub/home?a=b`)
    await page.getByRole('link', { name: 'Reload this page' }).click()
    await again
    await page.getByRole('heading', { name: 'The hub does not answer' }).waitFor()
  })
})
