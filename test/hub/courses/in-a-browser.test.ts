import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { createFakeServers, forgetfulSpawner } from '../../helpers/fake-spawners.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { requirePart } from '../../helpers/require.ts'
import { startMakersHub } from './makers.ts'

describe('the pages of courses, at a desk and on a phone', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let hubUrl: string
  let page: Page

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    const gateway = await startGateway({ tls: true })
    cleanup.defer(() => gateway.close())
    const world = createFakeServers()
    cleanup.defer(() => world.close())
    hubUrl = `https://hub.localhost:${gateway.port}`
    const hub = await startMakersHub({
      world,
      config: {
        hub: { url: hubUrl, port: 0 },
        servers: { url: `https://*.nb.localhost:${gateway.port}` },
        spawner: forgetfulSpawner(world),
      },
    })
    cleanup.defer(() => hub.stop())
    gateway.forwardTo(Number(new URL(hub.address).port))
    const browser = await startBrowser()
    cleanup.defer(() => browser.close())
    page = await browser.context.newPage()
  })

  const press = (name: string) => page.getByRole('button', { name }).click()
  const follow = (name: string) => page.getByRole('link', { name }).click()

  it('make a course, mend and rename it, open its link, and delete it', async () => {
    await page.goto(`${hubUrl}/hub/login`)
    await page.getByLabel('Name', { exact: true }).fill('ann')
    await page.getByLabel('Password').first().fill('right')
    await press('Sign in')
    await follow('Courses')
    await checkPage(page, 'courses-none')
    await follow('Make a course')
    await checkPage(page, 'course-new')
    await page.getByLabel('Name in links').fill('Statistics-2027')
    await page.getByLabel('Title').fill('Statistics for biologists')
    await page.getByLabel('Image').fill('registry.test/courses/stats:2027')
    await page.getByLabel('Memory of a server').fill('9G')
    await press('Make the course')
    await page.getByText('Nothing was saved.').waitFor()
    await checkPage(page, 'course-problem')
    await page.getByLabel('Memory of a server').fill('3G')
    await press('Make the course')
    await page.getByText('The course Statistics-2027 is made').waitFor()
    await checkPage(page, 'course-settings')
    await page.getByLabel('New name').fill('biostatistics')
    await press('Rename')
    await page.getByText('The course is biostatistics now.').waitFor()
    await page.goto(`${hubUrl}/hub/my-courses`)
    await checkPage(page, 'courses')
    await page.goto(`${hubUrl}/launch/Statistics-2027`)
    await page.waitForURL((url) => url.hostname.endsWith('.nb.localhost'))
    await page.goto(`${hubUrl}/hub/my-courses/biostatistics`)
    await page.getByLabel('Repository with the notebooks').fill('git@127.0.0.1:stats')
    await press('Save')
    await page.getByText('The settings are saved.').waitFor()
    await follow('Content of')
    await follow('Private repository, and pulls at each push')
    await checkPage(page, 'access-none')
    await press('Make a deploy key')
    await page.getByLabel('Public half, for the host').waitFor()
    await checkPage(page, 'access-key')
    await press('Make an address')
    await page.getByText('Copy both now').waitFor()
    await checkPage(page, 'access-hook')
    await page.setViewportSize({ width: 320, height: 700 })
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320)
    await page.goto(`${hubUrl}/hub/my-courses/biostatistics`)
    await page.getByLabel('Repository with the notebooks').fill('https://git.example.org/stats')
    await press('Save')
    await page.getByText('The settings are saved.').waitFor()
    await page.goto(`${hubUrl}/hub/my-courses/biostatistics/access`)
    await follow('Give a token')
    await page.getByLabel('Token that may read the repository').waitFor()
    await checkPage(page, 'access-token')
    await page.goto(`${hubUrl}/hub/my-courses/biostatistics`)
    await follow('Delete')
    await checkPage(page, 'course-delete')
    await press('Delete the course')
    await page.getByText('The course biostatistics is being deleted').waitFor()
    await checkPage(page, 'course-deleted')
  })
})
