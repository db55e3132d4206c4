import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { type Carrel, demoFolder, projectDir, startCarrel } from '../../helpers/carrel.ts'
import { requirePart } from '../../helpers/require.ts'
import { missingJupyter } from '../../helpers/setup.ts'

const config = `
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({ spawner: processSpawner(), authenticators: [temporary()], courses: {} })
`

describe('a course that is made while all runs, with JupyterLab', function () {
  this.timeout(300_000)
  let folder: string
  let carrel: Carrel
  let browser: Browser

  before(async function () {
    requirePart(this, 'jupyter', missingJupyter())
    requirePart(this, 'chromium', missingChromium())
    folder = await mkdtemp(join(tmpdir(), 'carrel-made-'))
    await cp(join(demoFolder, 'welcome.ipynb'), join(folder, 'one.ipynb'))
    carrel = await startCarrel({ config })
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  const course = async (...args: string[]) => {
    const all = ['bin/carrel.js', 'course', ...args, '--data', join(carrel.dataDir, 'data')]
    return (await promisify(execFile)(process.execPath, all, { cwd: projectDir })).stdout
  }

  it('opens by the link that the command prints, runs code, and goes on when it is renamed and archived', async () => {
    await course('create', 'algebra', '--image', folder)
    const links: { kind: string; url: string }[] = JSON.parse(await course('link', 'algebra', 'one.ipynb', '--json'))
    const link = links.find(({ kind }) => kind === 'launch')?.url ?? ''
    const page = await browser.context.newPage()
    await page.goto(link)
    await notebookReady(page)
    await runCode(page, 'print(6 * 7)', '42')
    await course('rename', 'algebra', 'algebra-2')
    await course('archive', '=algebra-2')
    await runCode(page, 'print(7 * 7)', '49')
    const other = await browser.context.newPage()
    const answer = await other.goto(link)
    assert.equal(answer?.status(), 403)
    assert.match((await other.textContent('main')) ?? '', /is archived: it opens no more/)
  })
})
