import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Frame, Page } from 'playwright-core'
import { notebookReady } from '../../helpers/browsers/notebook.ts'
import { oidcOf, type Stage, stageForAll } from '../../helpers/browsers/stage.ts'
import { demoFolder } from '../../helpers/carrel.ts'
import { until } from '../../helpers/until.ts'
import { ask } from '../../proxy/world.ts'

const cullerToken = randomBytes(32).toString('hex')

const config = ({ provider, site }: Stage) => `
import { lms } from 'carrel/authenticators/lms'
import { oidc } from 'carrel/authenticators/oidc'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [
    temporary(),
    ${oidcOf(provider)},
    lms({ issuer: 'school', courses: ['exercises', 'plain'], pages: ['${site('school').origin}'], signed: false }),
  ],
  courses: {
    demo: { image: '${demoFolder}', start: 'welcome.ipynb' },
    other: { image: '${demoFolder}' },
    exercises: { image: '${demoFolder}', embed: { ancestors: ['${site('school').origin}'] } },
    plain: { image: '${demoFolder}', landing: 'notebook', embed: { ancestors: ['${site('school').origin}'] } },
  },
})
`

/** Turns the end of an act into whether it succeeded, for acts that are tried again. */
const seen = [() => true, () => false] as const

describe('a notebook whose server stops while text in it is not saved', function () {
  this.timeout(300_000)

  const stage = stageForAll({ sites: ['school'], people: ['ann'], env: { CARREL_CULLER_TOKEN: cullerToken }, config })

  /** Stops the server of this path as the culler does, and waits until it has stopped. */
  async function stop(path: string): Promise<void> {
    const { carrel } = stage
    const [row] = await carrel.query<{ name: string; course: string }>(
      `select users.name, servers.course from servers join users on servers.user = users.id where servers.path = '${path}'`,
    )
    assert.ok(row)
    const address = `/hub/api/users/${encodeURIComponent(row.name)}/servers/${row.course}`
    const { status } = await ask(`http://127.0.0.1:${carrel.port}`, address, {
      method: 'DELETE',
      host: new URL(carrel.hubUrl).host,
      headers: { authorization: `token ${cullerToken}` },
    })
    assert.equal(status, 202)
    await until(async () => (await server(path)).state === 'stopped')
  }

  async function server(path: string): Promise<{ run: number; state: string }> {
    const [row] = await stage.carrel.query<{ run: number; state: string }>(
      `select run, state from servers where path = '${path}'`,
    )
    assert.ok(row)
    return row
  }

  const pathOf = (place: Page | Frame) => /^\/user\/[^/]+\/[^/]+\//.exec(new URL(place.url()).pathname)?.[0] ?? ''

  /** Types into the notebook's last cell, as a learner does who does not save. */
  async function type(place: Page | Frame, text: string): Promise<void> {
    const { keyboard } = 'keyboard' in place ? place : place.page()
    await place.locator('.jp-Notebook .jp-CodeCell .cm-content').last().click()
    await keyboard.insertText(text)
    await place.locator('.jp-Notebook', { hasText: text }).waitFor()
  }

  /** Closes what JupyterLab says while its server is away, but for dialogs with this text. Returns whether none was left. */
  async function dismissOthers(place: Page | Frame, kept: string): Promise<boolean> {
    const others = place.locator('.jp-Dialog').filter({ hasNotText: kept }).locator('.jp-mod-reject')
    // A handle does not wait for a dialog that has closed by itself.
    const found = await others.elementHandles()
    for (const button of found) await button.evaluate((one) => (one as unknown as { click(): void }).click())
    return found.length === 0
  }

  /** Presses "Restart" in the dialog by which JupyterLab says that its server is gone. Returns the tab that it opens. */
  async function pressRestart(place: Page | Frame): Promise<Page> {
    const title = 'Server unavailable or unreachable'
    const button = place.locator('.jp-Dialog', { hasText: title }).getByRole('button', { name: 'Restart' })
    // JupyterLab shows one dialog after the other, so this one comes only when those before it are closed.
    for (let looks = 0; looks < 40; looks += 1) {
      await dismissOthers(place, title)
      if (await button.waitFor({ timeout: 3000 }).then(...seen)) break
    }
    const opened = stage.browser.context.waitForEvent('page')
    const isOpen = opened.then(...seen)
    // Another dialog may come in front of this one at any time. A press may be late, and its dialog gone, when it is given up.
    const press = () => Promise.race([isOpen, button.click({ timeout: 15_000 }).then(...seen)])
    await until(async () => (await dismissOthers(place, title)) && press(), 'JupyterLab to open a tab')
    return opened
  }

  /** Saves, after closing what JupyterLab has said while the server was away, and what it says meanwhile. */
  async function saveAgain(place: Page | Frame): Promise<void> {
    const page = 'keyboard' in place ? place : place.page()
    await until(async () => {
      if (!(await dismissOthers(place, 'no dialog is kept'))) return false
      const saved = page
        .waitForResponse((one) => one.request().method() === 'PUT' && one.url().includes('/api/contents/'), {
          timeout: 15_000,
        })
        .then((response) => response.ok())
        .catch(() => false)
      const cell = place.locator('.jp-Notebook .jp-CodeCell .cm-content').last()
      if (await cell.click({ timeout: 3000 }).then(...seen)) await page.keyboard.press('Control+s')
      return saved
    })
  }

  async function restartsAndSaves(page: Page): Promise<void> {
    const path = pathOf(page)
    const text = `# not saved ${randomBytes(4).toString('hex')}`
    await type(page, text)
    await stop(path)
    const tab = await pressRestart(page)
    await tab.waitForURL((url) => url.pathname.startsWith(path))
    await notebookReady(tab)
    assert.deepEqual(await server(path), { run: 2, state: 'ready' })
    await saveAgain(page)
    await page.close()
    await tab.reload()
    await tab.locator('.jp-Notebook', { hasText: text }).waitFor()
    await tab.close()
  }

  it('starts again by JupyterLab’s own "Restart" for a temporary visitor, and the first tab saves', async () => {
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/launch/other`)
    await page.waitForURL(stage.carrel.isServer)
    // A page that is still on its way to JupyterLab would go on beside the next address.
    await page.locator('#jp-main-dock-panel').waitFor()
    await page.goto(`${stage.carrel.hubUrl}/launch/demo/welcome.ipynb`)
    await notebookReady(page)
    await restartsAndSaves(page)
    const rows = await stage.carrel.query('select course, run from servers order by course')
    assert.deepEqual(rows, [
      { course: 'demo', run: 2 },
      { course: 'other', run: 1 },
    ])
  })

  it('does so for a person', async () => {
    await stage.browser.context.clearCookies()
    const page = await stage.browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/login?next=/launch/demo/welcome.ipynb`)
    await page.getByRole('button', { name: 'Sign in with School' }).click()
    await page.locator('[name=login]').fill('ann')
    await page.locator('[name=password]').fill('ann')
    await page.locator('#sign-in').click()
    await notebookReady(page)
    assert.equal(pathOf(page), '/user/ann/demo/')
    await restartsAndSaves(page)
  })

  describe('in a frame of an LMS’s page, third-party cookies blocked', () => {
    /** Opens a page of the school with one link in a frame, for this learner. */
    async function openSchool(
      learner: string,
      verb = 'ipythonExercice',
      course = 'plain',
    ): Promise<{ page: Page; frame: Frame }> {
      const src = `${stage.carrel.hubUrl}/${verb}/${course}/welcome.ipynb/${learner}`
      stage.site('school').show(`<h1>Week 1</h1><iframe title="n" src="${src}" width="1200" height="800"></iframe>`)
      const page = await stage.browser.context.newPage()
      await page.goto(stage.site('school').origin, { waitUntil: 'commit' })
      await page.locator('iframe').waitFor()
      const [frame] = page.mainFrame().childFrames()
      assert.ok(frame)
      return { page, frame }
    }

    it('says in the tab that JupyterLab opens how to go on, and that way saves what was typed', async () => {
      const { page, frame } = await openSchool('typist', 'ipythonExercice', 'exercises')
      await notebookReady(frame)
      const path = pathOf(frame)
      const text = `# typed in a frame ${randomBytes(4).toString('hex')}`
      await type(frame, text)
      await stop(path)
      const tab = await pressRestart(frame)
      await tab.getByRole('heading', { name: 'Go on in the page of your course' }).waitFor()
      await tab.getByText('Open the same page of your course once more').waitFor()
      assert.deepEqual(await server(path), { run: 1, state: 'stopped' })
      await tab.close()

      const again = await openSchool('typist', 'ipythonExercice', 'exercises')
      await notebookReady(again.frame)
      assert.deepEqual(await server(path), { run: 2, state: 'ready' })
      await saveAgain(frame)
      await page.close()
      await again.page.reload()
      const [reloaded] = again.page.mainFrame().childFrames()
      await reloaded?.locator('.jp-Notebook', { hasText: text }).waitFor()
      await again.page.close()
    })

    it('starts again at the next navigation of the frame, and goes on where it was', async () => {
      const { page, frame } = await openSchool('reader')
      await notebookReady(frame)
      const [address, path] = [frame.url(), pathOf(frame)]
      await stop(path)
      await frame.goto(address)
      await notebookReady(frame)
      assert.equal(frame.url(), address)
      assert.deepEqual(await server(path), { run: 2, state: 'ready' })
      await page.close()
    })

    it('restarts in the frame by nbhosting’s link and a button', async () => {
      const first = await openSchool('killer')
      await notebookReady(first.frame)
      const path = pathOf(first.frame)
      await first.page.close()
      const { page, frame } = await openSchool('killer', 'containerKill')
      await frame.getByText('A restart ends all programs in your notebook').waitFor()
      assert.equal((await server(path)).run, 1)
      await frame.getByRole('button', { name: 'Restart my notebook' }).click()
      await notebookReady(frame)
      assert.equal((await server(path)).run, 2)
      await page.close()
    })

    it('offers a restart in the frame when the server runs and does not answer', async () => {
      const first = await openSchool('runaway')
      await notebookReady(first.frame)
      const path = pathOf(first.frame)
      await first.page.close()
      process.kill(await pidOf(`--ServerApp.base_url=${path}`), 'SIGSTOP')
      const { page, frame } = await openSchool('runaway')
      // Playwright finds nothing in a frame that waits for its next page. So the keyboard takes the second link there.
      await until(async () => {
        await page.mouse.click(20, 100)
        for (const key of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(key)
        // Waits before it presses again, since the same keys would press the button of the page that comes.
        return frame.waitForURL(/\/hub\/restart/, { timeout: 5000, waitUntil: 'commit' }).then(...seen)
      })
      await page.close()
      const again = await openSchool('runaway', 'containerKill')
      await again.frame.getByRole('button', { name: 'Restart my notebook' }).click()
      await notebookReady(again.frame)
      assert.deepEqual(await server(path), { run: 2, state: 'ready' })
      await again.page.close()
    })
  })
})

/** Returns the process of a server. The shell that waits for its end has its arguments too. */
async function pidOf(argument: string): Promise<number> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const command = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (command[0] !== '/bin/sh' && command.includes(argument)) return Number(entry)
  }
  throw new Error(`no process has ${argument}`)
}
