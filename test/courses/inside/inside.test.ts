import assert from 'node:assert/strict'
import { type Course, courseSchema } from '../../../courses/course.ts'
import { insideFiles, withInsideFolder } from '../../../courses/inside/inside.ts'

const content = { git: 'https://git.example.org/a' }

/** Returns what a course has in the two files, in short words. */
function insideOf(said: object): string[] {
  const course: Course = { ...courseSchema.parse({ image: 'a', ...said }), name: 'A', slug: 'a', id: 'a' }
  const read = insideFiles(course).map((file) =>
    'content' in file ? [file.name, JSON.parse(String(file.content))] : [],
  )
  const files = Object.fromEntries(read)
  const overrides = files['labconfig/default_setting_overrides.json'] ?? {}
  const page = files['labconfig/page_config.json'] ?? { disabledExtensions: {} }
  assert.equal(Object.keys(files).length, read.length)
  return [
    ...(overrides['@jupyterlab/docmanager-extension:plugin']?.autosaveInterval === 20 ? ['autosave'] : []),
    ...('@jupyterlab/mainmenu-extension:plugin' in overrides ? ['menus'] : []),
    ...('@jupyterlab/notebook-extension:panel' in overrides ? ['buttons'] : []),
    ...Object.keys(page.disabledExtensions).map((name) => `no ${name}`),
  ]
}

const trimmed = ['autosave', 'menus', 'buttons', 'no @jupyter-notebook/notebook-extension:trusted']
const off = 'no jupyterlab-nbhosting'

describe('what servers have of Carrel inside Jupyter', () => {
  const rows: [what: string, said: object, inside: string[]][] = [
    ['a course without content', {}, []],
    ['one with content', { content }, [...trimmed.slice(0, 3), off, ...trimmed.slice(3)]],
    ['one without the strip', { content, strip: false }, trimmed],
    ['one with all menus', { content: { ...content, trimMenus: false } }, ['autosave', off]],
    ['one with the strip alone', { strip: true }, [off]],
    ['a course of the classic Notebook', { content, program: 'notebook-6' }, []],
    ['a web program', { content, program: { command: ['run', '{port}'], prefix: 'kept' } }, []],
  ]
  for (const [what, said, inside] of rows) it(`is right for ${what}`, () => assert.deepEqual(insideOf(said), inside))

  it('is found behind the settings of the config, whose words count before it', () => {
    assert.equal(
      withInsideFolder({ JUPYTER_CONFIG_PATH: '/srv/carrel/jupyter:/opt' }).JUPYTER_CONFIG_PATH,
      '/srv/carrel/jupyter:/opt:/srv/carrel/inside',
    )
    assert.deepEqual(withInsideFolder({ A: '1' }), { A: '1', JUPYTER_CONFIG_PATH: '/srv/carrel/inside' })
  })
})
