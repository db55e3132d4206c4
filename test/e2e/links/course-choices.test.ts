import type { Frame } from 'playwright-core'
import { missingChromium } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { dockerMissing } from '../../helpers/engines/docker.ts'
import { requirePart } from '../../helpers/require.ts'
import { type FramedSchool, startFramedSchool } from './framed-school.ts'

describe('what a learner of an LMS chooses in a frame, in containers', function () {
  this.timeout(300_000)
  let school: FramedSchool

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    requirePart(this, 'docker', await dockerMissing())
    this.timeout(300_000)
    school = await startFramedSchool(
      'ml',
      (image) => `
  courses: {
    ml: {
      image: '${image}',
      title: 'Machine learning',
      landing: 'notebook',
      limits: { memory: '768M' },
      choices: { size: [{ name: 'small', title: 'Small' }, { name: 'large', title: 'Large', limits: { memory: '1G' } }] },
    },
  },`,
    )
  })
  after(() => school?.close())

  const show = (query = '') => school.show(`/ipythonExercice/ml/welcome/0123${query}`)
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
