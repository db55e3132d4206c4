import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Frame } from 'playwright-core'
import { missingChromium } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode } from '../../helpers/browsers/notebook.ts'
import { dockerMissing } from '../../helpers/engines/docker.ts'
import { requirePart } from '../../helpers/require.ts'
import { type FramedSchool, startFramedSchool } from './framed-school.ts'

describe('what a learner of an LMS hands in on a form in a frame, in containers', function () {
  this.timeout(300_000)
  let school: FramedSchool
  let folder = ''

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    requirePart(this, 'docker', await dockerMissing())
    this.timeout(300_000)
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    school = await startFramedSchool(
      'ml',
      (image) => `
  courses: {
    ml: {
      image: '${image}',
      title: 'Machine learning',
      landing: 'notebook',
      limits: { memory: '768M' },
      questions: {
        topic: { kind: 'text', title: 'Topic', env: 'TOPIC', required: true, pattern: '[a-z]+( \\\\(.*\\\\))?' },
        dataset: { kind: 'file', title: 'Data set', path: '/srv/data', env: 'DATASET', accept: ['.csv'], required: true },
      },
    },
  },`,
    )
  })
  after(async () => {
    await school?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  const shows = async (frame: Frame, text: string) => {
    await frame.waitForURL(/\/ml\/notebooks\/welcome\.ipynb/, { timeout: 120_000, waitUntil: 'commit' })
    await notebookReady(frame)
    const code = `import os; p = os.environ['DATASET']; print('got', os.environ['TOPIC'], p, open(p).read().strip(), os.access(p, os.W_OK))`
    await runCode(frame, code, text)
  }

  /** Opens the form as a browser shows it that checks nothing itself. */
  const opened = async () => {
    const frame = await school.show('/ipythonExercice/ml/welcome/0123')
    await frame.getByLabel('Topic').fill('weather ($(id))')
    await frame.locator('form').evaluate((form: HTMLFormElement) => {
      form.noValidate = true
    })
    return frame
  }

  it('is in the notebook, is kept while something else is mended, and can be replaced', async () => {
    const huge = await opened()
    await huge.getByLabel('Data set').setInputFiles(await file('huge.csv', 'x'.repeat(12_000_000)))
    await huge.getByRole('button', { name: 'Open my notebook' }).click()
    await huge.getByText('These files are too large: 10 MB is the most').waitFor()

    const first = await opened()
    await first.getByLabel('Data set').setInputFiles(await file('my sales.csv', 'a,b\n'))
    await first.getByLabel('Topic').fill('WEATHER')
    await first.getByRole('button', { name: 'Open my notebook' }).click()
    await first.getByRole('alert').getByText('does not have the form that is asked for').waitFor()
    await first.getByText('my_sales.csv (4 bytes) is kept.').waitFor()
    await first.getByLabel('Topic').fill('weather ($(id))')
    await first.getByRole('button', { name: 'Open my notebook' }).click()
    await shows(first, 'got weather ($(id)) /srv/data/my_sales.csv a,b False')

    const again = await school.show('/hub/choice?link=%2FipythonExercice%2Fml%2Fwelcome%2F0123&change=1')
    await again.getByText('my_sales.csv (4 bytes) is kept.').waitFor()
    await again.getByLabel('Data set').setInputFiles(await file('new.csv', 'c'.padEnd(900_000)))
    await again.getByRole('button', { name: 'Open my notebook' }).click()
    await again
      .getByText('You ask for Data set: new.csv (878.9 kB). Your notebook runs with Data set: my_sales.csv')
      .waitFor()
    await again.getByRole('button', { name: 'Restart it with Data set: new.csv' }).click()
    await shows(again, 'got weather ($(id)) /srv/data/new.csv c False')
  })
})
