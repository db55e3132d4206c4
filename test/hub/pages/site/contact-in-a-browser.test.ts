import assert from 'node:assert/strict'
import { SpawnError } from '../../../../spawners/spawner.ts'
import { missingChromium } from '../../../helpers/browsers/browser.ts'
import { startHubPages } from '../../../helpers/browsers/hub-pages.ts'
import { checkPage } from '../../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../../helpers/cleanup.ts'
import { createFakeServers, failingSpawner } from '../../../helpers/fake-spawners.ts'
import { requirePart } from '../../../helpers/require.ts'

describe('whom a learner is told to ask when her notebook cannot be opened', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()

  before(function () {
    requirePart(this, 'chromium', missingChromium())
  })

  it('stands beside the reason in her language, and a mail names what is to be looked up', async () => {
    const world = createFakeServers()
    cleanup.defer(() => world.close())
    const error = new SpawnError('This course is no longer offered here.')
    const { hub, hubUrl, browser, page } = await startHubPages(
      cleanup,
      {
        spawner: failingSpawner(world, error),
        site: { name: 'Example', support: 'help@example.org', help: 'https://www.example.org/help' },
        courses: { demo: { image: 'demo', title: 'Données & co', embed: { ancestors: ['https://lms.example.org'] } } },
      },
      world,
    )
    await browser.context.setExtraHTTPHeaders({ 'accept-language': 'fr' })
    await page.goto(`${hubUrl}/launch/demo`)
    await page.getByRole('button', { name: 'Réessayer' }).waitFor()
    await page.getByText('Ce cours n’est plus proposé ici. Réessayez.').waitFor()
    const line = page.getByText('Si vous avez besoin d’aide, écrivez à help@example.org.')
    await line.waitFor()
    const { id, run } = await hub.db('servers').first('id', 'run')
    const subject = encodeURIComponent(`Données & co (${id}-${run})`)
    assert.equal(await line.getByRole('link').getAttribute('href'), `mailto:help@example.org?subject=${subject}`)
    assert.equal(await page.getByRole('link', { name: 'Aide' }).getAttribute('href'), 'https://www.example.org/help')
    await checkPage(page, 'contact-failed')
    // The next try is refused, so it has no reference, and not that of the try before.
    await page.route('**/hub/launches', (route) =>
      route.fulfill({ status: 400, json: { error: 'bad_launch', message: 'Non.' } }),
    )
    await page.getByRole('button', { name: 'Réessayer' }).click()
    const plain = `mailto:help@example.org?subject=${encodeURIComponent('Données & co')}`
    await page.locator(`#contact:not([hidden]) a[href="${plain}"]`).waitFor({ timeout: 5_000 })
    await page.goto(`${hubUrl}/hub/login`)
    await page.getByRole('contentinfo').getByText('Si vous avez besoin d’aide').waitFor()
    await checkPage(page, 'contact-sign-in')
  })
})
