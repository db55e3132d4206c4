import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Frame, Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { programIn } from '../../helpers/browsers/desk.ts'
import { notebookReady, runCode, save } from '../../helpers/browsers/notebook.ts'
import { pictures } from '../../helpers/browsers/page-check.ts'
import { type Carrel, projectDir, startCarrel } from '../../helpers/carrel.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { startGitHost } from '../../helpers/git/git-host.ts'
import { makeRepositories, type TestRepository } from '../../helpers/git/repositories.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'
import { jupytextEnvironment } from '../../notebooks/jupytext-environment.ts'
import { type, typed } from '../desk/fake-api.ts'

/** A notebook of Jupytext as the course has it. */
const lesson = (text: string) => `---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# ${text}

\`\`\`{code-cell}
1 + 1
\`\`\`
`

describe('a course whose notebooks lie in git, with real JupyterLab and Jupytext', function () {
  this.timeout(600_000)
  const cleanup = cleanupAfterAll()
  let carrel: Carrel
  let browser: Browser
  let course: TestRepository

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    const environment = await jupytextEnvironment().catch((error: Error) => error)
    if (environment instanceof Error) return requirePart(this, 'jupyter', `no Jupytext: ${environment.message}`)
    const repositories = await makeRepositories(cleanup)
    course = await repositories.make('course')
    await course.commit({
      'week1/lesson.md': lesson('The first lesson'),
      'data/cities.csv': 'Nice\n',
      'modules/helper.py': 'def answer():\n    return 6 * 7\n',
      '.nbhosting/nbhosting.yaml':
        'tracks:\n- id: all\n  name: All\n  sections:\n  - name: One\n    notebooks: ["week*/*.md"]\n' +
        'static-mappings:\n- { source: towns, destination: data }\n',
    })
    const { url } = await startGitHost(cleanup, { folder: repositories.folder })
    carrel = await startCarrel({
      config: `
        import { temporary } from 'carrel/authenticators/temporary'
        import { defineConfig } from 'carrel/config'
        import { processSpawner } from 'carrel/spawners/process'
        export default defineConfig({
          spawner: processSpawner(),
          authenticators: [temporary()],
          git: { hosts: ['127.0.0.1'] },
          courses: { demo: { image: '', env: ${JSON.stringify(environment)}, content: { git: '${url}/course.git' } } },
        })`,
    })
    browser = await startBrowser()
    await pull()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
  })

  /** Has the hub fetch what was pushed, as a person at the command line does. */
  async function pull(): Promise<void> {
    const args = ['bin/carrel.js', 'course', 'pull', 'demo', '--data', join(carrel.dataDir, 'data')]
    await promisify(execFile)(process.execPath, args, { cwd: projectDir })
  }
  async function open(page: Page, link: string): Promise<Frame> {
    await page.goto(`http://127.0.0.1:${carrel.port}${link}`)
    return opened(page)
  }
  /** Returns the notebook below the strip, when it is open. */
  async function opened(page: Page): Promise<Frame> {
    await page.waitForURL(/\/_carrel\/desk\//)
    const program = await programIn(page)
    await notebookReady(program)
    return program
  }
  const heading = (page: Frame, text: string) => page.locator('.jp-Notebook h1', { hasText: text }).first().waitFor()

  it('opens as a copy with data and modules at hand, which stays, and is replaced by a button that keeps a version', async () => {
    const page = await browser.context.newPage()
    const first = await open(page, '/launch/demo/week1/lesson.ipynb')
    await heading(first, 'The first lesson')
    await runCode(first, 'import helper; print(helper.answer(), open("towns/cities.csv").read())', '42 Nice')

    // What she has changed stays as it is, and only that.
    await save(first)
    await course.commit({ 'week1/lesson.md': lesson('The same lesson, better') })
    await pull()
    const another = await startBrowser()
    try {
      const other = await another.context.newPage()
      await heading(await open(other, '/launch/demo'), 'The same lesson, better')
      await course.commit({ 'week1/lesson.md': lesson('The best lesson') })
      await pull()
      await heading(await open(other, '/launch/demo'), 'The best lesson')
    } finally {
      await another.close()
    }
    await heading(await open(page, '/launch/demo/week1/lesson.ipynb'), 'The first lesson')

    await page.goto(`http://127.0.0.1:${carrel.port}/launch/demo/week1/lesson.ipynb?forcecopy=x`)
    await page.getByRole('button', { name: 'Take the fresh copy' }).click()
    await heading(await opened(page), 'The best lesson')
    await page.goto(`http://127.0.0.1:${carrel.port}/hub/versions/demo`)
    await page.getByRole('button', { name: 'Put back' }).click()
    const program = await opened(page)
    await heading(program, 'The first lesson')
    await page.getByRole('button', { name: 'Reset' }).click()
    await page.getByRole('button', { name: 'Take it again' }).click()
    await page.locator('#said', { hasText: 'This is the course’s notebook' }).waitFor()
    await heading(program, 'The best lesson')
    await page.getByRole('button', { name: 'Versions' }).click()
    await page
      .getByRole('button', { name: /^Put it back/ })
      .nth(2)
      .waitFor()
    const [copies] = await carrel.query<{ count: number }>('select count(*) as count from versions')
    assert.equal(copies?.count, 3)
    await page.keyboard.press('Escape')

    // The copy is as the course has it, so it follows the course while it is open.
    const look = () => page.evaluate(() => dispatchEvent(new Event('online')))
    const says = (text: string) => page.locator('#said', { hasText: text }).waitFor()
    await course.commit({ 'week1/lesson.md': lesson('The newest lesson') })
    await pull()
    await look()
    await says('You have the course’s newer version of this notebook now')
    await heading(program, 'The newest lesson')

    // Now the learner changes it, and the teacher another cell of it.
    await type(program, 1, 'mine = 1')
    await program.locator('.jp-Notebook .jp-Cell').first().click()
    await save(program)
    await course.commit({ 'week1/lesson.md': lesson('The last lesson') })
    await pull()
    await look()
    await page.getByRole('button', { name: 'Newer version' }).waitFor()
    await type(program, 1, 'mine = 2  # not saved')
    await page.getByRole('button', { name: 'Newer version' }).click()
    await page.locator('.changes li', { hasText: 'You have changed a cell' }).getByText('mine = 2').waitFor()
    await page
      .locator('.changes li', { hasText: 'The course has changed a cell' })
      .getByText('The last lesson')
      .waitFor()
    if (pictures) await photograph(page, 'offer')
    await page.getByRole('button', { name: 'Merge it into mine' }).click()
    await says('The new version is merged into your notebook')
    await heading(program, 'The last lesson')
    assert.equal(await typed(program, 1), 'mine = 2  # not saved')
    await page.locator('#newer').waitFor({ state: 'hidden' })

    await page.getByRole('button', { name: 'Versions' }).click()
    await page
      .getByRole('button', { name: /^Put it back/ })
      .first()
      .click()
    await says('is back')
    await heading(program, 'The newest lesson')
    assert.equal(await typed(program, 1), 'mine = 2  # not saved')

    // And then the teacher changes the same cell.
    await course.commit({ 'week1/lesson.md': lesson('The last lesson').replace('1 + 1', 'theirs = 3') })
    await pull()
    await look()
    await page.getByRole('button', { name: 'Newer version' }).click()
    await page.getByText('1 cell was changed by you and by the course').waitFor()
    await page.locator('.changes li.conflict', { hasText: 'mine = 2' }).getByText('theirs = 3').waitFor()
    if (pictures) await photograph(page, 'conflict')
    await page.getByRole('button', { name: 'Merge it into mine' }).click()
    await says('The new version is merged into your notebook')
    const note = 'You and the course have both changed this cell'
    await program.locator('.jp-RenderedMarkdown', { hasText: note }).waitFor()

    // With a server that is stopped an earlier version comes back at the next opening.
    await page.goto(`http://127.0.0.1:${carrel.port}/hub/home`)
    await page.getByRole('link', { name: /^Stop/ }).click()
    await page.getByRole('button', { name: /^Stop/ }).click()
    await page.getByText('Stopped').waitFor()
    await page.goto(`http://127.0.0.1:${carrel.port}/hub/versions/demo`)
    await page.getByRole('button', { name: 'Put back' }).last().click()
    await page.getByText('is put back when you open your notebook next').waitFor()
    await page.getByRole('button', { name: 'Open it now' }).click()
    await heading(await opened(page), 'The first lesson')
  })

  /** Takes pictures at a desk and on a phone, light and dark. */
  async function photograph(page: Page, name: string): Promise<void> {
    for (const [width, colorScheme] of [
      ...[1280, 360].map((width) => [width, 'light'] as const),
      ...[1280, 360].map((width) => [width, 'dark'] as const),
    ] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: join(pictures ?? '', `${name}-${width}-${colorScheme}.png`) })
    }
    await page.emulateMedia({ colorScheme: null })
    await page.setViewportSize({ width: 1280, height: 900 })
  }
})
