import assert from 'node:assert/strict'
import { loadWithInput } from '../../config/load.ts'
import { hooksSchema } from '../../config/sections/hooks.ts'
import { shownSettings } from '../../config/show.ts'
import { readSource } from '../../config/source.ts'
import { type ConfigFiles, header, makeConfigFiles } from './config-files.ts'

describe('hooks in a config', () => {
  let files: ConfigFiles

  before(async () => {
    files = await makeConfigFiles()
  })
  after(() => files.clear())

  it('are none where the file has none, and have a limit of time', () => {
    assert.deepEqual(hooksSchema.parse({}), { timeoutSeconds: 30 })
  })

  it('have names and functions, and the problems say what was meant', async () => {
    const problems = await files.problemsOf(`${header}export default {
      ...fine,
      hooks: { beforStart: () => undefined, whenReady: 'x', afterStop: { run() {} }, timeoutSeconds: 0 },
    }`)
    assert.deepEqual(
      problems.map((problem) => problem.replace(/, line \d+/, '')),
      [
        'hooks.whenReady: is a function, like async whenReady(ready) { … }',
        'hooks.afterStop: is a function, like async afterStop(stop) { … }',
        'hooks.timeoutSeconds: is too small: must be >0',
        'hooks.beforStart: is not a setting here; did you mean "beforeStart"?',
      ],
    )
  })

  it('are shown as functions, and nothing of what they are made of', async () => {
    const text = `${header}export default defineConfig({ ...fine, hooks: { async afterStop() { return 'of its own' } } })`
    const file = await files.write(text)
    const loaded = await loadWithInput(file)
    const shown = shownSettings({ ...loaded, overridden: {}, source: await readSource(file) })
    assert.deepEqual(
      shown.filter(({ setting }) => setting.startsWith('hooks')),
      [
        { setting: 'hooks.afterStop', value: '(a function)', from: 'file' },
        { setting: 'hooks.timeoutSeconds', value: 30, from: 'default' },
      ],
    )
  })
})
