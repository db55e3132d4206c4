import assert from 'node:assert/strict'
import type { Frame, Page } from 'playwright-core'
import { oidcOf, stageForAll } from '../helpers/browsers/stage.ts'
import { demoFolder } from '../helpers/carrel.ts'

describe('a course that is not open to everyone, in a browser', function () {
  this.timeout(300_000)

  const stage = stageForAll({
    people: ['ann', 'ben'],
    sites: ['school'],
    config: ({ provider, site }) => `
import { oidc } from 'carrel/authenticators/oidc'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

const image = '${demoFolder}'
export default defineConfig({
  spawner: processSpawner(),
  authenticators: [temporary(), ${oidcOf(provider)}],
  courses: {
    demo: { image, title: 'Demo' },
    physics: { image, title: 'Physics', open: ['ann'], contact: 'Prof. Martin' },
    soon: { image, title: 'Soon', opens: '2090-01-02T09:00+01:00' },
    exam: { image, title: 'Exam', hidden: true, open: ['ann'] },
  },
  embed: { ancestors: ['${site('school').origin}'] },
})
`,
  })

  async function signIn(page: Page, name: string): Promise<void> {
    const button = page.getByRole('button', { name: 'Sign in with School' })
    await button.or(page.locator('[name=login]')).first().waitFor()
    if (await button.isVisible()) await button.click()
    await page.locator('[name=login]').fill(name)
    await page.locator('[name=password]').fill(name)
    await page.locator('#sign-in').click()
  }
  const newPage = async () => {
    await stage.browser.context.clearCookies()
    return stage.browser.context.newPage()
  }

  it('asks a visitor to sign in, and opens afterwards', async () => {
    const page = await newPage()
    await page.goto(`${stage.carrel.hubUrl}/launch/physics/welcome.ipynb`)
    await page.getByRole('heading', { name: 'Sign in first' }).waitFor()
    await page.getByText('Physics is not open to visitors without an account').waitFor()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await signIn(page, 'ann')
    await page.waitForURL((url) => stage.carrel.isServer(url), { timeout: 120_000 })
    await page.close()
  })

  it('tells a person for whom it is not whom to ask, and that a hidden course does not exist', async () => {
    const page = await newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/login?next=/launch/physics`)
    await signIn(page, 'ben')
    await page.getByText('Physics is not open to you. Ask Prof. Martin').waitFor()
    await page.goto(`${stage.carrel.hubUrl}/launch/exam`)
    await page.getByText('There is no course named "exam" here').waitFor()
    await page.goto(`${stage.carrel.hubUrl}/hub/home`)
    await page.getByRole('heading', { name: 'Physics' }).waitFor()
    assert.equal(await page.getByRole('heading', { name: 'Exam' }).count(), 0)
    assert.equal(await page.getByRole('link', { name: 'Open Physics' }).count(), 0)
    await page.close()
  })

  it('says in the time of the reader when it opens, as a page and in a list', async () => {
    const page = await newPage()
    const protocol = await stage.browser.context.newCDPSession(page)
    await protocol.send('Emulation.setTimezoneOverride', { timezoneId: 'America/New_York' })
    await page.goto(`${stage.carrel.hubUrl}/launch/soon`)
    const time = page.locator('time[data-local]')
    await page.waitForFunction(() => !document.querySelector('time')?.textContent?.includes('UTC'))
    assert.match((await time.textContent()) ?? '', /03:00|3:00/)
    await page.goto(`${stage.carrel.hubUrl}/hub/courses`)
    await page.waitForFunction(() => !document.querySelector('time')?.textContent?.includes('UTC'))
    assert.match((await time.first().textContent()) ?? '', /03:00|3:00/)
    await page.close()
  })

  it('says in a frame why it does not open, and has the sign-in in a tab', async () => {
    const page = await newPage()
    const { origin } = stage.site('school')
    stage.site('school').show(`<iframe src="${stage.carrel.hubUrl}/launch/physics" width="800" height="400"></iframe>`)
    await page.goto(origin)
    const frame = page.frames().find((one): one is Frame => one !== page.mainFrame())
    assert(frame !== undefined)
    await frame.getByText('Physics is not open to visitors without an account').waitFor()
    const [tab] = await Promise.all([
      stage.browser.context.waitForEvent('page'),
      frame.getByRole('link', { name: 'Sign in' }).click(),
    ])
    await signIn(tab, 'ann')
    await tab.waitForURL((url) => stage.carrel.isServer(url), { timeout: 120_000 })
    await tab.close()
    await page.close()
  })

  it('opens a course as it is in the place of what a link asks for and the course does not offer, in a frame', async () => {
    const page = await newPage()
    const { origin } = stage.site('school')
    const link = `${stage.carrel.hubUrl}/launch/demo/welcome.ipynb?tag=next&needs_gpu=1`
    stage.site('school').show(`<iframe src="${link}" width="800" height="400"></iframe>`)
    await page.goto(origin)
    const frame = page.frames().find((one): one is Frame => one !== page.mainFrame())
    assert(frame !== undefined)
    await frame.getByText('does not offer you another image (tag=next) with a GPU').waitFor()
    await frame.getByRole('link', { name: 'Open the course as it is' }).click()
    await frame.waitForURL((url) => stage.carrel.isServer(url), { timeout: 120_000 })
    await page.close()
  })
})
