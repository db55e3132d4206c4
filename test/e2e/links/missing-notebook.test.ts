import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright-core'
import { accessibilityProblems } from '../../helpers/browsers/axe.ts'
import { startBrowser } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { stageForAll } from '../../helpers/browsers/stage.ts'
import { demoFolder } from '../../helpers/carrel.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'

/** The pattern that covers a site's origin. */
const above = (origin: string) => origin.replace(/\/\/[^.]+/, '//*')

describe('links to files of a course, with real JupyterLab', function () {
  this.timeout(300_000)
  let folder: string

  const cleanup = cleanupAfterAll()
  const stage = stageForAll({
    sites: ['school.lms'],
    config: async ({ site }) => {
      folder = await mkdtemp(join(tmpdir(), 'carrel-course-'))
      await cp(demoFolder, folder, { recursive: true })
      await writeFile(join(folder, 'notes.md'), '# Notes of the course\n')
      const { origin } = site('school.lms')
      return `
import { temporary } from 'carrel/authenticators/temporary'
import { lms } from 'carrel/authenticators/lms'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary(), lms({ issuer: 'school', courses: ['plain'], pages: ['${origin}'], signed: false })],
  courses: {
    demo: { title: 'Demo course', image: '${folder}' },
    plain: { title: 'Plain course', image: '${folder}', landing: 'notebook' },
  },
  embed: { ancestors: ['${above(origin)}'] },
})
`
    },
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const learner = '0123456789abcdef0123456789abcdef'
  const servers = () => stage.carrel.query<{ course: string; run: number }>('select course, run from servers')
  /** Opens a page of the school with a frame, and returns the frame and what the page was told. */
  async function openFramed(link: string): Promise<{ page: Page; frame: Frame }> {
    stage.site('school.lms').show(`
<script>told = []; addEventListener('message', ({ data }) => told.push(data))</script>
<iframe src="${stage.carrel.hubUrl}${link}" width="1100" height="700"></iframe>`)
    const page = await stage.browser.context.newPage()
    await page.goto(stage.site('school.lms').origin)
    const frame = page.frames().find((one) => one !== page.mainFrame())
    assert(frame !== undefined)
    return { page, frame }
  }

  it('say that a notebook is not there before anything starts, and lead to one of a near name', async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/launch/demo/welcom.ipynb`)
    await page.getByText('There is no "welcom.ipynb" among the files of Demo course').waitFor()
    assert.deepEqual(await servers(), [])
    await page.getByRole('link', { name: 'welcome.ipynb' }).click()
    await notebookReady(page)
    assert.deepEqual(await servers(), [{ course: 'demo', run: 1 }])
    await page.close()
  })

  it('say so at a running server too, and lead to the files of the course', async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/launch/demo/week1/intro.ipynb`)
    await page.getByRole('heading', { name: 'This notebook is not there' }).waitFor()
    await page.getByText('There is no "week1/intro.ipynb"').waitFor()
    await page.getByRole('link', { name: 'Show the files of the course' }).click()
    await page.locator('.jp-DirListing-item', { hasText: 'welcome.ipynb' }).first().waitFor()
    await page.close()
  })

  it('say so in a frame, which goes on itself and tells the page around it', async () => {
    const { page, frame } = await openFramed(`/ipythonExercice/plain/welcom.ipynb/${learner}`)
    await frame.getByText('There is no "welcom.ipynb" among the files of Plain course').waitFor({ timeout: 120_000 })
    await page.waitForFunction('told.some(({ carrel, height }) => carrel === "height" && height > 50)')
    await frame.getByRole('link', { name: 'welcome.ipynb' }).click()
    await frame.waitForURL(/\/notebooks\/welcome\.ipynb/)
    await notebookReady(frame)
    await runCode(frame, 'print(6 * 7, "in the frame")', '42 in the frame')
    assert.ok(await page.evaluate('told.some(({ carrel, state }) => carrel === "state" && state === "ready")'))
    await page.close()
  })

  it('find a text where the LMS says that it is a notebook', async () => {
    const { page, frame } = await openFramed(`/ipythonExercice/plain/notes.ipynb/${learner}`)
    await frame.waitForURL(/\/edit\/notes\.md/)
    await frame.getByText('Notes of the course').first().waitFor()
    await page.close()
  })

  it('open other files and folders as before, and a notebook that the learner has made', async () => {
    const page = await stage.browser.context.newPage()
    const open = async (path: string, landing: RegExp) => {
      await page.goto(`${stage.carrel.hubUrl}/launch/demo/${path}`)
      await page.waitForURL(landing)
    }
    await open('notes.md', /\/tree\/notes\.md/)
    const workspace = (await stage.carrel.query<{ id: string }>("select id from servers where course = 'demo'"))[0]?.id
    const own = join(stage.carrel.dataDir, 'data', 'workspaces', workspace ?? '')
    await cp(join(folder, 'welcome.ipynb'), join(own, 'of', 'my own.ipynb'))
    await open('of', /\/tree\/of$/)
    await open('of/my%20own.ipynb', /\/tree\/of\/my%20own\.ipynb/)
    await page.close()
  })

  it('offer a button that makes an empty notebook of that name, also before anything runs', async () => {
    const newcomer = await startBrowser()
    cleanup.defer(() => newcomer.close())
    const page = await newcomer.context.newPage()
    // By the script of the launch page, before a server runs.
    await page.goto(`${stage.carrel.hubUrl}/launch/demo/another.ipynb`)
    const button = page.getByRole('button', { name: 'Make a new notebook of that name' })
    await button.waitFor()
    await page.locator('#message', { hasText: 'There is no "another.ipynb"' }).waitFor()
    assert.deepEqual(await accessibilityProblems(page), [])
    await button.click()
    await page.waitForURL(/\/tree\/another\.ipynb/)
    await notebookReady(page)
    // By the form of a page, at a server that runs.
    await page.goto(`${stage.carrel.hubUrl}/launch/demo/week%209/my%20notes.ipynb`)
    await page.getByRole('heading', { name: 'This notebook is not there' }).waitFor()
    assert.deepEqual(await accessibilityProblems(page), [])
    await button.click()
    await page.waitForURL(/\/tree\/week%209\/my%20notes\.ipynb/)
    await notebookReady(page)
    await runCode(page, 'print(6 * 7, "made here")', '42 made here')
    await page.close()
  })

  it('offer the button in a frame, which then shows the notebook', async () => {
    const { page, frame } = await openFramed(`/ipythonExercice/plain/of%20my%20own/${learner}`)
    await frame.getByText('There is no "of my own.ipynb" among the files of Plain course').waitFor({ timeout: 120_000 })
    assert.deepEqual(await accessibilityProblems(frame), [])
    await frame.getByRole('button', { name: 'Make a new notebook of that name' }).click()
    await frame.waitForURL(/\/notebooks\/of%20my%20own\.ipynb/)
    await notebookReady(frame)
    await runCode(frame, 'print(6 * 7, "in the frame too")', '42 in the frame too')
    await page.close()
  })

  it('lead to what the teacher has added meanwhile, after a restart, and to what was mended', async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/launch/demo/welcome.ipynb`)
    await notebookReady(page)
    const notebook = JSON.parse(await readFile(join(folder, 'welcome.ipynb'), 'utf8'))
    const [first] = notebook.cells
    await writeFile(
      join(folder, 'week2.ipynb'),
      JSON.stringify({ ...notebook, cells: [{ ...first, source: ['# Week two'] }] }),
    )
    await writeFile(join(folder, 'notes.md'), '# Notes, mended\n')
    await page.goto(`${stage.carrel.hubUrl}/launch/demo/week2.ipynb`)
    await page.getByText('"week2.ipynb" came to the files of Demo course after your notebook was started').waitFor()
    await page.getByRole('link', { name: 'Restart my notebook' }).click()
    await page.getByRole('button', { name: 'Restart my notebook' }).click()
    await page.waitForURL(/\/tree\/week2\.ipynb/)
    await page.getByRole('heading', { name: 'Week two' }).waitFor()
    await page.goto(`${stage.carrel.hubUrl}/launch/demo/notes.md`)
    await page.getByText('Notes, mended').first().waitFor()
    await page.close()
  })

  it('ask before they give a fresh copy, which this installation cannot, and open what is there', async () => {
    const { page, frame } = await openFramed(`/notebookLazyCopy/plain/welcome.ipynb/${learner}?forcecopy=true`)
    await frame.getByText('this site keeps your files and replaces none of them').waitFor()
    await frame.getByRole('button', { name: 'Open what I have' }).click()
    await frame.waitForURL(/\/notebooks\/welcome\.ipynb/)
    assert.deepEqual((await servers()).map(({ course, run }) => `${course} ${run}`).sort(), [
      'demo 1',
      'demo 2',
      'plain 1',
    ])
    await page.close()
  })
})
