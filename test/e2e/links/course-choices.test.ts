import assert from 'node:assert/strict'
import type { Frame, Page } from 'playwright-core'
import { type Browser, missingChromium, startBrowser } from '../../helpers/browsers/browser.ts'
import { type ForeignSite, startForeignSite } from '../../helpers/browsers/foreign-site.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { dockerMissing, loadedImage, removeNetworks, testInstallation } from '../../helpers/engines/docker.ts'
import { type PublicCarrel, startPublicCarrel } from '../../helpers/public-carrel.ts'
import { requirePart } from '../../helpers/require.ts'

const installation = testInstallation()

describe('what a learner of an LMS chooses in a frame, in containers', function () {
  this.timeout(300_000)
  let carrel: PublicCarrel
  let browser: Browser
  let school: ForeignSite
  let page: Page

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    requirePart(this, 'docker', await dockerMissing())
    this.timeout(300_000)
    const image = await loadedImage('jupyter')
    school = await startForeignSite('school')
    carrel = await startPublicCarrel({
      config: () => `
import { lms } from 'carrel/authenticators/lms'
import { temporary } from 'carrel/authenticators/temporary'
import { defineConfig } from 'carrel/config'
import { dockerSpawner } from 'carrel/spawners/docker'

export default defineConfig({
  installation: '${installation}',
  spawner: dockerSpawner({ pull: 'never' }),
  authenticators: [
    temporary(),
    lms({ issuer: 'school', courses: ['ml'], pages: ['${school.origin}'], signed: false }),
  ],
  courses: {
    ml: {
      image: '${image}',
      title: 'Machine learning',
      landing: 'notebook',
      limits: { memory: '768M' },
      choices: { size: [{ name: 'small', title: 'Small' }, { name: 'large', title: 'Large', limits: { memory: '1G' } }] },
    },
  },
  embed: { ancestors: ['${school.origin}'] },
})
`,
    })
    browser = await startBrowser()
    page = await browser.context.newPage()
  })
  after(async () => {
    await browser?.close()
    await carrel?.stop()
    await school?.close()
    await removeNetworks([`carrel.installation=${installation}`])
  })

  const show = async (query = ''): Promise<Frame> => {
    const link = `${carrel.hubUrl}/ipythonExercice/ml/welcome/0123${query}`
    school.show(`<iframe src="${link}" width="900" height="600"></iframe>`)
    await page.goto(school.origin)
    const frame = page.frames().find((one) => one !== page.mainFrame())
    assert(frame !== undefined)
    return frame
  }
  const hasMemory = async (frame: Frame, bytes: number) => {
    await frame.waitForURL(/\/ml\/notebooks\/welcome\.ipynb/, { timeout: 120_000, waitUntil: 'commit' })
    await notebookReady(frame)
    const files = "'/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'"
    const code = `import os; print('limit', *[open(f).read().strip() for f in (${files}) if os.path.exists(f)])`
    await runCode(frame, code, `limit ${bytes}`)
  }

  it('is what the engine gives, and another choice of a link restarts only by a button', async () => {
    const first = await show()
    await first.getByRole('radio', { name: 'Large' }).check()
    await first.getByRole('button', { name: 'Open my notebook' }).click()
    await hasMemory(first, 2 ** 30)
    const again = await show('?size=small')
    await again.getByText('You ask for Size: Small. Your notebook runs with Size: Large now').waitFor()
    await again.getByText('All files in it are gone for good').waitFor()
    await again.getByRole('button', { name: 'Open it as it is' }).click()
    await hasMemory(again, 2 ** 30)
    const other = await show('?size=small')
    await other.getByRole('button', { name: 'Restart it with Size: Small' }).click()
    await hasMemory(other, 768 * 2 ** 20)
  })
})
