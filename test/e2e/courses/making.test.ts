import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { type Browser, startBrowser } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { oidcOf, stageForAll } from '../../helpers/browsers/stage.ts'
import { demoFolder } from '../../helpers/carrel.ts'
import type { IdentityProvider } from '../../helpers/identity-provider.ts'
import { until } from '../../helpers/until.ts'

describe('a course that a teacher makes on the pages, with JupyterLab', function () {
  this.timeout(300_000)
  const browsers: Browser[] = []

  const stage = stageForAll({
    ownBrowsers: true,
    hosts: 'own',
    people: ['ann', 'carl'],
    config: ({ provider }) => school(provider),
  })
  after(() => Promise.all(browsers.map((browser) => browser.close())))

  const school = (provider: IdentityProvider) => `
import { oidc } from 'carrel/authenticators/oidc'
import { defineConfig } from 'carrel/config'
import { processSpawner } from 'carrel/spawners/process'

export default defineConfig({
  spawner: processSpawner(),
  authenticators: [
    ${oidcOf(provider)},
  ],
  courses: {},
  courseMaking: { by: ['ann'], images: [{ name: 'A first notebook', image: '${demoFolder}' }] },
})
`

  /** Returns a new browser in which this person has signed in. */
  async function signIn(name: string): Promise<Page> {
    const browser = await startBrowser()
    browsers.push(browser)
    const page = await browser.context.newPage()
    await page.goto(`${stage.carrel.hubUrl}/hub/home`)
    await page.locator('[name=login]').fill(name)
    await page.locator('[name=password]').fill(name)
    await page.locator('#sign-in').click()
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
    return page
  }

  const press = (page: Page, name: string) => page.getByRole('button', { name }).click()
  const follow = (page: Page, name: string) => page.getByRole('link', { name }).click()
  const says = (page: Page, text: string) => page.getByText(text).waitFor()

  it('opens by its link, is changed and archived while a notebook runs, opens again, and ends with it', async () => {
    const ann = await signIn('ann')
    await follow(ann, 'Courses')
    await follow(ann, 'Make a course')
    await ann.getByLabel('Name in links').fill('First')
    await ann.getByLabel('Image').selectOption({ label: 'A first notebook' })
    await ann.getByLabel('What opens when a link names no file').fill('welcome.ipynb')
    await ann.getByLabel('Memory of a server').fill('plenty')
    await press(ann, 'Make the course')
    await says(ann, 'Nothing was saved.')
    await ann.getByLabel('Memory of a server').fill('1G')
    await press(ann, 'Make the course')
    await says(ann, 'The course First is made, and opens at once.')
    const settings = ann.url().replace(/\?.*/, '')
    const link = await ann.getByLabel('For everyone').inputValue()

    const notebook = await ann.context().newPage()
    await notebook.goto(link)
    await notebookReady(notebook)
    await runCode(notebook, 'print(6 * 7)', '42')

    await ann.getByLabel('Title').fill('The very first notebook')
    await press(ann, 'Save')
    await says(ann, 'The settings are saved.')
    await ann.getByLabel('New name').fill('Beginning')
    await press(ann, 'Rename')
    await says(ann, 'The course is Beginning now.')

    await follow(ann, 'Archive')
    await press(ann, 'Archive the course')
    await says(ann, 'The course Beginning is archived.')
    await runCode(notebook, 'print(8 * 8)', '64')
    const carl = await signIn('carl')
    await carl.goto(link)
    await says(carl, 'The very first notebook is archived: it opens no more')
    await carl.goto(`${stage.carrel.hubUrl}/hub/my-courses`)
    await says(carl, 'This page is for the people who make courses')

    await follow(ann, 'Take out of the archive')
    await press(ann, 'Open the course again')
    await says(ann, 'The course Beginning is open again.')
    await carl.goto(link)
    await notebookReady(carl)
    await carl.goto(`${stage.carrel.hubUrl}/hub/home`)
    await follow(carl, 'Open The very first notebook')
    await notebookReady(carl)

    await ann.goto(settings.replace(/first$/, 'beginning'))
    await checkPage(ann, 'course-with-notebooks')
    await follow(ann, 'Delete')
    await says(ann, 'Its notebooks stop at once: 2 of learners, those that are stopped included.')
    await press(ann, 'Delete the course')
    const running = () => stage.carrel.query<{ state: string }>("select state from servers where state <> 'stopped'")
    await until(async () => (await running()).length === 0, 'the end of all servers')
    const answer = await carl.goto(link)
    assert.equal(answer?.status(), 404)
    await follow(ann, 'Take the deletion back')
    await press(ann, 'Take the deletion back')
    await says(ann, 'The course Beginning is archived, and not deleted any more.')
  })
})
