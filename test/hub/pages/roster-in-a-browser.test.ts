import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { password } from '../../../authenticators/password.ts'
import { slipsDocument } from '../../../hub/views/roster/slips.ts'
import { type Browser, missingChromium } from '../../helpers/browsers/browser.ts'
import { startHubPages } from '../../helpers/browsers/hub-pages.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { type MailServer, startMailServer } from '../../helpers/mail-server.ts'
import { requirePart } from '../../helpers/require.ts'
import type { TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { first } from '../access/accounts/office.ts'
import { people } from '../people.ts'

const good = [
  'email;username;first_name;last_name;groups',
  'ann.lee@example.org;;Ann;Lee;maths',
  'zoe@example.org;zoë;Zoë;Ó Súilleabháin;physics maths',
  'a-person-with-a-very-long-address-of-sixty-letters-in-it-alone@department-of-mathematics.university.example.org;;;;maths',
].join('\r\n')
const withMistakes = [
  'email,username,grops,password',
  'bob@example.org,,x,secret',
  ',carol,,',
  'dora@example.org,root,,',
  '<script>alert(1)</script>,,,',
  '"eve@example.org\nBcc: all@example.org",,,',
].join('\n')

describe('the pages of a registration from a file, at a desk and on a phone', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let hub: TestHub
  let browser: Browser
  let hubUrl: string
  let page: Page
  let mailServer: MailServer
  let knowsBob = false

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    mailServer = await startMailServer(cleanup, {
      answer: (command) =>
        command.includes('<bob@') && !knowsBob
          ? '550 5.1.1 <bob@example.org>: there is no such mailbox here'
          : undefined,
    })
    ;({ hub, hubUrl, browser, page } = await startHubPages(cleanup, {
      authenticators: [password({ label: 'Sign in with a password' }), people],
      mail: { from: 'Courses <courses@example.org>', url: mailServer.url, perMinute: 600 },
    }))
    await open('/hub/login')
    const form = page.locator('form').filter({ has: page.getByRole('button', { name: 'Sign in', exact: true }) })
    await form.getByLabel('Name').fill('root')
    await form.getByLabel('Password').fill('right')
    await form.getByRole('button').click()
    await heading('My notebooks')
  })

  const check = (state: string) => checkPage(page, `roster-${state}`)
  const open = (path: string) => page.goto(new URL(path, hubUrl).href)
  const press = (name: string | RegExp) => page.getByRole('button', { name }).click()
  const follow = (name: string | RegExp) => page.getByRole('link', { name }).click()
  const heading = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor()
  const choose = async (content: string, how: 'by mail' | 'on a page to print' | 'later') => {
    await page
      .getByLabel('File', { exact: true })
      .setInputFiles({ name: 'class.csv', mimeType: 'text/csv', buffer: Buffer.from(content) })
    await page.getByLabel(how).check()
    await press('Show what would be done')
  }

  it('say what is wrong with a file, and with each line, and write nothing', async () => {
    await follow('Administration')
    await follow('Register people from a file')
    await heading('Register people from a file')
    await check('empty')
    await choose('name,address\nann,x\n', 'later')
    await page.getByRole('alert').getByText('names no column “email”').waitFor()
    await check('refused')
    await choose(withMistakes, 'on a page to print')
    await heading('What the file would do')
    await page.getByText('1 new, 0 changed, 0 left alone, 4 that cannot be used').waitFor()
    await page.getByText('did you mean "groups"?').waitFor()
    await check('mistakes')
    assert.equal(await hub.db('users').where({ authenticator: 'password' }).first(), undefined)
    await follow('Choose another file')
  })

  it('register a class, and show links to print, a sheet for each group', async () => {
    await open('/hub/admin/import')
    await page.getByLabel('Groups for all of them').fill('year-1')
    await choose(`\ufeff${good}`, 'on a page to print')
    await page.getByText('3 new').waitFor()
    await check('preview')
    await press('Register 3 people, and show the links')
    await heading('Links to hand out')
    await heading('Group maths')
    await heading('Group physics')
    await check('slips')
    await page.emulateMedia({ media: 'print' })
    await check('slips-on-paper')
    assert.equal(await page.getByRole('banner').isVisible(), false)
    assert.equal(await page.getByText('I have printed or saved them').isVisible(), false)
    const breaks = await page
      .locator('.sheet')
      .evaluateAll((all) => all.map((one) => getComputedStyle(one).breakBefore))
    assert.deepEqual(breaks, ['auto', 'page'])
    await page.emulateMedia({ media: null })
    await page.reload()
    await page.getByText('Something has changed since you looked').waitFor()
    await check('reloaded')
    await follow('Choose the file again')
    await heading('Register people from a file')
  })

  it('mail a link to each new person, by which the person comes in, and say which mail did not go out', async () => {
    await open('/hub/admin/import')
    await choose('email,first_name\nbob@example.org,Bob\ncarol@example.org,Carol\n', 'by mail')
    await press('Register 2 people, and send the mails')
    await page.getByRole('status').getByText('2 registered, 0 changed. 2 mails wait to be sent').waitFor()
    await check('mails-wait')
    await until(async () => {
      await page.reload()
      return (await page.getByText('1 sent, 0 on their way, 1 failed').count()) > 0
    })
    await page.getByText('550 5.1.1 <bob@example.org>: there is no such mailbox here').waitFor()
    await check('mail-failed')
    knowsBob = true
    await press('Try the failed ones again')
    await page.getByRole('status').getByText('1 mail is tried again').waitFor()
    await until(() => mailServer.mails.length === 2)
    assert.deepEqual(mailServer.mails.map(({ to }) => to).sort(), ['bob@example.org', 'carol@example.org'])

    const mail = mailServer.mails.find(({ to }) => to === 'carol@example.org')?.data ?? ''
    const text = mail.replaceAll('=\n', '').replaceAll('=3D', '=')
    assert.match(text, /^Hello Carol,$/m)
    const [link = ''] = /https:\S+new-password\S+/.exec(text) ?? []
    await open('/hub/admin/import')
    const visitor = await browser.context.browser()?.newContext({ ignoreHTTPSErrors: true })
    assert.ok(visitor)
    const hers = await visitor.newPage()
    await hers.goto(link)
    await hers.getByLabel('New password').fill(first)
    await hers.getByLabel('The same again').fill(first)
    await hers.keyboard.press('Enter')
    await hers.getByRole('heading', { name: 'Your password is set' }).waitFor()
    await visitor.close()
  })

  it('show what is there already, and give the file of all accounts', async () => {
    await open('/hub/admin/import')
    await choose(good, 'later')
    await heading('All of them are registered already')
    await check('all-there')
    await open('/hub/admin/import')
    await page.getByLabel('Take these people out of groups').check()
    await choose('email,groups\nann.lee@example.org,chess\n', 'later')
    await page.getByText('joins chess, leaves maths, year-1').waitFor()
    await check('leaves')
    await open('/hub/admin/import')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      follow('Download all accounts as such a file'),
    ])
    assert.equal(download.suggestedFilename(), 'people.csv')
    assert.match(await readFile(await download.path(), 'utf8'), /^\ufeffemail,username,first_name,last_name,groups\r\n/)
  })

  it('have a file with links that is a good page by itself', async () => {
    const slips = ['maths', 'maths', 'physics', ''].map((group, at) => ({
      name: `person${at}`,
      displayName: at === 1 ? '<b>Ann</b> & Co' : undefined,
      groups: group === '' ? [] : [group],
      link: `https://hub.example.org/hub/new-password?way=password&name=person${at}&key=${'x'.repeat(43)}`,
      until: '1 March 2027, 14:05 UTC',
    }))
    // The policy of the hub's pages would refuse the style of the file.
    await page.goto('about:blank')
    await page.setContent(slipsDocument('hub.example.org', slips))
    await heading('<b>Ann</b> & Co')
    await check('file')
    await page.emulateMedia({ media: 'print' })
    await check('file-on-paper')
    await page.emulateMedia({ media: null })
  })
})
