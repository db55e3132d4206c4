import assert from 'node:assert/strict'
import type { Notebook } from '../../../notebooks/notebook.ts'
import { readNotebook } from '../../../notebooks/read.ts'
import { documentPolicy, notebookDocument } from '../../../notebooks/render/document.ts'
import { renderLimits } from '../../../notebooks/render/limits.ts'
import { pathFrom, renderNotebook } from '../../../notebooks/render/render.ts'

const point = 'iVBORw0KGgo='

function read(path: string, text: string): Notebook {
  const notebook = readNotebook(path, Buffer.from(text))
  if ('problem' in notebook) throw new Error(notebook.problem)
  return notebook
}

function ipynb(...cells: object[]): Notebook {
  return read('a.ipynb', JSON.stringify({ nbformat: 4, metadata: { kernelspec: { name: 'python3' } }, cells }))
}

const text = (source: string, more: object = {}) => ({ cell_type: 'markdown', source, metadata: {}, ...more })
const code = (source: string, outputs: object[] = [], metadata: object = {}) => ({
  cell_type: 'code',
  source,
  outputs,
  metadata,
})
const result = (data: object, metadata = {}) => ({ output_type: 'execute_result', data, metadata })
const show = (notebook: Notebook, path = 'a.ipynb') => renderNotebook({ path, notebook, picture: () => undefined }).html

describe('a notebook to read', () => {
  const markdown: [about: string, source: string, shown: RegExp | string][] = [
    ['a heading that links name', '# Week 1', '<h1 id="n-Week-1">Week 1</h1>'],
    ['a link to a heading', '[up](#Week-1)', '<a href="#n-Week-1">up</a>'],
    [
      'a link to another site',
      '[x](https://example.org/a)',
      /<a href="https:\/\/example\.org\/a" target="_blank" rel="noopener noreferrer nofollow">x<\/a>/,
    ],
    ['a link to a file of the course, which only the server has', '[x](other.ipynb)', '<p><a>x</a></p>'],
    ['a table', '|a|b|\n|-|-:|\n|1|2|', '<td align="right">2</td>'],
    ['a formula in a line', 'so $a^2$ it is', /so <math><semantics><mrow><msup><mi>a<\/mi><mn>2<\/mn><\/msup>/],
    ['a formula with marks of emphasis in it', '$a_1 * b_2 * c_1$', /<msub>/],
    ['prices, which are no formula', 'from $5 to $6', '<p>from $5 to $6</p>'],
    ['a formula between lines', '$$\n\\frac{1}{2}\n$$', /<span class="math"><math display="block">.*<mfrac>/],
    ['an environment without marks', '\\begin{align}\na &= b\n\\end{align}', /<mtable/],
    ['a formula in a fence of MyST', '```{math}\nx^2\n```', /<math display="block">/],
    ['a formula in a role of MyST', '{math}`x^2`', /<msup>/],
    ['a formula that cannot be read, as it was written', '$\\wrong{x}$', '<code class="formula">\\wrong{x}</code>'],
    ['code with a language', '```python\ndef f(): pass\n```', /<span class="hljs-keyword">def<\/span>/],
    ['code of an unknown language', '```nothing\na < b\n```', /a &#60; b/],
    [
      'a note',
      '```{note}\nBe *kind*\n```',
      /<div class="admonition note"><p class="admonition-title">Note<\/p><p>Be <em>kind<\/em><\/p>/,
    ],
    ['a note between colons', ':::{warning}\nHot\n:::', /<div class="admonition warning">/],
    [
      'an admonition with a title',
      '```{admonition} Read $x$\n:class: tip\nb\n```',
      /admonition tip"><p class="admonition-title">Read <math>/,
    ],
    [
      'a directive that is not known',
      '```{exotic} About\nText\n```',
      /<p class="admonition-title">About<\/p><p>Text<\/p>/,
    ],
    ['notes in one another without end', `${'````{note}\n'.repeat(40)}x`, /admonition note/],
    ['a role that names a place', '{ref}`the place <there>`', '<em>the place</em>'],
    [
      'a box of classes that courses use',
      '<div class="alert alert-info other">x</div>',
      '<div class="alert alert-info">x</div>',
    ],
    [
      'a picture of another site',
      '![a cat](https://example.org/cat.png)',
      /^(?!.*<img).*<a href="https:\/\/example\.org\/cat\.png"[^>]*>a cat<\/a> \(on another site\)/s,
    ],
    [
      'a picture that is not there',
      '![a cat](cat.png)',
      'Not shown here: the picture “a cat”. You see it once your notebook is open.',
    ],
    ['a film', '<video src="a.mp4"></video>', 'Not shown here: a video that you see once your notebook is open.'],
    ['a text of other languages', '<p dir="rtl" lang="he">שלום</p>', '<p lang="he" dir="rtl">שלום</p>'],
  ]
  for (const [about, source, shown] of markdown)
    it(`shows ${about}`, () => {
      const made = show(ipynb(text(source)))
      assert.ok(typeof shown === 'string' ? made.includes(shown) : shown.test(made), made)
    })

  const outputs: [about: string, output: object, shown: RegExp | string][] = [
    ['a text', result({ 'text/plain': 'a < b' }), '<pre class="result">a &#60; b</pre>'],
    [
      'a table of pandas',
      result({
        'text/html': '<style>a{}</style><table class="dataframe"><tr><td>1</td></tr></table>',
        'text/plain': '1',
      }),
      /<table class="dataframe"><tbody><tr><td>1<\/td>/,
    ],
    [
      'colours of a terminal',
      { output_type: 'stream', name: 'stdout', text: ['\u001b[1;31mred\u001b[0m plain'] },
      '<span class="ansi-red ansi-bold">red</span> plain',
    ],
    [
      'a line that was written over',
      { output_type: 'stream', name: 'stdout', text: '10%\r100%\n' },
      '<pre class="stream">100%</pre>',
    ],
    [
      'an error',
      { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['\u001b[0;31mE\u001b[0m: <b>v'] },
      '<pre class="error"><span class="ansi-red">E</span>: &#60;b&#62;v</pre>',
    ],
    [
      'a picture, in its size',
      result({ 'image/png': point, 'text/plain': '<Figure>' }, { 'image/png': { width: 30 } }),
      `<img src="data:image/png;base64,${point}" alt="Output of the cell above" width="30">`,
    ],
    [
      'a drawing, as a picture that does nothing',
      result({ 'image/svg+xml': ['<svg onload="x()"/>'] }),
      /<img src="data:image\/svg\+xml;base64,[\w=]+"/,
    ],
    ['a formula', result({ 'text/latex': '$\\displaystyle x$', 'text/plain': 'x' }), /<math display="block">/],
    ['data', result({ 'application/json': { a: 1 } }), /<pre class="result">\{\n {2}&#34;a&#34;: 1\n\}<\/pre>/],
    ['Markdown', result({ 'text/markdown': '**b**' }), '<strong>b</strong>'],
    [
      'a figure that a script draws',
      result({ 'text/html': '<div id="x"></div><script>draw()</script>', 'text/plain': '<Figure at 0x1>' }),
      'Not shown here: a figure that you see once your notebook is open.',
    ],
    [
      'controls',
      result({ 'application/vnd.jupyter.widget-view+json': {}, 'text/plain': 'IntSlider()' }),
      'Not shown here: controls',
    ],
    [
      'a text that is too long, cut',
      result({ 'text/plain': 'x'.repeat(renderLimits.text + 1) }),
      'Not shown here: the rest of this output, which is long.',
    ],
    [
      'a picture that is too large, by its name',
      result({ 'image/png': 'A'.repeat(renderLimits.picture + 4) }),
      'Not shown here: a picture that is too large',
    ],
  ]
  for (const [about, output, shown] of outputs)
    it(`shows of outputs ${about}`, () => {
      const made = show(ipynb(code('1', [output])))
      assert.ok(typeof shown === 'string' ? made.includes(shown) : shown.test(made), made)
    })

  it('joins what a program printed in parts', () => {
    const parts = ['a', 'b'].map((part) => ({ output_type: 'stream', name: 'stdout', text: part }))
    assert.match(show(ipynb(code('', parts))), /<pre class="stream">ab<\/pre>/)
  })

  it('folds what the author has hidden, and leaves out what is not for readers', () => {
    const made = show(
      ipynb(code('secret = 1', [], { jupyter: { source_hidden: true } }), code('gone', [], { tags: ['remove-cell'] })),
    )
    assert.match(made, /<details><summary>Code<\/summary><pre/)
    assert.doesNotMatch(made, /gone/)
  })

  it('reads texts of Jupytext as it reads notebooks of Jupyter', () => {
    const myst =
      '---\nkernelspec:\n  name: python3\n---\n\n# One\n\n+++\n\n% for authors\n(place)=\nTwo\n\n```{code-cell} ipython3\n:tags: [hide-input]\nimport os\n```\n'
    const made = show(read('a.md', myst), 'a.md')
    assert.match(
      made,
      /<h1 id="n-One">One<\/h1>[\s\S]*<a id="n-place"><\/a>[\s\S]*<p>Two<\/p>[\s\S]*<details>[\s\S]*hljs-keyword">import/,
    )
    assert.doesNotMatch(made, /authors/)
    const percent =
      '# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       format_name: percent\n# ---\n\n# %% [markdown]\n# # One\n\n# %%\nimport os\n'
    assert.match(show(read('a.py', percent), 'a.py'), /<h1 id="n-One">[\s\S]*hljs-keyword">import/)
  })

  it('colours the code of a cell by its magic', () => {
    assert.match(show(ipynb(code('%%bash\nfor a in b; do echo; done'))), /hljs-built_in">echo/)
  })

  it('shows pictures that were dropped into a text, and those of the repository', () => {
    const notebook = ipynb(
      text('![a](attachment:a.png) ![b](../img/b.png "t") ![c](/c.svg)', {
        attachments: { 'a.png': { 'image/png': point } },
      }),
    )
    const asked: string[] = []
    const made = renderNotebook({
      path: 'week/one/a.ipynb',
      notebook,
      picture: (path) => {
        asked.push(path)
        return `data:image/png;base64,${point}`
      },
    })
    assert.equal(made.html.match(/<img/g)?.length, 3)
    assert.deepEqual(
      [asked, made.pictures],
      [
        ['week/img/b.png', 'c.svg'],
        ['week/img/b.png', 'c.svg'],
      ],
    )
    assert.equal(pathFrom('a/b.ipynb', '../../x.png'), undefined)
  })

  it('ends with a sentence where it is too large', () => {
    const cells = Array.from({ length: renderLimits.cells + 3 }, () => text('x'))
    assert.match(show(ipynb(...cells)), /Not shown here: the last 3 cells of this notebook/)
    const large = Array.from({ length: 90 }, () => code('x'.repeat(renderLimits.source)))
    assert.match(show(ipynb(...large)), /the last \d+ cells/)
  })

  it('is one document that asks no other address', () => {
    const page = notebookDocument({ title: '<b>', inside: '<p>x</p>' })
    assert.match(page, /<title>&#60;b&#62;<\/title>/)
    assert.doesNotMatch(page, /<link|<script|@import|url\(/)
    assert.match(
      documentPolicy(["'self'"]),
      /^default-src 'none'; img-src data:; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox/,
    )
  })
})
