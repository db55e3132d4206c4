import assert from 'node:assert/strict'
import { globProblem, matchGlob } from '../../../../courses/content/nbhosting/glob.ts'
import { notebookIndex } from '../../../../courses/content/nbhosting/notebook-index.ts'

const paths = [
  'intro.ipynb',
  'week1/a.md',
  'week1/b.py',
  'week1/b1.md',
  'week1/extra/c.md',
  'week1-more/d.md',
  '.drafts/e.md',
  'week2/[x].md',
  'week2/x.md',
  'week2/é.md',
]
const index = notebookIndex(paths.map((path) => ({ path })))
const found = (pattern: string) => matchGlob(pattern, index, { left: 1_000_000 })

describe('a pattern of notebooks', () => {
  /** What Python's pathlib finds, files only. */
  const table: [pattern: string, found: string[]][] = [
    ['week1/a.md', ['week1/a.md']],
    ['./week1//a.md', ['week1/a.md']],
    ['week1/*.md', ['week1/a.md', 'week1/b1.md']],
    [
      '*/*.md',
      ['.drafts/e.md', 'week1/a.md', 'week1/b1.md', 'week1-more/d.md', 'week2/[x].md', 'week2/x.md', 'week2/é.md'],
    ],
    ['week?/b*', ['week1/b.py', 'week1/b1.md']],
    ['**/[cd].md', ['week1/extra/c.md', 'week1-more/d.md']],
    ['**/*.ipynb', ['intro.ipynb']],
    ['week1/**', ['week1/a.md', 'week1/b.py', 'week1/b1.md', 'week1/extra/c.md']],
    ['week1/**/c.md', ['week1/extra/c.md']],
    ['week2/[!a-z].md', ['week2/é.md']],
    ['week2/?.md', ['week2/x.md', 'week2/é.md']],
    ['week2/[[]x].md', ['week2/[x].md']],
    ['week2/[]x].md', ['week2/x.md']],
    ['WEEK1/*.md', []],
  ]
  for (const [pattern, expected] of table) {
    it(`${pattern} finds what nbhosting finds, in its order`, () => {
      assert.deepEqual(found(pattern), expected)
    })
  }

  it('that finds nothing is tried without an ending', () => {
    assert.deepEqual(found('week1/b'), ['week1/b.py'])
    assert.deepEqual(found('intro'), ['intro.ipynb'])
    assert.deepEqual(found('week1/[ab]'), ['week1/a.md', 'week1/b.py'])
    assert.deepEqual(found('week1'), [])
  })

  it('has a bracket without an end for a letter', () => {
    assert.deepEqual(matchGlob('a[b', notebookIndex([{ path: 'a[b' }]), { left: 1000 }), ['a[b'])
  })

  const refused: [pattern: string, why: RegExp][] = [
    ['/etc/*', /begins with a slash/],
    ['../other/*.md', /leads out of the repository/],
    ['week1/../../x', /leads out of the repository/],
    ['', /names nothing/],
    ['./', /names nothing/],
    ['a\u0000b', /a character that no file has/],
    ['a\ud800b', /a character that no file has/],
  ]
  for (const [pattern, why] of refused) {
    it(`${JSON.stringify(pattern)} is refused with the reason`, () => {
      assert.match(globProblem(pattern) ?? 'is taken', why)
    })
  }

  it('that is sound is taken', () => {
    for (const pattern of ['week1/*.md', 'a..b/c', '...', '**', 'w[0-9]/x y.md'])
      assert.equal(globProblem(pattern), undefined, pattern)
  })
})

describe('the notebooks of a commit', () => {
  it('stand in the order of their folders, once each, without the copies of Jupyter', () => {
    const notebooks = ['b/x.md', 'a-b.md', 'a/z.md', 'a/.ipynb_checkpoints/z.md', 'a/z.md', 'a']
    assert.deepEqual(notebookIndex(notebooks.map((path) => ({ path }))).paths, ['a', 'a/z.md', 'a-b.md', 'b/x.md'])
  })
})
