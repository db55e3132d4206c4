import assert from 'node:assert/strict'
import type { Frame, Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { type ForeignSite, startForeignSite } from '../../helpers/browsers/foreign-site.ts'
import { notebookReady, runCode, save } from '../../helpers/browsers/notebook.ts'
import { dockerMissing, loadedImage, removeNetworks, testInstallation } from '../../helpers/engines/docker.ts'
import { type PublicCarrel, startPublicCarrel } from '../../helpers/public-carrel.ts'
import { requirePart } from '../../helpers/require.ts'

const installation = testInstallation()

describe('links that need a choice, in a frame, with servers whose files go when they stop', function () {
  this.timeout(300_000)
  let carrel: PublicCarrel
  let browser: Browser
  let school: ForeignSite
  let page: Page

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    requirePart(this, 'docker', await dockerMissing())
    this.timeout(300_000)
    const image = await loadedImage('jupyter')
    school = await startForeignSite('school')
    carrel = await startPublicCarrel({
      config: () => `
import { temporary } from 'carrel/authenticators/temporary'
import { lms } from 'carrel/authenticators/lms'
import { defineConfig } from 'carrel/config'
import { dockerSpawner } from 'carrel/spawners/docker'

const course = { image: '${image}', landing: 'notebook', limits: { memory: '1G' } }
export default defineConfig({
  installation: '${installation}',
  spawner: dockerSpawner({ pull: 'never' }),
  authenticators: [
    temporary(),
    lms({ issuer: 'school', courses: ['plain'], pages: ['${school.origin}'], signed: false }),
  ],
  courses: { demo: { ...course, title: 'Demo course' }, plain: { ...course, title: 'Plain course' } },
  embed: { ancestors: ['${school.origin}'] },
  limits: { serversPerUser: 1 },
})
`,
    })
    browser = await startBrowser()
    page = await browser.context.newPage()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
    await school?.close()
    await removeNetworks([`carrel.installation=${installation}`])
  })

  async function show(link: string): Promise<Frame> {
    school.show(`<iframe src="${carrel.hubUrl}${link}" width="900" height="600"></iframe>`)
    await page.goto(school.origin)
    const frame = page.frames().find((one) => one !== page.mainFrame())
    assert(frame !== undefined)
    return frame
  }
  /** Waits for the notebook that a frame is on its way to by `link`. */
  async function opened(frame: Frame, link: string): Promise<Frame> {
    const [, course] = link.split('/').slice(1)
    await frame.waitForURL(new RegExp(`/${course}/notebooks/welcome\\.ipynb`), {
      timeout: 120_000,
      waitUntil: 'commit',
    })
    await notebookReady(frame)
    return frame
  }
  /** Presses a button as a person does, who reads first: a new button cannot be pressed at once. */
  const press = (frame: Frame, name: string | RegExp) => frame.getByRole('button', { name }).click()

  it('keep what the learner has written, or start over for a fresh copy, as the learner chooses', async () => {
    const mine = (frame: Frame) => frame.locator('.jp-OutputArea-output', { hasText: 'mine 42' }).count()
    const link = '/ipythonExercice/plain/welcome.ipynb/abc'
    let frame = await opened(await show(link), link)
    await runCode(frame, 'print("mine", 6 * 7)', 'mine 42')
    await save(frame)

    for (const [button, kept, run] of [
      ['Keep my files and open them', 1, 1],
      ['Delete everything and start over', 0, 2],
    ] as const) {
      frame = await show('/notebookLazyCopy/plain/welcome.ipynb/abc?forcecopy=true')
      await frame.getByText('everything that you have written in Plain course is deleted').waitFor({ timeout: 60_000 })
      await press(frame, button)
      frame = await opened(frame, link)
      assert.equal(await mine(frame), kept, button)
      assert.deepEqual(await carrel.query('select run from servers'), [{ run }], button)
    }
  })

  it('open another course once the visitor has stopped one', async () => {
    await browser.context.clearCookies()
    await opened(await show('/launch/demo/welcome.ipynb'), '/launch/demo/welcome.ipynb')
    const frame = await show('/launch/plain/welcome.ipynb')
    await frame.getByText('You have 1 notebook open, which is the most at once').waitFor({ timeout: 60_000 })
    await frame.getByText('all files in it are deleted').waitFor()
    await press(frame, /^Stop/)
    await opened(frame, '/launch/plain/welcome.ipynb')
  })
})
