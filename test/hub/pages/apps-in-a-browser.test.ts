import assert from 'node:assert/strict'
import { missingChromium } from '../../helpers/browsers/browser.ts'
import { type HubPages, startHubPages } from '../../helpers/browsers/hub-pages.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { requirePart } from '../../helpers/require.ts'
import { people } from '../people.ts'

describe('apps on the page with one’s notebooks, at a desk and on a phone', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let pages: HubPages
  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    const program = { command: ['serve', '{port}'], prefix: 'stripped' as const }
    pages = await startHubPages(cleanup, {
      authenticators: [people],
      courses: {
        ml: {
          image: 'ml',
          title: 'Machine learning for beginners',
          apps: {
            slides: { title: 'Slides', program },
            code: { title: 'Editor', program },
            plots: { title: 'Interactive plots', program },
          },
        },
        other: { image: 'other', title: 'Another course' },
      },
    })
  })

  it('stand beside their course, with names of their own for a screen reader', async () => {
    const { page, hubUrl } = pages
    await page.goto(`${hubUrl}/hub/login`)
    await page.getByLabel('Name').fill('ann')
    await page.getByLabel('Password').fill('right')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${hubUrl}/hub/home`)
    await checkPage(page, 'apps')
    const links = page.locator('main').getByRole('list').getByRole('link')
    assert.deepEqual(await links.allTextContents(), [
      'Open Machine learning for beginners',
      'Slides of Machine learning for beginners',
      'Editor of Machine learning for beginners',
      'Interactive plots of Machine learning for beginners',
      'Open Another course',
    ])
    const slides = page.getByRole('link', { name: 'Slides of Machine learning for beginners' })
    assert.equal(await slides.getAttribute('href'), '/launch/ml?app=slides')
  })
})
