import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { reload } from '../bin/reload/world.ts'
import { notebookReady, runCode, save } from '../helpers/browsers/notebook.ts'
import { oidcOf, stageForAll } from '../helpers/browsers/stage.ts'
import { demoFolder } from '../helpers/carrel.ts'
import { until } from '../helpers/until.ts'

/** The servers of the course `slow` start once this file is there. */
const go = join(tmpdir(), `carrel-e2e-reload-${process.pid}`)
const waits = `while [ ! -e ${go} ]; do sleep 0.1; done; exec jupyter-lab "$@"`

describe('a reload in the eyes of those who are at work', function () {
  this.timeout(300_000)

  const stage = stageForAll({
    people: ['ann'],
    // A busy machine is late with the next hub. How long a proxy waits for it, the tests of the proxy show.
    env: { CARREL_HOLD_SECONDS: '60' },
    config: ({ provider }) => `
import { oidc } from 'carrel/authenticators/oidc'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary(), ${oidcOf(provider)}],
  courses: {
    demo: { image: '${demoFolder}', title: 'Demo' },
    slow: { image: '${demoFolder}', command: ['sh', '-c', ${JSON.stringify(waits)}, 'sh'] },
  },
})
`,
  })

  let reloads = 0
  /** Reloads with a changed title, and checks that the new hub is another process. */
  async function reloadNow(): Promise<void> {
    const { carrel } = stage
    const before = await carrel.pidOf('hub')
    reloads += 1
    const file = join(carrel.dataDir, 'carrel.config.ts')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(/title: '[^']*'/, `title: 'Demo ${reloads}'`))
    const { code, output } = await reload(carrel)
    assert.equal(code, 0, output)
    assert.notEqual(await carrel.pidOf('hub'), before)
  }

  /** Opens a page that notes what goes wrong in it: answers of 500 and above, lost requests, dialogs, lost WebSockets. */
  async function watched(): Promise<{ page: Page; wrong: string[] }> {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    const wrong: string[] = []
    page.on('response', (response) => {
      if (response.status() >= 500) wrong.push(`${response.status()} ${response.url()}`)
    })
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? ''
      // A page that is left breaks off what it has asked for, and a stream of events ends with its hub.
      const isStream = request.url().endsWith('/events')
      if (reason !== 'net::ERR_ABORTED' && !isStream) wrong.push(`${reason} ${request.url()}`)
    })
    page.on('dialog', (dialog) => void wrong.push(dialog.message()))
    page.on('websocket', (socket) => socket.on('close', () => void wrong.push(`closed ${socket.url()}`)))
    return { page, wrong }
  }

  it('leaves an open notebook alone, whose cell runs on and which saves', async () => {
    const { page, wrong } = await watched()
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=demo&notebook=welcome.ipynb`)
    await notebookReady(page)
    wrong.splice(0)
    const reloading = until(() => page.getByText('tick 0').count()).then(reloadNow)
    const code = `import os, time\nn = 0\nwhile not os.path.exists(${JSON.stringify(go)}):\n  print('tick', n, flush=True); n += 1; time.sleep(1)\nprint('over', 6 * 7)`
    const ran = runCode(page, code, 'over 42')
    await reloading
    await writeFile(go, '')
    await ran
    await rm(go)
    await save(page)
    assert.equal(await page.locator('.jp-Dialog').count(), 0)
    assert.deepEqual(wrong, [])
    await page.close()
  })

  it('leaves a page that waits for its start alone, which goes on to the notebook', async () => {
    const { page, wrong } = await watched()
    await page.goto(`${stage.carrel.hubUrl}/tmplogin?course=slow&notebook=welcome.ipynb`)
    await page.getByText('Starting your notebook.').waitFor()
    await reloadNow()
    await page.getByText('Starting your notebook.').waitFor()
    await writeFile(go, '')
    await notebookReady(page)
    await rm(go)
    const closed = wrong.filter((line) => !line.startsWith('closed '))
    assert.deepEqual(closed, [])
    assert.equal((await stage.carrel.query("select 1 from servers where course = 'slow' and run = 1")).length, 1)
    await page.close()
  })

  const signIn = async (page: Page) => {
    await page.locator('[name=login]').fill('ann')
    await page.locator('[name=password]').fill('ann')
    await page.locator('#sign-in').click()
  }

  it('leaves a sign-in at a provider alone, which ends at the new hub', async () => {
    const { page, wrong } = await watched()
    await page.goto(`${stage.carrel.hubUrl}/hub/login?next=/hub/home`)
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await page.locator('[name=login]').waitFor()
    await reloadNow()
    await signIn(page)
    await page.waitForURL(`${stage.carrel.hubUrl}/hub/home`)
    await page.getByText('ann').first().waitFor()
    assert.deepEqual(wrong, [])
    await page.close()
  })

  it('takes every form that is sent meanwhile, and each one once', async () => {
    const { page, wrong } = await watched()
    await page.goto(`${stage.carrel.hubUrl}/hub/login?next=/hub/token`)
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await signIn(page)
    await page.waitForURL(`${stage.carrel.hubUrl}/hub/token`)
    let isOver = false
    const reloading = reloadNow().finally(() => {
      isOver = true
    })
    const sent: string[] = []
    while (!isOver) {
      const note = `token ${sent.length}`
      await page.goto(`${stage.carrel.hubUrl}/hub/token`)
      await page.locator('[name=note]').fill(note)
      await page.getByRole('button', { name: 'Make a token' }).click()
      await page.locator('#made', { hasText: note }).waitFor()
      sent.push(note)
    }
    await reloading
    const notes = await stage.carrel.query<{ note: string }>('select note from tokens')
    assert.deepEqual(notes.map(({ note }) => note).toSorted(), sent.toSorted())
    assert.deepEqual(wrong, [])
    await page.close()
  })
})
