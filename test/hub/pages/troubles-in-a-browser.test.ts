import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { temporary } from '../../../authenticators/temporary.ts'
import { type Browser, missingChromium } from '../../helpers/browsers/browser.ts'
import { startHubPages } from '../../helpers/browsers/hub-pages.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { requirePart } from '../../helpers/require.ts'
import type { TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../people.ts'

const words = /^Your notebook needed more than the 2 GB of memory of this course, so a program in it was ended/

describe('what a notebook has had trouble with, at a desk and on a phone', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let hub: TestHub
  let browser: Browser
  let hubUrl: string
  let page: Page
  let kills = 0

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    ;({ hub, hubUrl, browser, page } = await startHubPages(cleanup, {
      authenticators: [temporary(), people],
      courses: { demo: { image: 'demo', title: 'A first notebook', staff: ['grace'] } },
    }))
    await page.goto(`${hubUrl}/launch/demo`)
    await entered()
  })

  /** Resolves when the browser is at the server's host, which no proxy serves here. */
  const entered = () => page.waitForURL((url) => url.hostname.endsWith('.nb.localhost'))
  const told = () => page.getByText(words)
  /** Has the engine kill a program of the server. */
  const killOne = async () => {
    const { id, run } = await hub.db('servers').first('id', 'run')
    kills += 1
    hub.world.memoryKills.push({ server: id, run, at: kills * 60_000 })
    hub.world.events.emit('memory-kill')
    await until(async () => (await hub.db('events').where({ kind: 'out-of-memory' })).length === kills)
  }

  it('is told where the notebook is opened, which waits for a button once', async () => {
    await killOne()
    await page.goto(`${hubUrl}/launch/demo`)
    await told().waitFor()
    await checkPage(page, 'trouble-launch')
    assert.equal(new URL(page.url()).hostname, 'hub.localhost')
    await page.getByRole('button', { name: 'Open my notebook' }).press('Enter')
    await entered()
    await page.goto(`${hubUrl}/launch/demo`)
    await entered()
  })

  it('is told by the page that waits for the notebook, too', async () => {
    await killOne()
    const { id } = await hub.db('servers').first('id')
    await page.goto(`${hubUrl}/hub/home`)
    // As if another hub were starting it.
    const later = Date.now() + 3600_000
    await hub.db('hubs').insert({ id: 'other', seen: later })
    const moving = { state: 'starting', phase: 'starting', owner: 'other', deadline: later }
    await hub.db('servers').where({ id }).update(moving)
    await page.goto(`${hubUrl}/launch/demo`)
    await page.getByText('Starting your notebook.').waitFor()
    await hub.db('servers').where({ id }).update({ state: 'ready', phase: null, owner: null, deadline: null })
    await told().waitFor()
    await page.getByRole('button', { name: 'Open my notebook' }).click()
    await entered()
  })

  it('stands on the home page until it is hidden', async () => {
    await killOne()
    await page.goto(`${hubUrl}/hub/home`)
    await told().waitFor()
    await checkPage(page, 'trouble-home')
    await page.getByRole('button', { name: 'Hide the message about A first notebook' }).press('Enter')
    await page.getByText('The message about A first notebook is hidden.').waitFor()
    assert.equal(await told().count(), 0)
  })

  it('is shown to staff, also when its owner has hidden it', async () => {
    await browser.context.clearCookies()
    await page.goto(`${hubUrl}/hub/login`)
    await page.getByLabel('Name', { exact: true }).fill('grace')
    await page.getByLabel('Password').first().fill('right')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
    await page.goto(`${hubUrl}/hub/course/demo`)
    await page.getByText('Told to its owner').waitFor()
    await checkPage(page, 'trouble-staff')
  })
})
