import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { temporary } from '../../../authenticators/temporary.ts'
import { missingChromium } from '../../helpers/browsers/browser.ts'
import { startHubPages } from '../../helpers/browsers/hub-pages.ts'
import { checkPage } from '../../helpers/browsers/page-check.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { createFakeServers } from '../../helpers/fake-spawners.ts'
import { createFakeImages, fakeId } from '../../helpers/fakes/fake-images.ts'
import { requirePart } from '../../helpers/require.ts'
import type { TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../people.ts'

describe('pages about images, and courses on their way out, at a desk and on a phone', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()
  const end = 'This course ends on 30 June. Download your work before.'
  let hub: TestHub
  let hubUrl: string
  let page: Page

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    const images = createFakeImages(3)
    const output = 'os\tDebian GNU/Linux 12 (bookworm)\npython\t3.12.11\njupyterlab\t4.4.5\nipykernel\t6.30.1\n'
    const world = createFakeServers({ errandOutput: output }, images)
    cleanup.defer(() => world.close())
    const first = 'registry.example.org/courses/algebra/first-notebook:2026-autumn'
    images.engines.forEach((engine) => void engine.set(first, fakeId('a')))
    images.engines[0]?.set('registry.example.org/statistics:2', fakeId('b'))
    ;({ hub, hubUrl, page } = await startHubPages(
      cleanup,
      {
        authenticators: [temporary(), people],
        courses: {
          demo: { image: first, title: 'A first notebook', staff: ['grace'] },
          statistics: { image: 'registry.example.org/statistics:2', title: 'Statistics' },
          physics: { image: 'registry.example.org/physics:7', title: 'Physics', staff: ['grace'] },
          last: { image: first, title: 'Python 2', deprecated: { message: end } },
          old: { image: first, title: 'A zeroth notebook', deprecated: { instead: 'demo' } },
        },
      },
      world,
    ))
    await until(async () => (await hub.db('contents')).length === 2)
  })

  const signIn = async (name: string) => {
    await page.context().clearCookies()
    await page.goto(`${hubUrl}/hub/login`)
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('Password').first().fill('right')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'My notebooks' }).waitFor()
  }

  it('show admins where images are and what is in them', async () => {
    await signIn('root')
    await page.goto(`${hubUrl}/hub/admin`)
    await page.getByRole('link', { name: 'Images', exact: true }).click()
    await page.getByRole('heading', { name: 'Images of courses' }).waitFor()
    await page.getByText('It is at all 3 places').waitFor()
    await page.getByText('Python 3.12.11, JupyterLab 4.4.5').first().waitFor()
    await checkPage(page, 'images')
  })

  it('show staff that an image is missing, on the way to it', async () => {
    await signIn('grace')
    await page.getByText('Its image is missing.').waitFor()
    await checkPage(page, 'image-missing-home')
    await page.goto(`${hubUrl}/hub/course/physics`)
    await page.getByText('The image of this course is missing').waitFor()
    await checkPage(page, 'image-missing-course')
    await page.goto(`${hubUrl}/hub/course/demo`)
    await page.getByText('Image registry.example.org').click()
    await page.getByText('It is at all 3 places').waitFor()
    await checkPage(page, 'image-of-course')
  })

  it('tell that a course is on its way out, and wait for the button once for each start', async () => {
    await signIn('ann')
    await page.getByText(end).waitFor()
    await checkPage(page, 'deprecated-home')
    await page.goto(`${hubUrl}/launch/last`)
    const button = page.getByRole('button', { name: 'Open my notebook' })
    await button.waitFor()
    assert.equal(await page.getByText(end).count(), 1)
    await checkPage(page, 'deprecated-launch')
    assert.equal((await hub.db('servers').first('notice_read')).notice_read, null)
    const left = page.waitForRequest(/_carrel\/seat/)
    await button.press('Enter')
    await left
    assert.equal((await hub.db('servers').first('notice_read')).notice_read, 1)
    const again = page.waitForRequest(/_carrel\/seat/)
    await page.goto(`${hubUrl}/launch/last`).catch(() => undefined)
    await again
  })

  it('say that a link opens another course', async () => {
    hub.world.behaviour.isMute = true
    await signIn('bob')
    await page.goto(`${hubUrl}/launch/old/week1/a.ipynb`)
    await page.getByText('A first notebook has replaced A zeroth notebook.').waitFor()
    await page.getByText('Starting your notebook.').waitFor()
    await checkPage(page, 'replaced-launch')
  })
})
