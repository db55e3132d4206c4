import assert from 'node:assert/strict'
import { type Notebook, notebookLimits } from '../../notebooks/notebook.ts'
import { readNotebook } from '../../notebooks/read.ts'
import { headerOf } from './generated.ts'

const read = (path: string, text: string | Uint8Array) => readNotebook(path, Buffer.from(text))

function cellsOf(path: string, text: string): Notebook['cells'] {
  const notebook = read(path, text)
  if ('problem' in notebook) assert.fail(notebook.problem)
  return notebook.cells
}

const plain = (path: string, text: string) => cellsOf(path, text).map(({ kind, source }) => [kind, source])

const ipynb = (cells: unknown, more: object = {}) =>
  JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5, ...more })

describe('readNotebook', () => {
  it('reads an ipynb, whose sources may be lists of lines', () => {
    const picture = { 'a.png': { 'image/png': 'AAAA' } }
    const cells = [
      {
        cell_type: 'markdown',
        id: 'a',
        metadata: {},
        source: ['# A\n', '![](attachment:a.png)'],
        attachments: picture,
      },
      { cell_type: 'code', id: 'b', metadata: {}, source: '1', outputs: [{ output_type: 'x' }], execution_count: 3 },
      { cell_type: 'raw', id: 'c', metadata: {}, source: [], attachments: {} },
    ]
    const [text, code, raw] = cellsOf('a.ipynb', ipynb(cells))
    assert.deepEqual([text?.source, text?.attachments], ['# A\n![](attachment:a.png)', picture])
    assert.deepEqual([code?.kind, code?.json], ['code', cells[1]])
    assert.deepEqual([raw?.source, raw?.attachments], ['', undefined])
  })

  it('reads the four text formats', () => {
    const text = (format: Parameters<typeof headerOf>[0], ...lines: string[]) =>
      [...headerOf(format), ...lines, ''].join('\n')
    const expected = [
      ['markdown', '# A'],
      ['code', '%ls\n1'],
      ['raw', 'r'],
    ]
    const myst = [
      '# A',
      '',
      '```{code-cell} ipython3',
      ':tags: [a]',
      '',
      '%ls',
      '1',
      '```',
      '',
      '```{raw-cell}',
      'r',
      '```',
    ]
    assert.deepEqual(plain('a.md', text('md:myst', ...myst)), expected)
    const markdown = [
      '# A',
      '',
      '```python tags=["a"]',
      '%ls',
      '1',
      '```',
      '',
      '<!-- #raw -->',
      'r',
      '<!-- #endraw -->',
    ]
    assert.deepEqual(plain('a.md', text('md:markdown', ...markdown)), expected)
    const percent = ['# %% [markdown]', '# # A', '', '# %% tags=["a"]', '# %ls', '1', '', '# %% [raw]', '# r']
    assert.deepEqual(plain('a.py', text('py:percent', ...percent)), expected)
    const light = ['# # A', '', '# + tags=["a"]', '# %ls', '1', '# -', '', '# + active=""', '# r']
    assert.deepEqual(plain('a.py', text('py:light', ...light)), expected)
  })

  it('keeps what a text says of a cell', () => {
    const text = [...headerOf('py:percent'), '# %% A title [markdown] tags=["a"]', '# b', ''].join('\n')
    assert.equal(cellsOf('a.py', text)[0]?.options, ' A title [markdown] tags=["a"]')
  })

  const unreadable: Record<string, [string, string | Uint8Array, RegExp]> = {
    'another file': ['a.txt', '', /name/],
    'a README': ['README.md', '# A', /no header/],
    'no JSON': ['a.ipynb', '{', /no JSON/],
    'no object': ['a.ipynb', '[]', /no JSON of a notebook/],
    'an old notebook': ['a.ipynb', ipynb([], { nbformat: 3 }), /old or unknown version/],
    'no cells': ['a.ipynb', ipynb({}), /no list of cells/],
    'an unknown kind': ['a.ipynb', ipynb([{ cell_type: 'heading', source: '' }]), /its cell 1 /],
    'a kind from a prototype': ['a.ipynb', ipynb([{ cell_type: 'constructor', source: '' }]), /its cell 1 /],
    'a source that is none': ['a.ipynb', ipynb([{ cell_type: 'code', source: [1] }]), /its cell 1 /],
    'bytes that are no text': ['a.md', Uint8Array.of(0xff), /UTF-8/],
    'too many cells': [
      'a.ipynb',
      ipynb(Array(10_001).fill({ cell_type: 'code', source: '' })),
      /more than 10000 cells/,
    ],
    'too many bytes': ['a.ipynb', Buffer.alloc(notebookLimits.bytes + 1, 32), /more than 32 MiB/],
  }
  for (const [what, [path, text, problem]] of Object.entries(unreadable)) {
    it(`says what is wrong with ${what}`, () => {
      const notebook = read(path, text)
      assert.ok('problem' in notebook)
      assert.match(notebook.problem, problem)
    })
  }

  it('reads a notebook in which a key is there twice, as Jupyter does: the last one counts', () => {
    const text = '{"nbformat": 4, "cells": [], "cells": [{"cell_type": "raw", "source": "a", "source": "b"}]}'
    assert.deepEqual(plain('a.ipynb', text), [['raw', 'b']])
  })

  it('takes no key for a prototype', () => {
    const text =
      '{"nbformat": 4, "__proto__": {"cells": []}, "cells": [{"__proto__": {"source": "b"}, "cell_type": "raw"}]}'
    assert.deepEqual(plain('a.ipynb', text), [['raw', '']])
  })

  it('takes little time for a header of keys in keys', () => {
    for (const header of ['? '.repeat(2000), `jupytext:\n  a: ${'? '.repeat(2000)}`, '['.repeat(4000)]) {
      const before = process.threadCpuUsage()
      read('a.md', `---\n${header}\n---\n`)
      const { user, system } = process.threadCpuUsage(before)
      assert.ok(user + system < 2_000_000, `${user + system} µs`)
    }
  })
})
