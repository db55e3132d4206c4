import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright-core'
import { startForeignSite } from '../helpers/browsers/foreign-site.ts'
import { notebookReady, runCode, save } from '../helpers/browsers/notebook.ts'
import { stageForAll } from '../helpers/browsers/stage.ts'
import { demoFolder } from '../helpers/carrel.ts'

const deskServer = join(import.meta.dirname, 'desk-server.ts')

/** A config with two courses for frames of one LMS: one opens JupyterLab, the other one a page without Jupyter at Notebook's addresses. */
const config = (ancestor: string) => `
import { temporary } from 'carrel/authenticators/temporary'
import { lms } from 'carrel/authenticators/lms'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary(), lms({ issuer: 'school', courses: ['demo', 'plain'], pages: ['${ancestor}'], signed: false })],
  courses: {
    demo: { image: '${demoFolder}' },
    plain: { image: '${demoFolder}', landing: 'notebook', command: [process.execPath, '${deskServer}'] },
  },
  embed: { ancestors: ['${ancestor}'] },
})
`

describe('a page of another site that frames notebooks, third-party cookies blocked', function () {
  this.timeout(300_000)

  const stage = stageForAll({ sites: ['school'], config: ({ site }) => config(site('school').origin) })

  async function openSchool(links: string[], opened?: Page): Promise<{ page: Page; frames: Frame[] }> {
    stage
      .site('school')
      .show(
        links.map((link) => `<iframe src="${stage.carrel.hubUrl}${link}" width="1200" height="700"></iframe>`).join(''),
      )
    const page = opened ?? (await stage.browser.context.newPage())
    await page.goto(stage.site('school').origin)
    // JupyterLab makes frames of its own for a moment, and a quick one may be that far when the last frame has loaded.
    return { page, frames: page.mainFrame().childFrames() }
  }

  it('runs a cell, saves and reloads inside the frame', async () => {
    const { page, frames } = await openSchool(['/tmplogin?course=demo&notebook=welcome.ipynb'])
    const [frame] = frames
    assert(frame !== undefined)
    await notebookReady(frame)
    await runCode(frame, 'print("framed", 6 * 7)', 'framed 42')
    await save(frame)
    await page.reload()
    const again = page.frames().find((one) => one !== page.mainFrame())
    assert(again !== undefined)
    await notebookReady(again)
    await again.locator('.jp-OutputArea-output', { hasText: 'framed 42' }).first().waitFor()
    await page.close()
  })

  it('opens three JupyterLabs of one page side by side, each in a workspace of its own', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    const chosen: string[] = []
    page.on('request', (request) => chosen.push(/\/lab\/workspaces\/(demo[^/]*)\/tree/.exec(request.url())?.[1] ?? ''))
    const links = Array.from({ length: 3 }, () => '/tmplogin?course=demo&notebook=welcome.ipynb')
    const { frames } = await openSchool(links, page)
    for (const frame of frames) {
      await (await frame.frameElement()).scrollIntoViewIfNeeded()
      await notebookReady(frame)
    }
    // JupyterLab itself takes another workspace when a third frame asks while it loads, whatever the names are.
    assert.deepEqual(chosen.filter((name) => name !== '').sort(), ['demo', 'demo-2', 'demo-3'])
    await page.close()
  })

  it('opens ten frames of one page as one user with one server', async () => {
    await stage.browser.context.clearCookies()
    const before = await stage.carrel.query<{ id: string }>('select id from users')
    const { page, frames } = await openSchool(
      Array.from({ length: 10 }, () => '/tmplogin?course=plain&notebook=welcome.ipynb'),
    )
    assert.equal(frames.length, 10)
    await Promise.all(frames.map((frame) => frame.waitForURL(/\/notebooks\/welcome\.ipynb/, { timeout: 180_000 })))
    const known = before.map(({ id }) => `'${id}'`).join(',')
    const users = await stage.carrel.query<{ id: string }>(`select id from users where id not in (${known})`)
    assert.equal(users.length, 1)
    const servers = await stage.carrel.query(`select run from servers where user = '${users[0]?.id}'`)
    assert.deepEqual(servers, [{ run: 1 }])
    await page.close()
  })

  it('starts over in a frame by a button, and a reload of the frame keeps the new work', async () => {
    await stage.browser.context.clearCookies()
    const plain = '/tmplogin?course=plain&notebook=welcome.ipynb'
    const { page } = await openSchool([plain])
    const opened = () => page.frames()[1]?.waitForURL(/\/notebooks\/welcome\.ipynb/)
    const users = async () => (await stage.carrel.query<{ id: string }>('select id from users')).length
    await opened()
    const before = await users()
    await openSchool([`${plain}&fresh=1`], page)
    const [, frame] = page.frames()
    await frame?.getByText('there is no way back to them').waitFor()
    assert.equal(await users(), before)
    await frame?.getByRole('button', { name: 'Start over' }).click()
    await opened()
    assert.equal(await users(), before + 1)
    const reloaded = page.waitForEvent('framenavigated', (one) => one === frame && one.url().includes('/notebooks/'))
    await frame?.evaluate(() => location.reload())
    await reloaded
    await opened()
    assert.equal(await users(), before + 1)
    await page.close()
  })

  it("opens the exercise of an LMS page as its learner, which no other site's page can do", async () => {
    await stage.browser.context.clearCookies()
    const learner = '0123456789abcdef0123456789abcdef'
    const { page, frames } = await openSchool([`/ipythonExercice/plain/welcome.ipynb/${learner}`])
    await frames[0]?.waitForURL(/\/notebooks\/welcome\.ipynb/)
    const names = await stage.carrel.query<{ name: string }>("select name from users where kind = 'learner'")
    assert.deepEqual(names, [{ name: `lms:school:${learner}` }])
    await page.close()

    await stage.browser.context.clearCookies()
    const stranger = await startForeignSite('stranger')
    try {
      const other = await stage.browser.context.newPage()
      stranger.show(`<a href="${stage.carrel.hubUrl}/ipythonExercice/plain/welcome.ipynb/${learner}">go</a>`)
      await other.goto(stranger.origin)
      await other.getByText('go').click()
      await other.getByText('opens inside a course page').waitFor()
      await other.close()
    } finally {
      await stranger.close()
    }
  })

  it('goes on in a tab of its own where the frame cannot keep cookies', async () => {
    await stage.browser.context.clearCookies()
    const learner = 'abcdefabcdefabcdefabcdefabcdefab'
    const page = await stage.browser.context.newPage()
    // A browser that keeps no cookies of frames, whatever their attributes.
    await page.addInitScript(() => {
      Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set: () => undefined })
    })
    const { frames } = await openSchool([`/ipythonExercice/plain/welcome.ipynb/${learner}`], page)
    await frames[0]?.getByText('keeps no cookies').waitFor()
    const [tab] = await Promise.all([
      stage.browser.context.waitForEvent('page'),
      frames[0]?.getByRole('button', { name: 'Open in a new tab' }).click(),
    ])
    await tab.waitForURL(/\/notebooks\/welcome\.ipynb/)
    await tab.close()
    await page.close()
  })

  it('is not shown by browsers in a frame of a site that is not named', async () => {
    const stranger = await startForeignSite('stranger')
    try {
      stranger.show(`<iframe src="${stage.carrel.hubUrl}/tmplogin?course=demo"></iframe>`)
      const page = await stage.browser.context.newPage()
      const refusal = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'))
      await page.goto(stranger.origin)
      await refusal
      await page.close()
    } finally {
      await stranger.close()
    }
  })
})
