import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { password } from '../../../authenticators/password.ts'
import { type Browser, missingChromium } from '../../helpers/browsers/browser.ts'
import { startHubPages } from '../../helpers/browsers/hub-pages.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { requirePart } from '../../helpers/require.ts'
import type { TestHub } from '../../helpers/test-hub.ts'
import { first, second } from '../access/accounts/office.ts'
import { people } from '../people.ts'

describe('the pages of accounts with passwords, at a desk and on a phone', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let hub: TestHub
  let browser: Browser
  let hubUrl: string
  let page: Page

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    ;({ hub, hubUrl, browser, page } = await startHubPages(cleanup, {
      authenticators: [password({ label: 'Sign in with a password' }), people],
    }))
  })

  const check = (state: string) => checkPage(page, `accounts-${state}`)
  const open = (path: string) => page.goto(new URL(path, hubUrl).href)
  const press = (name: string | RegExp) => page.getByRole('button', { name }).click()
  const follow = (name: string | RegExp) => page.getByRole('link', { name }).click()
  const heading = (name: string) => page.getByRole('heading', { name }).waitFor()
  /** Signs in by the form whose button is `way`. */
  const signIn = async (name: string, typed: string, way = 'Sign in with a password') => {
    await browser.context.clearCookies()
    await open('/hub/login')
    const form = page.locator('form').filter({ has: page.getByRole('button', { name: way, exact: true }) })
    await form.getByLabel('Name').fill(name)
    await form.getByLabel('Password').fill(typed)
    await form.getByRole('button').click()
  }
  const asRoot = async () => {
    await signIn('root', 'right', 'Sign in')
    await heading('My notebooks')
    await follow('Administration')
    await follow('Accounts with a password')
    await heading('Accounts')
  }
  const add = async (...names: string[]) => {
    await page.getByLabel('Names of new accounts, one a line').fill(names.join('\n'))
    await press('Add accounts')
    await heading('Give each person this link')
  }
  const linkOf = (name: string) => page.getByLabel(`${name}, until`).inputValue()
  const choose = async (typed: string, again = typed) => {
    await page.getByLabel('New password').fill(typed)
    await page.getByLabel('The same again').fill(again)
  }

  it('lead an admin from no account to three, and each person to a password', async () => {
    await open('/hub/login')
    await check('sign-in')
    await signIn('ann', 'a wrong password')
    await page.getByRole('alert').getByText('If you have lost your password, ask').waitFor()
    await check('sign-in-refused')
    await asRoot()
    await page.getByText('There are no accounts yet.').waitFor()
    await check('none')
    await page.getByLabel('Names of new accounts, one a line').fill('ann\nlms:edx:7')
    await press('Add accounts')
    await page.getByRole('alert').getByText('cannot be the name of an account').waitFor()
    await check('refused')
    await add('ann', 'bob', 'a-person-with-a-name-of-sixty-four-letters-and-not-a-letter-more')
    const link = await linkOf('ann')
    await check('made')
    await open('/hub/admin/accounts')
    assert.equal(
      await page
        .getByRole('row')
        .filter({ hasText: /Has no password yet.*good until/ })
        .count(),
      3,
    )
    await check('three')

    await browser.context.clearCookies()
    await open(link)
    await heading('Choose your password')
    await check('link')
    await choose('a'.repeat(12))
    await press('Set the password')
    await page.getByRole('alert').getByText('repeats few characters').waitFor()
    await check('link-refused')
    await choose(first, second)
    await press('Set the password')
    await page.getByRole('alert').getByText('differ').waitFor()
    await choose(first)
    await page.keyboard.press('Enter')
    await heading('Your password is set')
    await check('set')
    await open(link)
    await page.getByRole('heading', { name: 'This link does not work any more' }).waitFor()
    await check('link-used')
  })

  it('let a person change the password, who stays signed in', async () => {
    await signIn('ann', first)
    await heading('My notebooks')
    await page.getByText('ann', { exact: true }).click()
    await follow('Change your password')
    await heading('Change your password')
    await check('own')
    await page.getByLabel('Your password until now').fill('a wrong password')
    await choose(second)
    await press('Change the password')
    await page.getByRole('alert').getByText('The password until now is not right').waitFor()
    await check('own-refused')
    await page.getByLabel('Your password until now').fill(first)
    await choose(second)
    await press('Change the password')
    await page.getByRole('status').getByText('Your password is changed').waitFor()
    await check('changed')
    await signIn('ann', second)
    await heading('My notebooks')
  })

  it('make another link, and ask before an account is removed', async () => {
    await asRoot()
    await press('Make a link for bob')
    await heading('Give each person this link')
    await check('another-link')
    const link = await linkOf('bob')
    const [entry] = await hub.db('entries').where({ key: 'account:bob' }).select('value')
    const value = JSON.parse(entry.value)
    await hub
      .db('entries')
      .where({ key: 'account:bob' })
      .update({ value: JSON.stringify({ ...value, link: { ...value.link, ends: 1 } }) })
    await open(link)
    await page.getByRole('heading', { name: 'This link does not work any more' }).waitFor()
    await check('link-expired')
    await open('/hub/admin/accounts')
    await follow('Remove bob')
    await heading('Remove the account bob?')
    await check('remove-question')
    await follow('Keep the account')
    await follow('Remove bob')
    await press('Remove for good')
    await page.getByRole('status').getByText('The account bob is removed.').waitFor()
    await check('removed')
  })

  it('show two hundred accounts in pages, and find one', async () => {
    await asRoot()
    const names = Array.from({ length: 198 }, (_, at) => `pupil-${String(at).padStart(3, '0')}`)
    await add(...names.slice(0, 100))
    await check('hundred-made')
    await add(...names.slice(100))
    await open('/hub/admin/accounts')
    await check('two-hundred')
    const seen = new Set<string>()
    for (;;) {
      for (const one of await page.getByRole('rowheader').allTextContents()) seen.add(one)
      if ((await page.getByRole('link', { name: 'Next page' }).count()) === 0) break
      const address = page.url()
      await follow('Next page')
      await page.waitForURL((url) => url.href !== address)
    }
    assert.equal(seen.size, 200)
    await page.getByLabel('Name begins with').fill('Pupil-150')
    await press('Show')
    await page.getByRole('rowheader', { name: 'pupil-150' }).waitFor()
    assert.equal(await page.getByRole('rowheader').count(), 1)
    await page.getByLabel('Name begins with').fill('pupil-1')
    await press('Show')
    await follow('Next page')
    await page.getByRole('rowheader', { name: 'pupil-150' }).waitFor()
    assert.equal(await page.getByRole('rowheader').count(), 48)
    await check('found')
    await page.getByLabel('Name begins with').fill('zoe')
    await press('Show')
    await page.getByText('No account’s name begins with “zoe”').waitFor()
    await check('not-found')
  })
})
