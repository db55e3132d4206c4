import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { password } from '../../../authenticators/password.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import { addStoredCode } from '../../../hub/db/servers/support-codes.ts'
import { SpawnError } from '../../../spawners/spawner.ts'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { type ForeignSite, startForeignSite } from '../../helpers/browsers/foreign-site.ts'
import { checkPage, layoutProblems, pictures } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { createFakeServers, type FakeServers, forgetfulSpawner } from '../../helpers/fake-spawners.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { requirePart } from '../../helpers/require.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { addSnapshotFor } from '../desk/shared-copy.ts'
import { people } from '../people.ts'

const classroom = password({ shared: 'four plain short words', name: 'class', label: 'Join the class' })

describe('the pages of the hub, at a desk and on a phone', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  const world: FakeServers = createFakeServers()
  let hub: TestHub
  let browser: Browser
  let hubUrl: string
  let school: ForeignSite
  let page: Page

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    const gateway = await startGateway({ tls: true })
    school = await startForeignSite('school')
    cleanup.defer(() => school.close())
    cleanup.defer(() => gateway.close())
    cleanup.defer(() => world.close())
    hubUrl = `https://hub.localhost:${gateway.port}`
    hub = await startTestHub({
      world,
      config: {
        hub: { url: hubUrl, port: 0 },
        servers: { url: `https://*.nb.localhost:${gateway.port}` },
        spawner: forgetfulSpawner(world),
        authenticators: [temporary(), people, classroom],
        admins: ['root'],
        groups: { tutors: ['grace'] },
        courses: {
          demo: { image: 'demo', title: 'A first notebook', staff: ['group:tutors'], share: true },
          other: { image: 'other', title: 'Another course', embed: { ancestors: [school.origin] } },
        },
      },
    })
    cleanup.defer(() => hub.stop())
    gateway.forwardTo(Number(new URL(hub.address).port))
    browser = await startBrowser()
    cleanup.defer(() => browser.close())
    page = await browser.context.newPage()
  })

  const check = (state: string) => checkPage(page, state)
  const open = (path: string) => page.goto(hubUrl + path)
  const press = (name: string | RegExp) => page.getByRole('button', { name }).click()
  const follow = (name: string | RegExp) => page.getByRole('link', { name }).click()
  const signIn = async (name: string) => {
    await browser.context.clearCookies()
    await open('/hub/login')
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('Password').first().fill('right')
    await press('Sign in')
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
  }
  const stateIs = (state: string) => until(async () => (await hub.db('servers').first('state'))?.state === state)
  /** Opens a notebook of the course. No proxy is there, so the browser ends on a page of the hub. */
  const launch = async (course: string) => {
    await open(`/launch/${course}`)
    await page.waitForURL((url) => url.hostname.endsWith('.nb.localhost'))
    await page.waitForLoadState()
    await stateIs('ready')
  }

  it('say before a stop what it loses, and afterwards what was done', async () => {
    await open('/hub/login')
    await check('sign-in')
    await signIn('ann')
    await launch('demo')
    await open('/hub/home')
    await page.getByText('When this notebook stops, its files are gone.').waitFor()
    await check('home-running')
    await follow('Stop A first notebook')
    await page.getByRole('heading', { name: 'Stop A first notebook?' }).waitFor()
    await page
      .getByRole('dialog', { name: 'Stop A first notebook?' })
      .getByText('All files in it are gone for good')
      .waitFor()
    await check('stop-dialog')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal((await hub.db('servers').first('state')).state, 'ready', 'the default loses nothing')
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Stop A first notebook')
    const { id } = await hub.db('servers').first('id')
    await open(`/hub/servers/${id}/stop`)
    await page.getByText('All files in it are gone for good').waitFor()
    await check('stop-question')
    await page.keyboard.press('Enter')
    assert.equal((await hub.db('servers').first('state')).state, 'ready', 'no button is the default')
    await follow('Keep it running')
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
    await follow('Stop A first notebook')
    await press('Stop, and lose the files')
    await page.getByRole('status').getByText('A first notebook is being stopped.').waitFor()
    await stateIs('stopped')
    await open('/hub/home')
    await page.getByText('Its files are gone.').waitFor()
    await page.getByRole('link', { name: 'Open a new one A first notebook' }).waitFor()
    await check('home-stopped')
    await page.getByText('ann', { exact: true }).click()
    await check('account-menu')
    await follow('Sign out everywhere')
    await page.getByText('what runs goes on').waitFor()
    await check('sign-out')
  })

  it('of sharing name each button after what is seen, and refuse one’s own name', async () => {
    await launch('demo')
    await open('/hub/share/demo')
    await check('share-empty')
    await page.getByRole('textbox', { name: 'Name' }).fill('ann')
    await press('Share')
    await page.getByText('This is your own name.').waitFor()
    await check('share-refused')
    await page.getByRole('textbox', { name: 'Name' }).fill('carl')
    await press('Share')
    await page.getByText('Shared with carl.').waitFor()
    await check('share')
    await press('Remove carl')
    await page.getByText('Not shared with carl any more.').waitFor()
  })

  it('of shared copies have the link of each, and ask before one is deleted', async () => {
    const { id } = await hub.db('users').where({ name: 'ann' }).first('id')
    await addSnapshotFor(hub.db, id, 'week1/sums-and-products-of-many-numbers.ipynb')
    await open('/hub/snapshots/new?course=demo&notebook=week1/intro.ipynb')
    await check('copy-share')
    await follow('Copies that I share')
    await check('copies')
    await follow('Delete Hers')
    await press('Delete it')
    await page.getByText('The copy of Hers is deleted.').waitFor()
  })

  it('of tokens ask before one is revoked', async () => {
    await open('/hub/token')
    await page.getByLabel('Name').fill('nightly export')
    await press('Make a token')
    await check('token-made')
    await follow('Revoke nightly export')
    await check('revoke-question')
    await press('Revoke')
    await page.getByText('nightly export is revoked.').waitFor()
    await check('tokens')
  })

  it('of staff show at first what needs attention', async () => {
    await signIn('grace')
    await open('/hub/course/demo')
    await page.getByRole('button', { name: 'Open as staff the notebook of ann' }).waitFor()
    await check('course')
    await follow('Stop the notebook of ann')
    await page.getByText('Its owner is not asked.').waitFor()
    await check('course-stop-question')
    const failure = 'The image of this course is not there.'
    await hub.db('servers').update({ state: 'failed', failure, failure_detail: 'pull of demo: not found' })
    await open('/hub/course/demo')
    await page.getByText(failure).waitFor()
    await check('course-failed')
    const { id: server } = await hub.db('servers').first('id')
    await addStoredCode(hub.db, { server, code: '7KQ4MX', lasts: 600_000 })
    await open('/hub/home')
    await follow('Support codes')
    await page.getByLabel('Support code').fill('7kq 4mx')
    await press('Look up')
    await page.getByRole('heading', { name: 'Support code 7KQ-4MX' }).waitFor()
    await page.getByText(failure).waitFor()
    await check('support')
    await page.getByLabel('Support code').fill('AAA-AAA')
    await press('Look up')
    await page.getByRole('alert').getByText('No notebook of your courses has this code').waitFor()
    await open('/hub/course/demo?state=running')
    await check('course-empty')
    await hub.db('servers').update({ state: 'stopped', failure: null, failure_detail: null })
  })

  it('of admins ask before each act, and keep the buttons of a line on that line', async () => {
    await browser.context.clearCookies()
    await signIn('ann')
    await launch('demo')
    await signIn('root')
    const menu = page.locator('summary', { hasText: 'Actions for ann' })
    const act = async (name: string) => {
      await menu.click()
      await follow(name)
    }
    await open('/hub/admin')
    const text = await page.getByText('demo: running').boundingBox()
    const stop = await page.getByRole('link', { name: 'Stop demo of ann' }).boundingBox()
    assert.ok(text && stop && stop.y < text.y + text.height && text.y < stop.y + stop.height, 'Stop is on its line')
    await check('admin')
    for (const [link, state] of [
      ['Sign out all browsers ann', 'admin-sign-out-question'],
      ['Block ann', 'admin-block-question'],
      ['Remove ann', 'admin-remove-question'],
      ['Stop demo of ann', 'admin-stop-question'],
    ] as const) {
      await open('/hub/admin')
      if (link.startsWith('Stop')) await follow(link)
      else await act(link)
      await check(state)
    }
    await open('/hub/admin')
    await menu.click()
    await check('admin-menu')
    await page.keyboard.press('Escape')
    assert.equal(await menu.evaluate((one) => one === document.activeElement), true)
    assert.equal(await page.getByRole('link', { name: 'Block ann' }).isVisible(), false)
    await menu.click()
    await page.getByRole('heading', { name: 'Users' }).click()
    assert.equal(await page.getByRole('link', { name: 'Block ann' }).isVisible(), false)
    await act('Block ann')
    // The question gives the focus back to what has asked it, which is still there.
    const question = page.getByRole('dialog')
    await question.waitFor()
    await page.keyboard.press('Escape')
    await question.waitFor({ state: 'hidden' })
    const block = page.getByRole('link', { name: 'Block ann' })
    assert.equal(await block.evaluate((one) => one === document.activeElement), true)
    await page.getByRole('button', { name: 'Sign out', exact: true }).focus()
    assert.equal(await block.isVisible(), false, 'closed where the focus is elsewhere')
    await act('Block ann')
    await press('Block')
    await page.getByRole('status').getByText('ann is blocked').waitFor()
    await check('admin-blocked')
    await menu.click()
    await press('Unblock ann')
    await page.getByText('ann may come in again.').waitFor()
    await open('/hub/admin?q=zoe')
    await check('admin-empty')
  })

  it('tell what is announced until it is closed, and take its times in the writer’s own zone', async () => {
    const zone = await browser.context.newCDPSession(page)
    await zone.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Tokyo' })
    await open('/hub/admin/announcements')
    await page.getByLabel('Text').fill('The file server is slow today.')
    const ends = page.getByLabel('Until (Asia/Tokyo; empty: until it is removed)')
    assert.equal(await ends.inputValue(), '')
    await ends.fill('2020-01-01T09:30')
    await press('Announce it')
    await page.getByText('The end is over already.').waitFor()
    assert.equal(await ends.inputValue(), '2020-01-01T09:30')
    await ends.fill('2999-01-01T09:30')
    await press('Announce it')
    await page.getByText('It is announced.').waitFor()
    const stored = await hub.db('announcements').first('begins', 'ends')
    assert.equal(stored.begins, null)
    assert.equal(new Date(Number(stored.ends)).toISOString(), '2999-01-01T00:30:00.000Z')
    await check('announcements')
    await press('Close: The file server is slow today.')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main')
    await open('/hub/login')
    await page.getByRole('heading').first().waitFor()
    assert.equal(await page.getByText('The file server').isVisible(), false)
    await hub.db('announcements').delete()
    await zone.detach()
  })

  it('that no other test opens are as good as the rest', async () => {
    const { name: ann } = await hub.db('users').where({ name: 'ann' }).first('name')
    const visitor = `/hub/at/user/${crypto.randomUUID()}/other/spawn`
    const hers = `/hub/open?to=${encodeURIComponent(`/user/${ann}/demo/lab/tree/a.ipynb`)}`
    const all: [user: string, path: string, title: RegExp][] = [
      ['', '/hub/courses', /^Courses/],
      ['', '/hub/signed-out', /^You are signed out/],
      ['', '/hub/tab?to=%2Fuser%2Fx%2Fother%2Flab', /^Please open this in a new tab/],
      ['', visitor, /^Go on in the page of your course/],
      ['grace', visitor, /^Go on in the page of your course/],
      ['grace', '/hub/user-redirect/lab', /^Which course/],
      ['grace', hers, /^A first notebook: the notebook of ann/],
      ['root', '/hub/images', /^Images/],
      ['root', '/hub/my-courses', /^Courses/],
      ['root', '/hub/admin/maintenance', /^Maintenance/],
    ]
    for (const [at, [user, path, title]] of all.entries()) {
      if (user === '') await browser.context.clearCookies()
      else if (user !== all[at - 1]?.[0]) await signIn(user)
      await open(path)
      assert.match(await page.title(), title)
      await check(`rest-${at}`)
    }
    await page.getByLabel('What people read').fill('Until noon. See https://example.org.')
    await press('Begin maintenance')
    await check('maintenance')
    await signIn('ann')
    await open('/launch/other')
    await page.getByText('Until noon.').first().waitFor()
    await check('maintenance-launch')
    await hub.db('installation').update({ maintenance: null })
    await browser.context.clearCookies()
  })

  it('of a launch say once what is lost, and offer only what helps', async () => {
    let proceed = () => {}
    world.behaviour.beforeStart = new Promise<void>((resolve) => (proceed = resolve))
    await signIn('zoe')
    await open('/launch/demo')
    await page.getByText('When this notebook stops, its files are gone.').waitFor()
    await page.getByText(/\d seconds so far\.$/).waitFor()
    await check('launch')
    delete world.behaviour.beforeStart
    world.behaviour.startError = new SpawnError('The registry does not answer.')
    await signIn('bob')
    await open('/launch/demo')
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    await check('launch-failed')
    world.behaviour.startError = new SpawnError('The image of this course is not there.', { lasts: true })
    await press('Try again')
    await page.getByText('Trying again does not help.').waitFor()
    assert.equal(await page.getByRole('button').count(), 0)
    await check('launch-hopeless')
    delete world.behaviour.startError
    proceed()
    await open('/launch/dmo')
    await page.getByRole('link', { name: 'demo' }).waitFor()
    assert.equal(await page.getByText('Reference').count(), 0)
    await check('unknown-course')
  })

  it('of a launch leave nothing in the history of the browser, also where one has waited at its own address', async () => {
    await browser.context.clearCookies()
    const gate = Promise.withResolvers<void>()
    world.behaviour.beforeStart = gate.promise
    const begun = page.waitForResponse((answer) => answer.url() === `${hubUrl}/hub/launches`)
    await open('/launch/other')
    const { launch: id } = await (await begun).json()
    await open('/hub/health')
    // What the driver evaluates counts as a press, after which a browser keeps the page in its history.
    await open(`/hub/launches/${id}`)
    gate.resolve()
    await page.waitForURL((url) => url.hostname.endsWith('.nb.localhost'))
    delete world.behaviour.beforeStart
    await page.goBack()
    assert.equal(page.url(), `${hubUrl}/hub/health`)
    // A browser that has nothing but the nonce is this user's again, and gets the way in with the answer to its post.
    const nonces = (await browser.context.cookies()).filter(({ name }) => name.endsWith('carrel-first'))
    await browser.context.clearCookies()
    await hub.db('nonces').update({ created: Date.now() })
    await browser.context.addCookies(nonces.map((nonce) => ({ ...nonce, expires: -1 })))
    const asked: string[] = []
    page.on('request', (request) => void asked.push(`${request.method()} ${new URL(request.url()).pathname}`))
    await open('/launch/other')
    await page.waitForURL((url) => url.hostname.endsWith('.nb.localhost'))
    assert.deepEqual(
      asked.filter((one) => !one.includes('/static/')),
      ['GET /launch/other', 'POST /hub/launches', 'POST /_carrel/seat'],
    )
    await page.goBack()
    assert.equal(page.url(), `${hubUrl}/hub/health`)
    page.removeAllListeners('request')
  })

  it('of a failed launch in a frame keep their buttons apart', async () => {
    await browser.context.clearCookies()
    world.behaviour.startError = new SpawnError('The registry does not answer.')
    school.show(`<iframe src="${hubUrl}/tmplogin?course=other" title="notebook" width="360" height="500"></iframe>`)
    await page.setViewportSize({ width: 390, height: 900 })
    await page.goto(school.origin)
    const frame = page.frames().find((one) => one !== page.mainFrame())
    assert(frame !== undefined)
    await frame.getByRole('button', { name: 'Try again' }).waitFor()
    await frame.getByText('Open in a new tab').waitFor()
    assert.equal(await frame.getByText('its files are gone').isVisible(), false)
    assert.deepEqual(await frame.evaluate(layoutProblems), [])
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'frame-failed.png') })
    delete world.behaviour.startError
  })
})
