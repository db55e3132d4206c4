import assert from 'node:assert/strict'

import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Frame, Page } from 'playwright-core'
import { notebookReady, runCode, save } from '../helpers/browsers/notebook.ts'
import { oidcOf, stageForAll } from '../helpers/browsers/stage.ts'
import { demoFolder, projectDir } from '../helpers/carrel.ts'
import type { IdentityProvider } from '../helpers/identity-provider.ts'

const config = (provider: IdentityProvider, ancestor: string, folder: string) => `
import { oidc } from 'carrel/authenticators/oidc'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [
    ${oidcOf(provider)},
  ],
  courses: {
    algebra: { image: '${folder}', landing: 'notebook', embed: { height: 900 } },
    botany: { image: '${demoFolder}' },
  },
  embed: { ancestors: ['${ancestor}'], height: 700 },
})
`

/** Brings a frame into view. A browser does not draw a frame of another site that no person can see, nor lay it out. */
async function lookAt(frame: Frame): Promise<void> {
  const element = await frame.frameElement()
  await element.scrollIntoViewIfNeeded()
}

async function seenReady(frame: Frame): Promise<void> {
  await lookAt(frame)
  await notebookReady(frame)
}

/** Returns the states that the frames report, and their origins, in the order of the frames. */
const keepStates = `<script>
  const states = Array.from(frames).map(() => [])
  addEventListener('message', ({ origin, source, data }) => {
    if (data?.carrel === 'state') states[Array.from(frames).indexOf(source)].push(data.state + ' ' + origin)
  })
</script>`

/** Returns the page of docs/embedding.md, with these links in place of its frame. */
async function documentedPage(hubUrl: string, links: string[]): Promise<string> {
  const text = await readFile(path.join(projectDir, 'docs/embedding.md'), 'utf8')
  const [, page = ''] = /```html\n(.*?)```/s.exec(text) ?? []
  const [frame = ''] = /<iframe.*?<\/iframe>/s.exec(page) ?? []
  const frames = links.map((link) => frame.replace(/src="[^"]*"/, `src="${hubUrl}${link}"`).replace('lazy', 'eager'))
  const script = page.slice(page.indexOf('<script>')).replace('https://nb.example.org', hubUrl)
  return `<input id="answer" aria-label="Answer" autofocus>${frames.join('\n')}${script}${keepStates}`
}

describe('three notebooks of two courses on one page, third-party cookies blocked', function () {
  this.timeout(480_000)
  let page: Page
  let folder = ''
  const links = ['/launch/algebra/one.ipynb', '/launch/botany/welcome.ipynb', '/launch/algebra/two.ipynb']

  const stage = stageForAll({
    hosts: 'own',
    sites: ['school'],
    people: ['ann'],
    async config({ provider, site }) {
      folder = await mkdtemp(path.join(tmpdir(), 'carrel-algebra-'))
      for (const name of ['one', 'two'])
        await cp(path.join(demoFolder, 'welcome.ipynb'), path.join(folder, `${name}.ipynb`))
      return config(provider, site('school').origin, folder)
    },
  })

  before(async () => {
    stage.site('school').show(await documentedPage(stage.carrel.hubUrl, links))
    page = await stage.browser.context.newPage()
    await page.goto(stage.site('school').origin)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const frames = () => page.mainFrame().childFrames()
  const heights = () => page.locator('iframe').evaluateAll((all) => all.map((one) => one.style.height))
  const states = () => page.evaluate<string[][]>('states')
  const focused = () => page.evaluate(() => document.activeElement?.id)

  it('ask for a sign-in and are as high as needed, also at a width of 360 pixels', async () => {
    for (const frame of frames()) await frame.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.waitForFunction(() => [...document.querySelectorAll('iframe')].every((one) => one.style.height !== ''))
    const wide = (await heights()).map((height) => Number.parseInt(height, 10))
    for (const height of wide) assert.ok(height > 50 && height < 500, `${height}px`)
    await page.setViewportSize({ width: 360, height: 700 })
    for (const frame of frames()) {
      await frame.waitForFunction(() => innerWidth <= 360)
      const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(overflow <= 0, `${overflow}px too wide`)
      assert.equal(await frame.getByRole('status').textContent(), 'Sign in to open your notebook.')
      assert.match(await frame.title(), /^(algebra|botany) – Carrel$/)
    }
    await page.setViewportSize({ width: 1280, height: 900 })
    for (const said of await states()) assert.equal(said.at(-1), `sign-in ${stage.carrel.hubUrl}`)
    assert.equal(await focused(), 'answer', 'no frame has taken the focus')
  })

  it('say what to do when the window is closed, and open it again', async () => {
    const [first] = frames() as [Frame]
    const button = first.getByRole('button', { name: 'Sign in' })
    const [popup] = await Promise.all([stage.browser.context.waitForEvent('page'), button.press('Enter')])
    await popup.locator('[name=login]').waitFor()
    await popup.close()
    await first.getByText('The sign-in is not finished here').waitFor()
  })

  it('open after one sign-in in a window, with one user, two servers and the heights of the courses', async () => {
    const [first] = frames() as [Frame]
    // As after a minute.
    await stage.browser.context.clearCookies({ name: '__Host-Http-carrel-automatic' })
    const [popup] = await Promise.all([
      stage.browser.context.waitForEvent('page'),
      first.getByRole('button', { name: 'Sign in' }).press('Enter'),
    ])
    await popup.locator('[name=login]').fill('ann')
    await popup.locator('[name=password]').fill('ann')
    await Promise.all([popup.waitForEvent('close'), popup.locator('#sign-in').click()])
    for (const frame of frames()) await seenReady(frame)
    assert.deepEqual(await heights(), ['900px', '700px', '900px'])
    for (const said of await states()) {
      assert.ok(said.includes(`launching ${stage.carrel.hubUrl}`))
      assert.equal(said.at(-1), `ready ${stage.carrel.hubUrl}`)
    }
    assert.deepEqual(await stage.carrel.query('select name from users'), [{ name: 'ann' }])
    const servers = await stage.carrel.query<{ course: string }>('select course from servers order by course')
    assert.deepEqual(servers, [{ course: 'algebra' }, { course: 'botany' }])
  })

  it('all run a cell and save', async () => {
    const [one, two] = frames() as [Frame, Frame]
    const three = frames()[2] as Frame
    for (const [index, frame] of [one, two, three].entries()) {
      await lookAt(frame)
      await runCode(frame, `print("frame", ${index} + 1)`, `frame ${index + 1}`)
      await save(frame)
    }
  })

  it('open again after a reload without a sign-in, and may use the clipboard', async () => {
    await page.reload()
    for (const frame of frames()) await seenReady(frame)
    await lookAt(frames()[2] as Frame)
    await frames()[2]?.locator('.jp-OutputArea-output', { hasText: 'frame 3' }).first().waitFor()
    for (const frame of frames()) {
      // @ts-expect-error: a function of Chromium alone
      const may: string[] = await frame.evaluate(() => document.featurePolicy.allowedFeatures())
      assert.ok(may.includes('clipboard-read') && may.includes('clipboard-write'))
    }
  })
})
