import assert from 'node:assert/strict'
import { nbhostingSchema } from '../../../../courses/content/nbhosting/nbhosting-file.ts'
import { readRepository, repositoryFiles } from '../../../../courses/content/repository/read-repository.ts'
import { refusals } from '../../../../courses/content/repository/refusals.ts'
import { courseSchema } from '../../../../courses/course.ts'

const [hidden = '', plain = '', own = ''] = repositoryFiles

const read = (files: Record<string, string>, over?: unknown) =>
  readRepository(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    over === undefined ? undefined : nbhostingSchema.parse(over),
  )
const track = (id: string) => ({ id, name: id, description: '', sections: [{ name: 's', notebooks: ['x'] }] })
const asYaml = (value: unknown) => JSON.stringify(value)

describe('what a repository says about its course', () => {
  it('is nothing where it has no file for it, but for the mappings that nbhosting promises', () => {
    assert.deepEqual(read({ 'README.md': 'tracks: []' }), {
      notebookAt: undefined,
      tracks: [],
      staticMappings: [
        { link: 'media', to: 'media' },
        { link: 'data', to: 'data' },
      ],
      course: {},
      problems: [],
    })
  })

  it('comes from the layers of nbhosting, with that of the definition over them', () => {
    const { tracks, notebookAt, staticMappings, problems } = read(
      {
        [plain]: asYaml({ tracks: [track('plain')], general: { 'notebook-url-format': 'tree/{notebook}' } }),
        [hidden]: asYaml({ tracks: [track('hidden')], 'static-mappings': [{ source: 'd', destination: 'data' }] }),
      },
      { tracks: [track('mine')], 'tracks-filter': ['mine', 'hidden'] },
    )
    assert.deepEqual(
      tracks.map(({ id, file }) => [id, file]),
      [
        ['hidden', '.nbhosting/nbhosting.yaml'],
        ['mine', 'content.nbhosting'],
      ],
    )
    assert.deepEqual([notebookAt, staticMappings], ['tree/{notebook}', [{ link: 'd', to: 'data', file: hidden }]])
    assert.deepEqual(problems, [])
  })

  it('has notebooks open where nbhosting opens them, unless carrel.yaml says where', () => {
    assert.equal(read({ [hidden]: '' }).notebookAt, 'notebooks/{notebook}')
    assert.equal(read({ [hidden]: '', [own]: 'landing: lab\n' }).notebookAt, undefined)
    const format = { general: { 'notebook-url-format': 'tree/{notebook}' } }
    assert.equal(read({ [hidden]: asYaml(format), [own]: 'fileAt: /voila/render/{file}\n' }).notebookAt, undefined)
    assert.equal(read({ [own]: 'landing: lab\n' }, format).notebookAt, 'tree/{notebook}')
  })

  it('loses no other file where one cannot be read', () => {
    const { tracks, course, problems } = read({
      [hidden]: 'tracks: [',
      [plain]: asYaml({ tracks: [track('plain')] }),
      [own]: 'title: A\n',
    })
    assert.deepEqual([tracks.map(({ id }) => id), course], [['plain'], { title: 'A' }])
    assert.deepEqual(
      problems.map(({ file, line }) => [file, line]),
      [[hidden, 1]],
    )
    const other = read({ [hidden]: asYaml({ tracks: [track('hidden')] }), [own]: 'title: [' })
    assert.deepEqual([other.tracks.length, other.course, other.problems[0]?.file], [1, {}, own])
  })
})

describe('carrel.yaml', () => {
  it('says what a repository may decide', () => {
    const text = `
title: Statistics 1
contact: Prof. Martin, martin@example.org
start: week1/intro.ipynb
landing: notebook
linkable: [lab, voila]
strip: false
trimMenus: false
readOnlyText: true
startTimeoutSeconds: 120
tracks:
- id: weeks
  sections:
  - name: Week 1
    notebooks: [week1/*.md]
staticMappings:
- { link: data, to: shared/data }
`
    const { course, tracks, staticMappings, problems } = read({ [own]: text })
    assert.deepEqual(problems, [])
    assert.deepEqual(course, {
      ...{ title: 'Statistics 1', contact: 'Prof. Martin, martin@example.org', start: 'week1/intro.ipynb' },
      ...{ landing: 'notebook', linkable: ['lab', 'voila'], strip: false, trimMenus: false, readOnlyText: true },
      startTimeoutSeconds: 120,
    })
    assert.deepEqual(tracks, [
      {
        ...{ id: 'weeks', name: 'weeks', description: '', file: own },
        sections: [{ name: 'Week 1', notebooks: ['week1/*.md'] }],
      },
    ])
    assert.deepEqual(staticMappings, [{ link: 'data', to: 'shared/data', file: own }])
  })

  it('stands in the place of nbhosting’s files for what it says, and below the definition', () => {
    const both = {
      [hidden]: asYaml({
        tracks: [track('hidden')],
        'tracks-filter': ['hidden'],
        'static-mappings': [{ source: 'd', destination: 'data' }],
      }),
      [own]: asYaml({ tracks: [track('own')] }),
    }
    const { tracks, staticMappings } = read(both, { tracks: [track('mine')] })
    assert.deepEqual(
      tracks.map(({ id }) => id),
      ['own', 'mine'],
    )
    assert.deepEqual(staticMappings, [{ link: 'd', to: 'data', file: hidden }])
  })

  it('has every setting of a course allowed or refused, and what is refused is told with its place, a reason and what to do', () => {
    const allowed = ['title', 'contact', 'start', 'landing', 'fileAt', 'linkable', 'strip', 'startTimeoutSeconds']
    assert.deepEqual([...allowed, ...Object.keys(refusals)].sort(), Object.keys(courseSchema.shape).sort())
    for (const key of Object.keys(refusals)) {
      const { course, problems } = read({ [own]: `title: A\n${key}: {}\n` })
      assert.deepEqual(course, { title: 'A' })
      assert.equal(problems.length, 1, key)
      const [{ message, ...at } = { message: '' }] = problems
      assert.deepEqual(at, { file: own, line: 2, column: 1, kind: 'problem' })
      assert.match(message, new RegExp(`^\`${key}\` .*, since .*: take it out`))
    }
  })

  it('is read strictly: what is wrong or unknown is told, and the rest counts', () => {
    const { course, problems } = read({
      [own]: 'titel: A\nstart: ../x\nlandng: lab\nlanding: classic\nstartTimeoutSeconds: 3000\ncontact: B\n',
    })
    assert.deepEqual(course, { contact: 'B' })
    assert.deepEqual(problems.map(({ line }) => line).sort(), [1, 2, 3, 4, 5])
    const [spelling] = problems.filter(({ line }) => line === 1)
    assert.equal(spelling?.message, '`titel` is not a setting here; did you mean "title"?')
  })

  it('is told of a track without an id, which nothing could name', () => {
    const { tracks, problems } = read({ [own]: 'tracks: [{ name: A, sections: [] }]\n' })
    assert.deepEqual(tracks, [])
    assert.equal(problems[0]?.line, 1)
  })
})
