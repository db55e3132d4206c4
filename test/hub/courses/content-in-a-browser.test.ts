import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { missingChromium } from '../../helpers/browsers/browser.ts'
import { startHubPages } from '../../helpers/browsers/hub-pages.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { requirePart } from '../../helpers/require.ts'
import type { TestHub } from '../../helpers/test-hub.ts'
import { type ContentWorld, lastPull, notebook, openContentWorld, pullEnded } from '../content/content-world.ts'
import { visitorsAndPeople } from '../people.ts'

describe('the pages of the content of a course, at a desk and on a phone', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  let world: ContentWorld
  let held: Promise<void> | undefined
  let hub: TestHub
  let page: Page
  let hubUrl: string

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    world = await openContentWorld(cleanup, {
      async answer() {
        await held
        return false
      },
    })
    const { git, courses } = world.config
    const demo = { image: 'stats', ...courses.demo, title: 'Statistics for biologists', staff: ['grace'] }
    const authenticators = visitorsAndPeople()
    const pages = await startHubPages(cleanup, { git, courses: { demo }, authenticators })
    ;({ hub, hubUrl, page } = pages)
  })

  const press = (name: string) => page.getByRole('button', { name }).click()
  const state = (text: string) => page.locator('#state', { hasText: text }).waitFor()

  it('show a repository that is not there, a pull as it goes, what has come, and the links of each notebook', async () => {
    await world.course.git('config', 'http.uploadpack', 'false')
    const refused = await pullEnded(hub)
    await page.goto(`${hubUrl}/hub/login`)
    await page.getByLabel('Name', { exact: true }).fill('grace')
    await page.getByLabel('Password').first().fill('right')
    await press('Sign in')
    await page.getByRole('link', { name: 'Courses', exact: true }).click()
    await checkPage(page, 'content-courses')
    await page.getByRole('link', { name: 'Content of Statistics' }).click()
    await page.getByText('The last try has failed').waitFor()
    await checkPage(page, 'content-failed')

    await world.course.git('config', 'http.uploadpack', 'true')
    const commit = await world.course.commit({
      'week1/intro.ipynb': notebook('An introduction with quite a long title, as titles of notebooks sometimes are'),
      'week1/a-name-of-a-file-that-has-no-place-to-be-broken-and-goes-on-for-ever-and-ever.ipynb': notebook('Long'),
      'week2/mean.ipynb': notebook('The mean'),
      'broken.ipynb': '{',
    })
    const gate = Promise.withResolvers<void>()
    held = gate.promise
    await press('Fetch what is new')
    await state('It is being fetched')
    await page.getByText('Fetching http').waitFor()
    await checkPage(page, 'content-busy')
    gate.resolve()
    held = undefined
    await pullEnded(hub, refused.id)
    await page.getByText(`The course has commit ${commit.slice(0, 12)}`).waitFor()
    await state('It has been fetched')
    const tracks = [
      {
        ...{ id: 'basics', name: 'Basics', description: 'What everyone needs first.' },
        sections: [
          { name: 'Beginning', notebooks: ['week1/intro.ipynb'] },
          { name: 'Numbers', notebooks: ['week2/mean.ipynb'] },
        ],
      },
    ]
    const settings = { notebookAt: 'notebooks/{notebook}', staticMappings: [{ link: 'data', to: 'data' }] }
    const row = await hub.db('brought').first('problems')
    const problems = [
      ...JSON.parse(row.problems),
      { ...{ file: 'nbhosting/nbhosting.yaml', line: 3, message: 'tracks: names no notebook' }, kind: 'note' },
    ]
    await hub.db('brought').update({
      ...{ tracks: JSON.stringify(tracks), settings: JSON.stringify(settings), problems: JSON.stringify(problems) },
    })
    await page.reload()
    await checkPage(page, 'content')
    await page.setViewportSize({ width: 320, height: 700 })
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320)

    await page.getByRole('link', { name: 'Basics' }).click()
    await page.getByRole('heading', { name: 'Beginning' }).waitFor()
    await checkPage(page, 'content-track')
    await page.getByLabel('Track').selectOption('All notebooks, by their folders')
    await press('Show')
    await page.getByRole('heading', { name: 'At the top' }).waitFor()
    await checkPage(page, 'content-notebooks')
    await page.setViewportSize({ width: 320, height: 700 })
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy the link to The mean' }).click()
    await page.getByText('It is copied.').waitFor({ state: 'attached' })
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    assert.equal(copied, `${hubUrl}/ipythonExercice/demo/week2/mean/%%USER_ID%%`)
    assert.equal((await lastPull(hub.db))?.commit, commit)
  })
})
