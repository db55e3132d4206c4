import assert from 'node:assert/strict'
import { type Course, courseSchema } from '../../../courses/course.ts'
import { fileIn, filesOf, insideFor, notebookPage } from '../../../hub/launch/files.ts'
import { parseEntry } from '../../../hub/launch/parse.ts'

const course: Course = {
  ...courseSchema.parse({ image: '', start: 'start.md' }),
  name: 'demo',
  slug: 'demo',
  id: 'demo',
}

describe('the files that a link may mean', () => {
  const cases: [link: string, files: string[][] | undefined][] = [
    // An LMS's links, in nbhosting's order.
    ['/ipythonExercice/demo/a/ann', [['a.py', 'a.ipynb', 'a.md', 'a']]],
    ['/ipythonExercice/demo/a.ipynb/ann', [['a.py', 'a.ipynb', 'a.md', 'a']]],
    ['/ipythonExercice/demo/a.ipynb.ipynb/ann', [['a.py', 'a.ipynb', 'a.md', 'a']]],
    ['/ipythonExercice/demo/a.md/ann', [['a.md']]],
    ['/ipythonExercice/demo/a.md.ipynb/ann', [['a.md']]],
    ['/ipythonExercice/demo/a.py/ann', [['a.py', 'a.ipynb']]],
    ['/ipythonExercice/demo/a.py.ipynb/ann', [['a.py', 'a.ipynb']]],
    [
      '/notebookLazyCopy/demo/week%201/v1.2%20intro/ann',
      [['week 1/v1.2 intro.py', 'week 1/v1.2 intro.ipynb', 'week 1/v1.2 intro.md', 'week 1/v1.2 intro']],
    ],
    // All other links name a file, and mean another one only where that one is not there.
    ['/launch/demo/a.ipynb', [['a.ipynb'], ['a.py', 'a.md', 'a']]],
    ['/launch/demo/a.ipynb.ipynb', [['a.ipynb.ipynb'], ['a.py', 'a.ipynb', 'a.md', 'a']]],
    ['/tmplogin?course=demo&notebook=x/a', [['x/a'], ['x/a.py', 'x/a.ipynb', 'x/a.md']]],
    ['/launch/demo/a.md', [['a.md']]],
    ['/launch/demo/a.py', [['a.py'], ['a.ipynb']]],
    ['/launch/demo', [['start.md']]],
    // Paths that name a drive of JupyterLab's, and whole paths inside a server.
    ['/launch/demo/RTC:a.ipynb', undefined],
    ['/hub/open?to=/user/ann/demo/lab/tree/a.ipynb', undefined],
  ]
  for (const [link, files] of cases) {
    it(`are right for ${link}`, () => assert.deepEqual(filesOf(course, parseEntry(link)), files))
  }

  it('are none for a link to a course without a first page', () => {
    assert.equal(filesOf({ ...course, start: undefined }, parseEntry('/launch/demo')), undefined)
  })
})

describe('the file that a path inside a server opens', () => {
  const cases: [inside: string, file: string | undefined][] = [
    ['lab/tree/week%201/a.ipynb', 'week 1/a.ipynb'],
    ['lab/workspaces/x1/tree/a.ipynb?reset', 'a.ipynb'],
    ['notebooks/a.md?factory=Notebook', 'a.md'],
    ['edit/a.py', 'a.py'],
    ['tree/data/', 'data'],
    ['lab', undefined],
    ['lab/workspaces/x1', undefined],
    ['tree', undefined],
    ['lab/tree/RTC:a.ipynb', undefined],
    ['lab/tree/%ff', undefined],
    ['proxy/8080/tree/a', undefined],
    ['files/a.html', undefined],
  ]
  for (const [inside, file] of cases) {
    it(`is right for ${inside}`, () => assert.equal(fileIn(inside), file))
  }
})

describe('the path inside a server for a file', () => {
  it('stays in the front end and in the workspace', () => {
    const lab = 'lab/workspaces/x1/tree/a.ipynb'
    assert.equal(
      insideFor(lab, { path: 'week 1/b.ipynb', type: 'notebook' }),
      'lab/workspaces/x1/tree/week%201/b.ipynb',
    )
    assert.equal(insideFor(lab, { path: 'data', type: 'directory' }), 'lab/workspaces/x1/tree/data')
    assert.equal(insideFor(lab, { path: '', type: 'directory' }), 'lab/workspaces/x1')
    assert.equal(insideFor('lab/tree/a', { path: 'b', type: 'file' }), 'lab/tree/b')
    const plain = 'notebooks/a.ipynb'
    assert.equal(insideFor(plain, { path: 'b.ipynb', type: 'notebook' }), 'notebooks/b.ipynb')
    assert.equal(insideFor(plain, { path: 'b c.md', type: 'notebook' }), 'notebooks/b%20c.md?factory=Notebook')
    assert.equal(insideFor(plain, { path: 'b.md', type: 'file' }), 'edit/b.md')
    assert.equal(insideFor(plain, { path: 'data', type: 'directory' }), 'tree/data')
    assert.equal(insideFor(plain, { path: '', type: 'directory' }), 'tree')
  })

  it('says to Notebook that a text is a notebook', () => {
    assert.equal(notebookPage({ path: 'x/a.py', type: 'notebook' }), 'notebooks/x/a.py?factory=Notebook')
    assert.equal(notebookPage({ path: 'x/a.ipynb', type: 'notebook' }), 'notebooks/x/a.ipynb')
  })
})
