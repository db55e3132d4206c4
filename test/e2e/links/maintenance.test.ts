import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Frame, Page } from 'playwright-core'
import { accessibilityProblems } from '../../helpers/browsers/axe.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { oidcOf, stageForAll } from '../../helpers/browsers/stage.ts'
import { demoFolder, projectDir } from '../../helpers/carrel.ts'

const config = (ancestor: string, campus: string) => `
import { temporary } from 'carrel/authenticators/temporary'
import { lms } from 'carrel/authenticators/lms'
import { oidc } from 'carrel/authenticators/oidc'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary(), lms({ issuer: 'lms', courses: ['demo'], pages: ['${ancestor}'], signed: false }), ${campus}],
  admins: ['root'],
  courses: { demo: { image: '${demoFolder}', landing: 'notebook' } },
  embed: { ancestors: ['${ancestor}'] },
})
`
const shots = process.env.SHOTS
const exercise = '/ipythonExercice/demo/welcome/0123456789abcdef0123456789abcdef'

describe('maintenance, in a browser', function () {
  this.timeout(300_000)

  const stage = stageForAll({
    sites: ['school'],
    people: ['root'],
    config: ({ site, provider }) => config(site('school').origin, oidcOf(provider)),
  })
  const maintenance = (...args: string[]) =>
    promisify(execFile)(
      process.execPath,
      ['bin/carrel.js', 'maintenance', ...args, '--data', join(stage.carrel.dataDir, 'data')],
      {
        cwd: projectDir,
      },
    )
  afterEach(() => maintenance('off'))

  const openCoursePage = async (page: Page): Promise<Frame> => {
    stage.site('school').show(`<iframe src="${stage.carrel.hubUrl}${exercise}" width="390" height="600"></iframe>`)
    await page.goto(stage.site('school').origin)
    const frame = page.frames().find((one) => one !== page.mainFrame())
    assert(frame !== undefined)
    return frame
  }
  /** Lets the time of the page's next look come. */
  const nextLook = (page: Page) => page.clock.fastForward(31_000)

  it('shows an LMS’s learner a page in the frame, which goes on as that learner when it is over', async () => {
    await maintenance('on', '--message', 'Back at 14:00.')
    const page = await stage.browser.context.newPage()
    await page.clock.install()
    const frame = await openCoursePage(page)
    await frame.locator('#message', { hasText: 'because of maintenance' }).waitFor()
    assert.match((await frame.locator('main').textContent()) ?? '', /Back at 14:00\./)
    const width = await frame.evaluate('document.documentElement.scrollWidth')
    assert.ok(Number(width) <= 390, `the page is ${width} px wide`)
    await nextLook(page)
    await frame.locator('#message', { hasText: 'This page goes on by itself when that is over.' }).waitFor()
    if (shots) await page.screenshot({ path: join(shots, 'frame-390.png') })
    assert.deepEqual(await stage.carrel.query('select id from servers'), [])
    // A notebook shows less in so narrow a frame.
    await page.evaluate("document.querySelector('iframe').width = 1200")
    await maintenance('off')
    await nextLook(page)
    await notebookReady(frame)
    const users = await stage.carrel.query<{ kind: string }>("select kind from users where kind <> 'person'")
    assert.deepEqual(users, [{ kind: 'learner' }])
    await page.close()
  })

  it('holds a launch whose page came before it, and lets it go on', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    await page.clock.install()
    await page.route(
      '**/hub/launches',
      async (route) => {
        await maintenance('on')
        await route.continue()
      },
      { times: 1 },
    )
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await page.locator('#message', { hasText: 'This page goes on by itself when that is over.' }).waitFor()
    await maintenance('off')
    await nextLook(page)
    await notebookReady(page.mainFrame())
    await page.close()
  })

  it('leaves an open notebook alone, also when it is loaded anew', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await notebookReady(page.mainFrame())
    await maintenance('on')
    await runCode(page.mainFrame(), 'print("open", 6 * 7)', 'open 42')
    await page.reload()
    await notebookReady(page.mainFrame())
    await page.close()
  })

  it('tells a visitor on a phone, is read well by screen readers, and goes on by itself', async () => {
    await stage.browser.context.clearCookies()
    await maintenance('on', '--message', 'Back at 14:00.')
    const page = await stage.browser.context.newPage()
    await page.setViewportSize({ width: 390, height: 800 })
    await page.clock.install()
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await page.locator('h1', { hasText: 'Maintenance' }).waitFor()
    assert.deepEqual(await accessibilityProblems(page), [])
    if (shots) await page.screenshot({ path: join(shots, 'm390.png') })
    await page.setViewportSize({ width: 1280, height: 800 })
    await maintenance('off')
    await nextLook(page)
    await notebookReady(page.mainFrame())
    await page.close()
  })

  it('is begun and ended by an admin on a page of its own, and the admin goes on', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/login?next=/hub/admin`)
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await page.locator('[name=login]').fill('root')
    await page.locator('[name=password]').fill('root')
    await page.locator('#sign-in').click()
    await page.getByRole('link', { name: 'Maintenance' }).click()
    assert.deepEqual(await accessibilityProblems(page), [])
    await page.getByLabel('What people read').fill('Back at 14:00.')
    await page.getByRole('button', { name: 'Begin maintenance' }).click()
    await page.locator('[role=status]', { hasText: 'Learners open no notebooks until you end this.' }).waitFor()
    if (shots) await page.screenshot({ path: join(shots, 'admin-1280.png') })
    await page.setViewportSize({ width: 390, height: 800 })
    assert.deepEqual(await accessibilityProblems(page), [])
    if (shots) await page.screenshot({ path: join(shots, 'admin-390.png') })
    await page.goto(`${stage.carrel.hubUrl}/hub/home`)
    await page.locator('.notice', { hasText: 'Maintenance: learners cannot open notebooks just now.' }).waitFor()
    if (shots) await page.screenshot({ path: join(shots, 'home-390.png') })
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await notebookReady(page.mainFrame())
    await page.goto(`${stage.carrel.hubUrl}/hub/admin/maintenance`)
    await page.getByRole('button', { name: 'End maintenance' }).click()
    await page.locator('[role=status]', { hasText: 'Maintenance is over.' }).waitFor()
    await page.close()
  })
})
