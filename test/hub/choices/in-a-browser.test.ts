import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { temporary } from '../../../authenticators/temporary.ts'
import { missingChromium } from '../../helpers/browsers/browser.ts'
import { type ForeignSite, startForeignSite } from '../../helpers/browsers/foreign-site.ts'
import { type HubPages, startHubPages } from '../../helpers/browsers/hub-pages.ts'
import { checkPage, layoutProblems, pictures } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { createFakeServers, forgetfulSpawner } from '../../helpers/fake-spawners.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../people.ts'

describe('the form on which learners choose, in a browser', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  const world = createFakeServers()
  let at: HubPages
  let page: Page
  let school: ForeignSite

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    cleanup.defer(() => world.close())
    school = await startForeignSite('school')
    cleanup.defer(() => school.close())
    const size = [
      { name: 'small', title: 'Small', description: '2 GB of memory. Enough for all exercises.' },
      { name: 'large', title: 'Large', description: '8 GB of memory, for the project at the end. It may wait longer.' },
      { name: 'huge', title: 'Huge', open: [] },
    ]
    const disk = [{ name: 'usual', title: 'Usual disk' }, { name: 'fast' }]
    const courses = {
      ml: { image: 'ml', title: 'Machine learning', embed: { ancestors: [school.origin] }, choices: { size, disk } },
    }
    at = await startHubPages(cleanup, {
      spawner: forgetfulSpawner(world),
      authenticators: [temporary(), people],
      courses,
    })
    page = at.page
  })
  beforeEach(async () => {
    await at.browser.context.clearCookies()
    await page.goto('about:blank')
    await page.setViewportSize({ width: 1280, height: 900 })
  })

  const press = (name: string | RegExp, where: Pick<Page, 'getByRole'> = page) =>
    where.getByRole('button', { name }).click()
  const chosen = async () => {
    const { made_of } = await at.hub.db('servers').whereNotNull('made_of').orderBy('created', 'desc').first('made_of')
    return JSON.parse((await at.hub.db('definitions').where({ digest: made_of }).first('content')).content).chosen
  }
  const stateIs = (state: string) =>
    until(async () => (await at.hub.db('servers').orderBy('created', 'desc').first('state'))?.state === state, state)
  /** Waits until the browser has left for the notebook. No proxy is there, so it ends on a page of the hub. */
  const arrived = async () => {
    await page.waitForURL((url) => url.hostname.endsWith('.nb.localhost'))
    await stateIs('ready')
  }
  const signIn = async (name: string) => {
    await page.goto(`${at.hubUrl}/hub/login`)
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('Password').first().fill('right')
    await press('Sign in')
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
  }

  it('is read and answered by the keyboard alone, and leads on to the notebook', async () => {
    await page.goto(`${at.hubUrl}/launch/ml`)
    await page.getByRole('group', { name: 'Size' }).waitFor()
    const small = page.getByRole('radio', { name: 'Small' })
    assert.equal(await small.isChecked(), true)
    assert.equal(await page.getByRole('radio', { name: 'Huge' }).count(), 0)
    await checkPage(page, 'choices-form')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    assert.equal(await small.evaluate((one) => one === document.activeElement), true)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await arrived()
    assert.deepEqual(await chosen(), { size: 'large', disk: 'usual' })
  })

  it('is answered by a finger anywhere in a box, and changed on the home page', async () => {
    await signIn('ben')
    await page.setViewportSize({ width: 390, height: 900 })
    await page.goto(`${at.hubUrl}/launch/ml`)
    await page.getByText('It may wait longer.').click()
    assert.equal(await page.getByRole('radio', { name: 'Large' }).isChecked(), true)
    await press('Open my notebook')
    await arrived()
    await page.goto(`${at.hubUrl}/hub/home`)
    await page.getByText('Size: Large, Disk: Usual disk.').waitFor()
    await checkPage(page, 'choices-home')
    await page.getByRole('link', { name: 'Change Machine learning' }).click()
    await page.getByRole('radio', { name: 'fast' }).check()
    await press('Open my notebook')
    await page.getByText('You ask for Disk: fast. Your notebook runs with Disk: Usual disk now').waitFor()
    await page.getByText('All files in it are gone for good').waitFor()
    await checkPage(page, 'choices-other')
    await press('Restart it with Disk: fast')
    await arrived()
    assert.deepEqual(await chosen(), { size: 'large', disk: 'fast' })
  })

  it('is not shown for a link that chooses', async () => {
    await page.goto(`${at.hubUrl}/launch/ml?size=large&disk=fast`)
    await arrived()
    assert.deepEqual(await chosen(), { size: 'large', disk: 'fast' })
  })

  it('is answered once for all frames of a page', async () => {
    const frame = (title: string) =>
      `<iframe src="${at.hubUrl}/launch/ml" title="${title}" width="360" height="640"></iframe>`
    school.show(frame('first') + frame('second'))
    await page.goto(school.origin)
    const [first, second] = [page.frameLocator('[title=first]'), page.frameLocator('[title=second]')]
    await first.getByRole('group', { name: 'Size' }).waitFor()
    await second.getByRole('group', { name: 'Size' }).waitFor()
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'choices-frames.png') })
    for (const frame of page.frames().slice(1)) assert.deepEqual(await frame.evaluate(layoutProblems), [])
    const before = Number((await at.hub.db('servers').count({ count: '*' }))[0]?.count)
    await first.getByRole('radio', { name: 'Large' }).check()
    await press('Open my notebook', first)
    // No proxy is there, so each frame ends with the hub's answer to its ticket, which no frame may show.
    const isLeft = (url: string) => url.startsWith('chrome-error:') || new URL(url).hostname.endsWith('.nb.localhost')
    await until(
      async () =>
        page
          .frames()
          .slice(1)
          .every((frame) => isLeft(frame.url())),
      'both frames are left',
    )
    await stateIs('ready')
    assert.deepEqual(await chosen(), { size: 'large', disk: 'usual' })
    assert.equal(Number((await at.hub.db('servers').count({ count: '*' }))[0]?.count), before + 1)
  })

  it('can be changed while the notebook starts, also in a frame', async () => {
    const hold = Promise.withResolvers<void>()
    world.behaviour.beforeStart = hold.promise
    school.show(
      `<iframe src="${at.hubUrl}/launch/ml?size=small&disk=usual" title="first" width="360" height="640"></iframe>`,
    )
    await page.goto(school.origin)
    const frame = page.frameLocator('[title=first]')
    await frame.getByText('Size: Small, Disk: Usual disk.').waitFor()
    await frame.getByRole('link', { name: 'Choose otherwise' }).click()
    await frame.getByRole('radio', { name: 'Large' }).check()
    await press('Open my notebook', frame)
    await frame.getByText('Your notebook is starting with Size: Small now').waitFor()
    await frame.getByText('It has not started yet. Nothing is lost by a restart').waitFor()
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'choices-other-frame.png') })
    delete world.behaviour.beforeStart
    hold.resolve()
    await press('Restart it with Size: Large', frame)
    await until(async () => (await at.hub.db('servers').orderBy('created', 'desc').first('run')).run === 2)
    await stateIs('ready')
    assert.deepEqual(await chosen(), { size: 'large', disk: 'usual' })
  })

  it('works without script, also where the server runs with another choice', async () => {
    const plain = await at.browser.context.browser()?.newContext({ javaScriptEnabled: false, ignoreHTTPSErrors: true })
    assert.ok(plain)
    try {
      const still = await plain.newPage()
      const go = async () => {
        await still.waitForURL((url) => url.pathname.startsWith('/hub/launches/') || url.pathname === '/launch/ml')
        const open = still.getByRole('button', { name: 'Open my notebook' })
        await open.waitFor()
        await open.click()
        await still.waitForURL((url) => url.hostname.endsWith('.nb.localhost'))
        await stateIs('ready')
      }
      await still.goto(`${at.hubUrl}/launch/ml`)
      await press('Open my notebook', still)
      await still.getByRole('radio', { name: 'Large' }).check()
      await press('Open my notebook', still)
      await go()
      assert.deepEqual(await chosen(), { size: 'large', disk: 'usual' })
      await still.goto(`${at.hubUrl}/launch/ml?size=small`)
      await press('Restart it with Size: Small', still)
      await go()
      assert.deepEqual(await chosen(), { size: 'small', disk: 'usual' })
    } finally {
      await plain.close()
    }
  })
})
