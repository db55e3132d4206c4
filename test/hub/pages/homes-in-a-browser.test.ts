import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { temporary } from '../../../authenticators/temporary.ts'
import { type Browser, missingChromium } from '../../helpers/browsers/browser.ts'
import { startHubPages } from '../../helpers/browsers/hub-pages.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { requirePart } from '../../helpers/require.ts'
import type { TestHub } from '../../helpers/test-hub.ts'
import { people } from '../people.ts'

const dayMilliseconds = 24 * 3600_000

describe('the page of files that last, at a desk and on a phone', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let hub: TestHub
  let browser: Browser
  let hubUrl: string
  let page: Page

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    ;({ hub, hubUrl, browser, page } = await startHubPages(cleanup, {
      authenticators: [temporary(), people],
      courses: {
        demo: {
          ...{ image: 'demo', title: 'A first notebook', staff: ['grace'] },
          home: { path: '/home/jovyan/work', size: '5G', keepDays: 400 },
        },
      },
    }))
    const now = Date.now()
    const add = (name: string, more: object) =>
      hub.db('homes').insert({
        ...{ id: name.padEnd(20, '0'), account: `local:${name}`, course: 'demo', name, state: 'ready' },
        ...{ created: now, last_used: now - 3 * dayMilliseconds, bytes: 12 * 2 ** 20, measured: now - dayMilliseconds },
        ...more,
      })
    await add('ann', {})
    await add('bob', { holder: 'x'.repeat(20), holder_run: 1 })
    await add('carl', {
      last_used: now - 402 * dayMilliseconds,
      remove_at: now + 5 * dayMilliseconds,
      ...{ removed_by: 'retention', reason: 'not used for 400 days' },
    })
    await add('dora', { name: '', account: `oidc:${'d'.repeat(90)}`, state: 'found', bytes: null, measured: null })
  })

  const signIn = async (name: string) => {
    await page.goto(`${hubUrl}/hub/login`)
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('Password').first().fill('right')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
  }

  it('is reached from the page of the course, and asks before anything goes, by the keyboard too', async () => {
    await signIn('grace')
    await page.goto(`${hubUrl}/hub/course/demo`)
    await checkPage(page, 'homes-link')
    await page.getByRole('link', { name: 'Files of learners' }).click()
    await page.getByRole('heading', { name: 'Files of learners in A first notebook' }).waitFor()
    await checkPage(page, 'homes')
    await page.getByRole('link', { name: 'Remove the files of ann' }).press('Enter')
    await page.getByRole('heading', { name: 'Remove the files of ann in A first notebook?' }).waitFor()
    await checkPage(page, 'homes-question')
    await page.keyboard.press('Enter')
    assert.equal(
      (await hub.db('homes').where({ name: 'ann' }).first('remove_at')).remove_at,
      null,
      'the default loses nothing',
    )
    await page.getByRole('link', { name: 'Remove the files of ann' }).click()
    await page.getByRole('button', { name: 'Remove in seven days' }).click()
    await page.getByText('The files of ann are removed in seven days.').waitFor()
    await checkPage(page, 'homes-removed')
    await page.getByRole('button', { name: 'Keep the files of ann' }).press('Enter')
    await page.getByText('The files of ann stay.').waitFor()
  })

  it('and the page that asks before a user is removed says that files stay', async () => {
    await browser.context.clearCookies()
    await signIn('root')
    const { id } = await hub.db('users').where({ name: 'grace' }).first('id')
    await hub.db('homes').where({ name: 'ann' }).update({ account: 'local:grace' })
    await page.goto(`${hubUrl}/hub/admin/users/${id}/remove`)
    await page.getByText('The files that last (1) are not among them: they stay').waitFor()
    await checkPage(page, 'homes-user-removal')
  })
})
