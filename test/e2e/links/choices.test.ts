import assert from 'node:assert/strict'
import type { Frame } from 'playwright-core'
import { missingChromium } from '../../helpers/browsers/browser.ts'
import { notebookReady, runCode, save } from '../../helpers/browsers/notebook.ts'
import { dockerMissing } from '../../helpers/engines/docker.ts'
import { requirePart } from '../../helpers/require.ts'
import { type FramedSchool, startFramedSchool } from './framed-school.ts'

describe('links that need a choice, in a frame, with servers whose files go when they stop', function () {
  this.timeout(300_000)
  let school: FramedSchool

  before(async function () {
    requirePart(this, 'chromium', missingChromium())
    requirePart(this, 'docker', await dockerMissing())
    this.timeout(300_000)
    school = await startFramedSchool(
      'plain',
      (image) => `
  courses: Object.fromEntries(['demo', 'plain'].map((name) => [
    name,
    { image: '${image}', landing: 'notebook', limits: { memory: '1G' }, title: name === 'demo' ? 'Demo course' : 'Plain course' },
  ])),
  limits: { serversPerUser: 1 },`,
    )
  })
  after(() => school?.close())

  /** Waits for the notebook that a frame is on its way to by `link`. */
  async function opened(frame: Frame, link: string): Promise<Frame> {
    const [, course] = link.split('/').slice(1)
    await frame.waitForURL(new RegExp(`/${course}/notebooks/welcome\\.ipynb`), {
      timeout: 120_000,
      waitUntil: 'commit',
    })
    await notebookReady(frame)
    return frame
  }
  /** Presses a button as a person does, who reads first: a new button cannot be pressed at once. */
  const press = (frame: Frame, name: string | RegExp) => frame.getByRole('button', { name }).click()

  it('keep what the learner has written, or start over for a fresh copy, as the learner chooses', async () => {
    const mine = (frame: Frame) => frame.locator('.jp-OutputArea-output', { hasText: 'mine 42' }).count()
    const link = '/ipythonExercice/plain/welcome.ipynb/abc'
    let frame = await opened(await school.show(link), link)
    await runCode(frame, 'print("mine", 6 * 7)', 'mine 42')
    await save(frame)

    for (const [button, kept, run] of [
      ['Keep my files and open them', 1, 1],
      ['Delete everything and start over', 0, 2],
    ] as const) {
      frame = await school.show('/notebookLazyCopy/plain/welcome.ipynb/abc?forcecopy=true')
      await frame.getByText('everything that you have written in Plain course is deleted').waitFor()
      await press(frame, button)
      frame = await opened(frame, link)
      assert.equal(await mine(frame), kept, button)
      assert.deepEqual(await school.carrel.query('select run from servers'), [{ run }], button)
    }
  })

  it('open another course once the visitor has stopped one', async () => {
    await school.browser.context.clearCookies()
    await opened(await school.show('/launch/demo/welcome.ipynb'), '/launch/demo/welcome.ipynb')
    const frame = await school.show('/launch/plain/welcome.ipynb')
    await frame.getByText('You have 1 notebook open, which is the most at once').waitFor()
    await frame.getByText('all files in it are deleted').waitFor()
    await press(frame, /^Stop/)
    await opened(frame, '/launch/plain/welcome.ipynb')
  })
})
