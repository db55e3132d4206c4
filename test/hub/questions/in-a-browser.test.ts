import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { temporary } from '../../../authenticators/temporary.ts'
import { missingChromium } from '../../helpers/browsers/browser.ts'
import { type HubPages, startHubPages } from '../../helpers/browsers/hub-pages.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { createFakeServers, forgetfulSpawner } from '../../helpers/fake-spawners.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../people.ts'
import { coursesWithQuestions, repo, startedIn } from './question-hub.ts'

describe('the form on which a course asks, in a browser', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  const world = createFakeServers()
  let at: HubPages
  let page: Page

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    cleanup.defer(() => world.close())
    at = await startHubPages(cleanup, {
      spawner: forgetfulSpawner(world),
      authenticators: [temporary(), people],
      courses: coursesWithQuestions,
    })
    page = at.page
  })
  beforeEach(async () => {
    await at.browser.context.clearCookies()
    await page.goto('about:blank')
    await page.setViewportSize({ width: 1280, height: 900 })
  })

  const file = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  const press = (where: Page = page) => where.getByRole('button', { name: 'Open my notebook' }).click()
  const ready = () =>
    until(
      async () => (await at.hub.db('servers').orderBy('created', 'desc').first('state'))?.state === 'ready',
      'ready',
    )
  /** Waits until the browser has left for the notebook. No proxy is there, so it ends on a page of the hub. */
  const arrived = async (where: Page = page) => {
    await where.waitForURL((url) => url.hostname.endsWith('.nb.localhost'))
    await ready()
  }

  it('is filled in by the keyboard, says at its field what is wrong, and keeps the rest', async () => {
    await page.goto(`${at.hubUrl}/launch/data`)
    const repository = page.getByLabel('Repository')
    await repository.waitFor()
    await checkPage(page, 'questions-form')
    await press()
    assert.ok(page.url().includes('/hub/choice?'), 'the browser itself asks for what is needed')
    await page.keyboard.press('Tab')
    await repository.focus()
    await page.keyboard.type(repo)
    await page.keyboard.press('Tab')
    await page.keyboard.type('9')
    await page.getByLabel('Data set').setInputFiles(file('my sales.csv', 'a,b\n'))
    await page.locator('form').evaluate((form) => form.setAttribute('novalidate', ''))
    await press()
    await page.getByRole('alert').getByText('One answer is not right yet.').waitFor()
    await checkPage(page, 'questions-wrong')
    assert.equal(await repository.inputValue(), repo)
    const workers = page.getByLabel('Workers')
    assert.equal(await workers.getAttribute('aria-invalid'), 'true')
    await page.getByRole('alert').getByRole('link', { name: 'Workers' }).click()
    await page.keyboard.press('Tab')
    await workers.fill('3')
    await page.keyboard.press('Enter')
    await arrived()
    const { env, files } = await startedIn(world)
    assert.deepEqual([env.REPO, env.WORKERS], [repo, '3'])
    assert.deepEqual(files, { '/srv/data/my_sales.csv': 'a,b\n' })
    await page.goto(`${at.hubUrl}/hub/home`)
    await page.getByText('Data set: my_sales.csv (4 bytes)').waitFor()
    await checkPage(page, 'questions-home')
    await page.getByRole('link', { name: 'Change Data lab' }).click()
    await page.getByText('my_sales.csv (4 bytes) is kept.').waitFor()
    await checkPage(page, 'questions-change')
  })

  it('refuses a file that is too large before it is sent', async () => {
    await page.goto(`${at.hubUrl}/launch/must`)
    await page.getByLabel('Data').setInputFiles(file('big.csv', 'x'.repeat(1_100_000)))
    await press()
    assert.equal(
      await page.getByLabel('Data').evaluate((one: HTMLInputElement) => one.validationMessage),
      'This file is too large. Choose another one.',
    )
    await page.getByLabel('Data').setInputFiles(file('small.csv', 'x'))
    await press()
    await arrived()
    assert.deepEqual((await startedIn(world)).files, { '/srv/data/small.csv': 'x' })
  })

  it('works without script, at the width of a small phone', async () => {
    const plain = await at.browser.context.browser()?.newContext({
      ...{ javaScriptEnabled: false, ignoreHTTPSErrors: true, viewport: { width: 320, height: 640 } },
    })
    assert.ok(plain)
    try {
      const still = await plain.newPage()
      await still.goto(`${at.hubUrl}/launch/must`)
      await press(still)
      await still.getByLabel('Data').setInputFiles(file('huge.csv', 'x'.repeat(12_000_000)))
      await press(still)
      await still.getByText('These files are too large: 10 MB is the most').waitFor()
      await still.goBack()
      await still.getByLabel('Data').setInputFiles(file('small.csv', 'y'))
      await press(still)
      await press(still)
      await arrived(still)
      assert.deepEqual((await startedIn(world)).files, { '/srv/data/small.csv': 'y' })
    } finally {
      await plain.close()
    }
  })
})
