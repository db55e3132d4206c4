import assert from 'node:assert/strict'
import { notebookFormat, placeOfNotebook } from '../../../../courses/content/nbhosting/notebook-at.ts'

describe('the place of a notebook', () => {
  const places: [format: string, path: string, place: string][] = [
    ['notebooks/{notebook}', 'w1/w1-s1.md', 'notebooks/w1/w1-s1.md'],
    ['/notebooks/{notebook}', 'a.ipynb', 'notebooks/a.ipynb'],
    ['lab/tree/{notebook}', 'week 1/été?.ipynb', 'lab/tree/week%201/%C3%A9t%C3%A9%3F.ipynb'],
    ['edit/{notebook}?factory=Jupytext%20Notebook', 'a/b.md', 'edit/a/b.md?factory=Jupytext%20Notebook'],
    ['edit/{notebook}?factory=Jupytext Notebook', 'a/b.md', 'edit/a/b.md?factory=Jupytext%20Notebook'],
    ['voila/render/{notebook}', 'a#1.ipynb', 'voila/render/a%231.ipynb'],
    ['retro?path={notebook}&x=1', 'a/b&c.ipynb', 'retro?path=a%2Fb%26c.ipynb&x=1'],
  ]
  for (const [format, path, place] of places) {
    it(`is ${place} by ${format}`, () => {
      assert.equal(placeOfNotebook(format, path), place)
      assert.equal(placeOfNotebook(notebookFormat.parse(format), path), place)
    })
  }

  const elsewhere = [
    'https://evil.example.org/{notebook}',
    '//evil.example.org/{notebook}',
    '///{notebook}',
    '\\\\evil/{notebook}',
    '../{notebook}',
    'lab/../../{notebook}',
    'lab/%2e%2e/{notebook}',
    'lab/%2E%2E%2f%2e%2e/{notebook}',
    '{notebook}',
    '{notebook}/x',
    'x{notebook}',
    '?{notebook}',
    'lab/tree/x',
    'lab/{notebook}/{notebook}',
    'lab/{notebook}/{0}',
    'lab/{notebook}#x',
    'lab/%/{notebook}',
    '_carrel/seated/{notebook}',
    '%5fcarrel/{notebook}',
    'hub/logout?{notebook}',
    'logout?x={notebook}',
    'api/contents/{notebook}',
    'files/{notebook}',
    'user/ann/{notebook}',
    'terminals/{notebook}',
    'git-pull?repo={notebook}',
    'proxy/8080/{notebook}',
    `lab/${'x'.repeat(1000)}/{notebook}`,
    'lab/\ud800/{notebook}',
  ]
  for (const format of elsewhere) {
    it(`is none by ${JSON.stringify(format).slice(0, 60)}, which leads elsewhere`, () => {
      assert.equal(placeOfNotebook(format, 'a.ipynb'), undefined)
      assert.equal(notebookFormat.safeParse(format).success, false)
    })
  }

  it('is none for a path that leads out of the folder', () => {
    for (const path of ['', '/a', 'a//b', '../a', 'a/./b', 'a\\b', 'a\nb', 'a\ud800'])
      assert.equal(placeOfNotebook('lab/tree/{notebook}', path), undefined, path)
  })
})
