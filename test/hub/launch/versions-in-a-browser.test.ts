import type { Page } from 'playwright-core'
import { missingChromium } from '../../helpers/browsers/browser.ts'
import { startHubPages } from '../../helpers/browsers/hub-pages.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { requirePart } from '../../helpers/require.ts'
import type { TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { notebook, openContentWorld, pullEnded } from '../content/content-world.ts'
import { visitorsAndPeople } from '../people.ts'

describe('the pages of copies and versions, at a desk and on a phone', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let hub: TestHub
  let page: Page
  let hubUrl: string

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    const world = await openContentWorld(cleanup)
    const path = 'week1/a-name-of-a-file-that-has-no-place-to-be-broken-and-goes-on-and-on.ipynb'
    await world.course.commit({ 'intro.ipynb': notebook('Introduction'), [path]: notebook('Long') })
    const demo = { image: 'stats', ...world.config.courses.demo, title: 'Statistics for biologists' }
    const { git } = world.config
    ;({ hub, hubUrl, page } = await startHubPages(cleanup, {
      git,
      courses: { demo },
      authenticators: visitorsAndPeople(),
    }))
    await pullEnded(hub)
  })

  it('ask before a copy is replaced, and list what was kept', async () => {
    await page.goto(`${hubUrl}/hub/login`)
    await page.getByLabel('Name', { exact: true }).fill('grace')
    await page.getByLabel('Password').first().fill('right')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.goto(`${hubUrl}/launch/demo/intro.ipynb`)
    await until(async () => (await hub.db('servers').first('state'))?.state === 'ready')
    const server = await hub.db('servers').first('id')
    const [blob] = await hub.db('blobs').limit(1)
    const copy = { holder: server.id, path: 'intro.ipynb', digest: blob.digest, commit: 'c', made: 1 }
    await hub.db('copies').insert(copy).onConflict().ignore()
    await page.goto(`${hubUrl}/hub/choice?link=${encodeURIComponent('/launch/demo/intro.ipynb?forcecopy=x')}`)
    await page.getByRole('button', { name: 'Take the fresh copy' }).waitFor()
    await checkPage(page, 'fresh-copy')
    await page.goto(`${hubUrl}/hub/versions/demo`)
    await page.getByText('There are no earlier versions').waitFor()
    await checkPage(page, 'versions-none')
    const user = await hub.db('users').where({ name: 'grace' }).first()
    const owner = { account: `${user.authenticator}:${user.subject}`, course: 'demo', digest: blob.digest }
    for (const [index, path] of [
      'intro.ipynb',
      'intro.ipynb',
      'week1/a-name-of-a-file-that-has-no-place-to-be-broken-and-goes-on-and-on.ipynb',
    ].entries())
      await hub.db('versions').insert({ ...owner, path, size: 2048, at: 1_790_000_000_000 + index * 3_600_000 })
    const asked = 1_790_000_000_000
    const wish = { account: owner.account, course: 'demo', slug: 'demo', asked, version: null, problem: null }
    const [{ number: version }] = await hub.db('versions')
    const problem =
      'Your notebook server did not take the other notebook, and yours is as it was: the disk may be full.'
    await hub.db('wishes').insert([
      { ...wish, path: 'intro.ipynb', version },
      { ...wish, path: 'week1/a-name-of-a-file-that-has-no-place-to-be-broken-and-goes-on-and-on.ipynb' },
      { ...wish, path: 'week2/other.ipynb', problem },
    ])
    await page.reload()
    await page.getByRole('button', { name: 'Put back' }).first().waitFor()
    await checkPage(page, 'versions')
    await page.getByRole('link', { name: 'Look at it' }).first().click()
    await page.getByRole('heading', { name: /An earlier version/ }).waitFor()
    await checkPage(page, 'version')
    await page.emulateMedia({ colorScheme: 'dark' })
    await checkPage(page, 'version-dark')
    await page.goBack()
    await checkPage(page, 'versions-dark')
    await page.emulateMedia({ colorScheme: null })
    await page.getByRole('button', { name: 'Open it now' }).first().click()
    await page.getByText('has not got its earlier version back').waitFor()
    await page.getByRole('link', { name: 'Open what I have' }).waitFor()
    await checkPage(page, 'wish-failed')
    await page.getByRole('link', { name: 'Earlier versions' }).click()
    await page.getByText('intro.ipynb stayed as it was').waitFor()
    await page.getByRole('link', { name: 'Delete' }).first().click()
    await page.getByRole('button', { name: 'Delete this version' }).waitFor()
    await checkPage(page, 'versions-delete')
  })
})
