import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../helpers/browsers/browser.ts'
import { type ForeignSite, startForeignSite } from '../helpers/browsers/foreign-site.ts'
import { type Carrel, startCarrel } from '../helpers/carrel.ts'
import { type PublicCarrel, startPublicCarrel } from '../helpers/public-carrel.ts'
import { requirePart } from '../helpers/require.ts'

const config = (ancestor: string) => `
import { lms } from 'carrel/authenticators/lms'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: { ...processSpawner(), prepare: undefined } as never,
  authenticators: [temporary(), lms({ issuer: 'school', courses: ['desk'], pages: ['${ancestor}'], signed: false })],
  courses: {
    desk: {
      image: '',
      command: [process.execPath, ${JSON.stringify(join(import.meta.dirname, 'desk-server.ts'))}],
      embed: { ancestors: ['${ancestor}'] },
    },
  },
})
`

/** Stores something in every place where a page can. Runs in the browser. */
async function leaveWork() {
  localStorage.setItem('work', 'mine')
  sessionStorage.setItem('work', 'mine')
  await new Promise((resolve, reject) => {
    const opening = indexedDB.open('work', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('files').add('mine', 'file')
    opening.onsuccess = () => resolve(opening.result.close())
    opening.onerror = reject
  })
  await (await caches.open('work')).put('/kept', new Response('mine'))
  const file = new URL('work.txt', location.href).href
  await (await fetch(file)).text()
  const worker = await navigator.serviceWorker.register(new URL('sw.js', location.href), { scope: './' }).then(
    () => 'registered',
    () => 'refused',
  )
  const again = await fetch(file, { cache: 'only-if-cached', mode: 'same-origin' }).then(
    (answer) => answer.text(),
    () => '',
  )
  return { file, worker, again }
}

/** Returns what a hostile page finds of it. Runs in the browser. */
async function findWork(file: string) {
  const cached = await fetch(file, { cache: 'only-if-cached', mode: 'same-origin' }).then(
    (answer) => answer.text(),
    () => '',
  )
  return {
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    cached: cached.includes('the work of somebody'),
    asked: (await fetch(file).catch(() => undefined))?.status,
  }
}

/** Signs a temporary visitor out, by the button of every page and the one of the page that asks. */
async function signOut(page: Page): Promise<void> {
  await page.locator('header').getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign out and lose my work' }).click()
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
}

const nothing = { local: [], session: [], databases: [], caches: [], workers: 0, cached: false, asked: 403 }

describe('the next learner in the same browser', function () {
  this.timeout(300_000)
  let carrel: Pick<PublicCarrel, 'hubUrl' | 'serversUrl'>
  let plain: Carrel
  let secure: PublicCarrel
  let browser: Browser
  let school: ForeignSite

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    school = await startForeignSite('school')
    // Browsers cache no file of a host with a test's own certificate. All the rest is as on a real host.
    secure = await startPublicCarrel({ config: () => config(school.origin) })
    plain = await startCarrel({ config: config(school.origin) })
    carrel = { hubUrl: `http://127.0.0.1:${plain.port}`, serversUrl: `http://localhost:${plain.port}` }
  })
  beforeEach(async () => {
    browser = await startBrowser()
  })
  afterEach(() => browser?.close())
  after(async () => {
    await plain?.stop()
    await secure?.stop()
    await school?.close()
  })

  async function atDesk<P extends Page | Frame>(page: P, origin = carrel.serversUrl): Promise<P> {
    await page.waitForURL((url) => url.origin === origin && !url.pathname.includes('/_carrel/'))
    await page.getByRole('heading', { name: 'A desk' }).waitFor()
    return page
  }

  it('finds everything again when it is the same one, also where hub and servers are of different sites', async () => {
    for (const { hubUrl, serversUrl } of [carrel, secure]) {
      const page = await browser.context.newPage()
      const click = async () => {
        await page.goto(`${hubUrl}/tmplogin?course=desk`)
        await atDesk(page, serversUrl)
      }
      await click()
      const { file, again } = await page.evaluate(leaveWork)
      await click()
      const { local, session, databases, caches, cached } = await page.evaluate(findWork, file)
      const work = ['work']
      assert.deepEqual(
        { local, session, databases, caches },
        { local: work, session: work, databases: work, caches: work },
      )
      assert.equal(cached, again !== '', 'what the browser has kept is still there')
      await page.close()
    }
  })

  it('finds nothing of the first one where both are temporary visitors', async () => {
    const page = await browser.context.newPage()
    await page.goto(`${carrel.hubUrl}/tmplogin?course=desk`)
    await atDesk(page)
    const first = page.url()
    const left = await page.evaluate(leaveWork)
    assert.equal(left.worker, 'refused')
    assert.equal(left.again, 'the work of somebody', 'the browser did keep the file')
    const old = await browser.context.newPage()
    await old.goto(first)
    await atDesk(old)

    await page.goto(`${carrel.hubUrl}/tmplogin?course=desk&fresh=1`)
    await page.getByText('there is no way back to them').waitFor()
    await page.getByRole('button', { name: 'Start over' }).click()
    await page.waitForURL(
      (url) => url.origin === carrel.serversUrl && !first.startsWith(url.href.split('/lab')[0] ?? ''),
    )
    await atDesk(page)
    assert.notEqual(page.url(), first)
    assert.deepEqual(await page.evaluate(findWork, left.file), nothing)
    const otherTab = await browser.context.newPage()
    await otherTab.goto(page.url())
    assert.deepEqual(await otherTab.evaluate(findWork, left.file), nothing)

    await old.reload()
    assert.ok(!old.url().startsWith(carrel.serversUrl))
  })

  it('finds nothing of the first one where both are learners of an LMS in a frame', async () => {
    const page = await browser.context.newPage()
    const learner = async (id: string): Promise<Frame> => {
      school.show(`<h1>Week 1</h1><iframe src="${secure.hubUrl}/ipythonExercice/desk/a.ipynb/${id}"></iframe>`)
      await page.goto(school.origin)
      const frame = page.frames().find((one) => one !== page.mainFrame())
      assert(frame !== undefined)
      return atDesk(frame, secure.serversUrl)
    }
    const first = await learner('first')
    const left = await first.evaluate(leaveWork)
    assert.equal(left.worker, 'refused')
    const again = await learner('first')
    assert.deepEqual(await again.evaluate(() => Object.keys(localStorage)), ['work'], 'their own work stays')
    const second = await learner('second')
    assert.deepEqual(await second.evaluate(findWork, left.file), nothing)
  })

  it('sees nothing by "Back" or a reload after the first one has signed out', async () => {
    const page = await browser.context.newPage()
    await page.goto(`${carrel.hubUrl}/tmplogin?course=desk`)
    await atDesk(page)
    const old = await browser.context.newPage()
    await old.goto(page.url())
    await atDesk(old)
    await page.goto(`${carrel.hubUrl}/hub/home`)
    await signOut(page)
    for (let steps = 0; steps < 4; steps += 1) {
      await page.goBack().catch(() => null)
      assert.equal(await page.getByRole('heading', { name: 'A desk' }).count(), 0)
    }
    await old.reload()
    assert.equal(await old.getByRole('heading', { name: 'A desk' }).count(), 0)
  })

  it('sees nothing of a page that the browser keeps in memory', async () => {
    await browser.close()
    browser = await startBrowser({ keepsPages: true })
    for (const { hubUrl, serversUrl } of [carrel, secure]) {
      const page = await browser.context.newPage()
      await page.goto(`${hubUrl}/tmplogin?course=desk`)
      await atDesk(page, serversUrl)
      await page.evaluate((url) => location.assign(url), `${hubUrl}/hub/home`)
      await signOut(page)
      // The page goes back as the browser's button does. The driver's own way back would load the page again.
      const back = (steps: number) => page.evaluate((count) => history.go(-count), steps)
      // First comes the page that asked before the sign-out, then the list of notebooks, then the notebook.
      await back(1)
      await page.getByRole('heading', { name: 'Courses' }).waitFor()
      await back(2)
      await page.getByText('Your session has ended').waitFor()
      assert.equal(new URL(page.url()).origin, hubUrl)
    }
  })
})
