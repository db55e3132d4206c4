import assert from 'node:assert/strict'
import { factsOf } from '../../notebooks/facts.ts'

const of = (path: string, text: string) => factsOf(path, Buffer.from(text))

const myst = (more: string) => `---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
${more}---

# A heading
`
const script = (format: string, more = '') =>
  `# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: ${format}
#       format_version: '1.3'
#   kernelspec:
#     name: python3
${more}# ---

# %%
1 + 1
`

describe('the facts of a notebook', () => {
  it('are those of its header, for md:myst', () => {
    assert.deepEqual(of('w1/a.md', myst('nbhosting:\n  title: Versions de python\n  version: "2.1"\n')), {
      title: 'Versions de python',
      version: '2.1',
      kernel: 'python3',
      format: 'md:myst',
    })
  })

  it('have the path for a title and 0.1 for a version when the notebook says none', () => {
    assert.deepEqual(of('w1/a.b.md', myst('')), {
      title: 'w1/a.b',
      version: '0.1',
      kernel: 'python3',
      format: 'md:myst',
    })
  })

  it('have a version as it is written', () => {
    assert.equal(of('a.md', myst('version: 3.0\n'))?.version, '3.0')
    assert.equal(of('a.md', myst('version: 1_000\n'))?.version, '1_000')
  })

  it('have a title that Jupytext has folded and escaped', () => {
    const more = 'nbhosting:\n  title: "Cha\\xEEnes de caract\\xE8res,\\\n    \\ et plus"\n'
    assert.equal(of('a.md', myst(more))?.title, 'Chaînes de caractères, et plus')
  })

  it('are read of an ipynb, of a script, and of md:markdown', () => {
    const json = { cells: [], metadata: { notebookname: 'Old', kernelspec: { name: 'ir' } }, nbformat: 4 }
    assert.deepEqual(of('a.ipynb', JSON.stringify(json)), {
      title: 'Old',
      version: '0.1',
      kernel: 'ir',
      format: 'ipynb',
    })
    const percent = of('a.py', script('percent', '#   nbhosting:\n#     title: A script\n'))
    assert.deepEqual(percent, { title: 'A script', version: '0.1', kernel: 'python3', format: 'py:percent' })
    assert.equal(of('a.py', script('light'))?.format, 'py:light')
    const markdown = '---\njupyter:\n  kernelspec:\n    name: python3\n  nbhosting:\n    title: T\n---\n\ntext\n'
    assert.deepEqual(of('a.md', markdown), { title: 'T', version: '0.1', kernel: 'python3', format: 'md:markdown' })
  })

  it('find the format that a header does not name', () => {
    const header = '---\nkernelspec:\n  name: python3\n---\n'
    assert.equal(of('a.md', `${header}\n\`\`\`{code-cell}\n1\n\`\`\`\n`)?.format, 'md:myst')
    assert.equal(of('a.md', `${header}\ntext\n`)?.format, 'md:markdown')
    const bare = '# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n\n'
    assert.equal(of('a.py', `${bare}# %%\n1\n`)?.format, 'py:percent')
    assert.equal(of('a.py', `${bare}# +\n1\n`)?.format, 'py:light')
    assert.equal(of('a.py', `${bare}"""\n# %%\n"""\n`)?.format, 'py:light', 'a mark inside a text is none')
    const paired = '# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,scripts//py:percent\n# ---\n\n1\n'
    assert.equal(of('a.py', paired)?.format, 'py:percent')
  })

  const others: Record<string, [string, string]> = {
    'a README': ['README.md', '# Course\n\n```python\n1\n```\n'],
    'a page with other front matter': ['page.md', '---\ntitle: A page\n---\n\ntext\n'],
    'a page that shows how cells are written': ['page.md', 'So:\n\n```{code-cell}\n1\n```\n'],
    'a module': ['modules/m.py', '"""A module."""\nimport os\n'],
    'a module with marks of an editor': ['modules/m.py', 'import os\n# %%\nprint(os.name)\n'],
    'a header that does not end': ['a.md', '---\njupytext:\n  formats: md\n'],
    'a format that we do not read': ['a.py', script('sphinx')],
    'a file of another kind': ['a.txt', myst('')],
    'an empty file': ['a.md', ''],
  }
  for (const [what, [path, text]] of Object.entries(others)) {
    it(`are none for ${what}`, () => assert.equal(of(path, text), undefined))
  }

  it('say n/a where a notebook cannot be read, so that its teacher finds it in lists', () => {
    const broken = { title: 'a', version: 'n/a', kernel: undefined }
    assert.deepEqual(of('a.ipynb', '{"cells": ['), { ...broken, format: 'ipynb' })
    assert.deepEqual(of('a.ipynb', ''), { ...broken, format: 'ipynb' })
    assert.deepEqual(of('a.ipynb', '[]'), { ...broken, format: 'ipynb' })
    assert.deepEqual(of('a.ipynb', '['.repeat(1e6)), { ...broken, format: 'ipynb' })
    assert.deepEqual(of('a.md', '---\njupyter:\n  a: [b\n---\n'), { ...broken, format: 'md:markdown' })
    assert.deepEqual(of('a.md', '---\nkernelspec: &a\n  name: *a\n---\n'), { ...broken, format: 'md:markdown' })
    assert.deepEqual(factsOf('a.ipynb', Buffer.from([0xff, 0xfe])), { ...broken, format: 'ipynb' })
    assert.deepEqual(factsOf('a.ipynb', Buffer.alloc(33 * 2 ** 20, ' ')), { ...broken, format: 'ipynb' })
  })

  it('fit into one line of a page and of a database', () => {
    const title = `a\u0000b\u2028c\ud800${'x'.repeat(500)}`
    const text = JSON.stringify({ cells: [], metadata: { nbhosting: { title, version: { a: 1 } } }, nbformat: 4 })
    const facts = of('a.ipynb', text)
    assert.match(facts?.title ?? '', /^a b c\ufffdx+$/)
    assert.equal(facts?.title.length, 300)
    assert.equal(facts?.version, '0.1')
    assert.equal(of('a.ipynb', '{"metadata": {"__proto__": {"notebookname": "no"}}}')?.title, 'a')
  })
})
