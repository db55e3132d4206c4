import assert from 'node:assert/strict'
import type { Brought } from '../../../courses/content/brought.ts'
import { withBrought } from '../../../courses/content/opens.ts'
import { type Course, courseSchema } from '../../../courses/course.ts'
import { hasStrip } from '../../../courses/strip.ts'

const course = (said: Record<string, unknown> = {}): Course => ({
  ...courseSchema.parse({ image: 'stats', ...said }),
  ...{ name: 'Demo', slug: 'demo', id: 'demo' },
})

const brought = (more: Partial<Brought>): Brought => ({
  ...{
    commit: 'c',
    at: 0,
    subject: '',
    notebookAt: undefined,
    course: {},
    tracks: [],
    staticMappings: [],
    folders: [],
    bundles: [],
  },
  ...more,
})

const own = {
  ...{ title: 'A', contact: 'B', start: 'a.ipynb', landing: 'notebook' as const, linkable: ['voila'] },
  startTimeoutSeconds: 100,
}

describe('a course with what its repository says', () => {
  it('has the settings of the repository where its definition leaves them out', () => {
    const { title, contact, start, landing, linkable, startTimeoutSeconds } = withBrought(
      course(),
      brought({ course: own }),
    )
    assert.deepEqual({ title, contact, start, landing, linkable, startTimeoutSeconds }, own)
  })

  it('has those of its definition where that says some', () => {
    const said = {
      ...{ title: 'X', contact: 'Y', start: '/lab', landing: 'notebook', linkable: ['lab'] },
      startTimeoutSeconds: 9,
    }
    const repository = brought({ course: { ...own, landing: 'lab', fileAt: '/voila/render/{file}' } })
    const { title, contact, start, landing, linkable, startTimeoutSeconds, fileAt } = withBrought(
      course(said),
      repository,
    )
    assert.deepEqual({ title, contact, start, landing, linkable, startTimeoutSeconds }, said)
    assert.equal(fileAt, undefined)
  })

  it('has those of its definition also where that says the usual ones', () => {
    const said = { landing: 'lab', startTimeoutSeconds: 300 }
    const repository = { ...own, fileAt: '/voila/render/{file}' }
    for (const notebookAt of [undefined, 'notebooks/{notebook}', 'edit/{notebook}']) {
      const found = withBrought(course(said), brought({ course: repository, notebookAt }))
      const { landing, startTimeoutSeconds, fileAt } = found
      assert.deepEqual({ landing, startTimeoutSeconds, fileAt }, { ...said, fileAt: undefined }, notebookAt)
    }
  })

  it('has a strip as the repository says, unless the definition says so itself', () => {
    const content = { git: 'https://git.example.org/a' }
    const repository = brought({ course: { strip: true } })
    assert.equal(withBrought(course(), repository).strip, true)
    assert.equal(withBrought(course({ strip: false }), repository).strip, false)
    assert.deepEqual(
      [{}, { content }, { content, strip: false }, { strip: true }].map((one) => hasStrip(course(one))),
      [false, true, false, true],
    )
  })

  it('has trimmed menus as the repository says, unless the definition says so itself', () => {
    const content = { git: 'https://git.example.org/a' }
    const trimmed = (said: object) =>
      withBrought(course({ content: { ...content, ...said } }), brought({ course: { trimMenus: false } })).content
        ?.trimMenus
    assert.deepEqual([trimmed({}), trimmed({ trimMenus: true })], [false, true])
  })

  it('changes nothing else of the course', () => {
    const before = course({ env: { A: '1' }, limits: { memory: '1G' } })
    assert.deepEqual(withBrought(before, brought({})), {
      ...before,
      ...{ title: undefined, contact: undefined, start: undefined, linkable: undefined, fileAt: undefined },
      ...{ landing: undefined, startTimeoutSeconds: undefined, strip: undefined },
      brought: brought({}),
    })
  })

  it('opens the first notebook of its first track where nothing else is said', () => {
    const content = { git: 'https://git.example.org/a' }
    const sections = [{ name: 's', notebooks: ['w1/a.md', 'w1/b.md'] }]
    const tracks = [{ id: 'a', name: 'A', description: '', sections }]
    assert.equal(withBrought(course({ content }), brought({ tracks })).start, 'w1/a.md')
    assert.equal(withBrought(course({ content, start: 'x.md' }), brought({ tracks })).start, 'x.md')
    assert.equal(withBrought(course({ content }), brought({ tracks, course: own })).start, 'a.ipynb')
  })

  const places: [
    format: string,
    said: Record<string, unknown>,
    landing: string | undefined,
    fileAt: string | undefined,
  ][] = [
    ['notebooks/{notebook}', {}, 'notebook', undefined],
    ['lab/tree/{notebook}', {}, 'lab', undefined],
    ['edit/{notebook}?factory=Jupytext%20Notebook', {}, undefined, '/edit/{file}?factory=Jupytext%20Notebook'],
    ['notebooks/{notebook}', { fileAt: '/voila/render/{file}' }, undefined, '/voila/render/{file}'],
    ['lab/tree/{notebook}', { landing: 'notebook' }, 'notebook', undefined],
  ]
  for (const [format, said, landing, fileAt] of places) {
    it(`opens notebooks by ${format}${Object.keys(said).length > 0 ? ', unless its definition says where' : ''}`, () => {
      const found = withBrought(course(said), brought({ notebookAt: format }))
      assert.deepEqual([found.landing, found.fileAt], [landing, fileAt])
    })
  }

  it('opens notebooks where the layer of its definition says, also where `carrel.yaml` says another place', () => {
    const over = brought({ notebookAt: 'notebooks/{notebook}', course: { fileAt: '/voila/render/{file}' } })
    const found = withBrought(course(), over)
    assert.deepEqual([found.landing, found.fileAt], ['notebook', undefined])
  })

  it('leaves an app, and a program that is not Jupyter, where they open', () => {
    const all = brought({ notebookAt: 'tree/{notebook}', course: { start: 'a.ipynb' } })
    const app = withBrought({ ...course(), app: 'voila' }, all)
    assert.deepEqual([app.fileAt, app.start], [undefined, undefined])
    const program = { command: ['streamlit', 'run', '{start}', '{port}'], listens: 'port', readyPath: '/' }
    const web = withBrought({ ...course(), program: program as unknown as Course['program'] }, all)
    assert.equal(web.fileAt, undefined)
  })
})
