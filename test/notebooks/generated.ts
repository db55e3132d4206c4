/** Notebooks made by chance from what is hard to read; a seed makes the same ones each time. */

/** Returns numbers from 0 to below a bound. */
export type Chance = (below: number) => number

export function chance(seed: number): Chance {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const python = [
  ...['a = 1', 'def f():', '    return 1', 'class A:', '', '', '', '    ', '# a comment', '#', '# # twice', '#a'],
  ...[
    '%matplotlib inline',
    '%%time',
    '!ls',
    '!ls \\',
    '  more',
    'ls',
    'cd ..',
    'x = %env A',
    'x = !ls',
    'print?',
    '?a',
  ],
  ...['# %load x', '# !ls', '# ls', '# # %x', '%x # noescape', '%x # escape', '"""', "'''", 'a = """ b', 's = "# %%"'],
  ...[
    "'''a'''",
    'r"""',
    '"',
    "it's",
    '\\',
    '# %%',
    '# %% [markdown]',
    '# %% title [raw] a=1',
    '# %%%',
    '#%%',
    '# In[1]:',
  ],
  ...['# +', '# + [markdown]', '# + tags=["a"]', '# -', '# --', '#+', '# + {"a": 1}', '# region', '# endregion', '@x'],
  ...['# <codecell>', '  # %% x', '```', '# ```', '# ```python', '```python', '~~~', '%%bash', '%%html x', '%%R'],
  ...['# + active="py"', '# %% active="ipynb"', '# + language="bash"', '# %% tags=["active-py"]', '# %%time'],
  ...[
    '# %% language="R" magic_args="-i x"',
    'é = "\u00e9"',
    'a\tb',
    'x = 1  ',
    ')',
    '    # %% y',
    '# + endofcell="--"',
  ],
]

const markdown = [
  ...[
    '# A heading',
    'A text',
    'goes on  ',
    '',
    '',
    '',
    '    indented',
    '- item',
    '  more',
    '- ```python',
    '1. one',
    '2) x',
  ],
  ...[
    '> quoted',
    '> ```',
    '>',
    '```',
    '```python',
    '```bash',
    '```foo',
    '````',
    '~~~',
    '~~~python',
    '```{code-cell}',
    '---',
  ],
  ...[
    '```{code-cell} ipython3',
    '```{raw-cell}',
    ':tags: [a]',
    '+++',
    '+++ {"a": 1}',
    '+ + +',
    '% comment',
    '(target)=',
  ],
  ...[
    '<div>',
    '</div>',
    '<!-- a',
    '-->',
    '<!-- a -->',
    '<script>',
    '</script>',
    '<b>',
    '<b x="y">',
    '<?',
    '?>',
    '<pre>',
  ],
  ...[
    '| a | b |',
    '|---|---|',
    '| - |',
    '===',
    '***',
    '[a]: b',
    '[a]: b "t',
    '"',
    '[a',
    ']: c',
    '\\[x',
    '    code',
    '\tx',
  ],
  ...[
    '<!-- #region -->',
    '<!-- #endregion -->',
    '<!-- #md -->',
    '<!-- #endmd -->',
    '<!-- #raw -->',
    '<!-- #endraw -->',
  ],
  ...[
    '<!-- #region a=1 -->',
    '```python tags=["x"]',
    '```R',
    '``` python',
    '```python .noeval',
    '```{note}',
    ':::',
    '   ```',
  ],
  ...[
    '```python3',
    '```Python',
    '```PYTHON',
    '$$',
    'é\u2019',
    '* x',
    '-',
    '1.',
    '   - y',
    '      z',
    '>- q',
    '---  ',
    '***x',
  ],
  ...['```python active="md"', '```python active="ipynb"', '%%bash', '"""', '#', '```js x=1', '```wolfram language'],
]

/** Returns some lines. */
export function someLines(chance: Chance, from: 'python' | 'markdown', most: number): string[] {
  const known = from === 'python' ? python : markdown
  return Array.from({ length: chance(most + 1) }, () => known[chance(known.length)] ?? '')
}

export interface GeneratedCell {
  kind: 'code' | 'markdown' | 'raw'
  source: string
  metadata: Record<string, unknown>
}

const metadata: Record<string, unknown>[] = [
  {},
  {},
  {},
  {},
  { tags: ['a', 'b'] },
  { slideshow: { slide_type: 'slide' } },
]

/** Returns cells, mostly such as people write. */
export function someCells(chance: Chance, most: number): GeneratedCell[] {
  return Array.from({ length: 1 + chance(most) }, () => {
    const kind = (['code', 'code', 'markdown', 'markdown', 'raw'] as const)[chance(5)] ?? 'code'
    const lines = someLines(chance, kind === 'code' ? 'python' : 'markdown', 6)
    return { kind, source: lines.join('\n'), metadata: metadata[chance(metadata.length)] ?? {} }
  })
}

export const textFormats = ['md:myst', 'md:markdown', 'py:percent', 'py:light'] as const

/** What a header may say of how cells are written, of formats that it says something to. */
const ways: Record<string, string[][]> = {
  'md:myst': [['  cell_metadata_filter: all']],
  'md:markdown': [
    ['  split_at_heading: true'],
    ['  comment_magics: true'],
    ["    format_version: '1.1'"],
    ['  main_language: R'],
  ],
  'py:percent': [['  comment_magics: false'], ['  cell_metadata_json: true'], ['  main_language: bash']],
  'py:light': [['  cell_markers: region,endregion'], ["  cell_markers: '{{{,}}}'"], ['  comment_magics: false']],
}

/** Returns a header as Jupytext writes it; with a chance, one that says more. */
export function headerOf(format: (typeof textFormats)[number], chance?: Chance): string[] {
  const [extension = '', name = ''] = format.split(':')
  const version = { myst: '0.13', markdown: "'1.3'", percent: "'1.3'", light: "'1.5'" }[name]
  const way = chance && chance(3) === 0 ? (ways[format]?.[chance(ways[format].length)] ?? []) : []
  const words = [
    'jupytext:',
    ...way.filter((line) => !line.startsWith('    ')),
    '  text_representation:',
    `    extension: .${extension}`,
    `    format_name: ${name}`,
    way.find((line) => line.startsWith('    ')) ?? `    format_version: ${version}`,
    'kernelspec:',
    '  display_name: Python 3',
    ...(chance && chance(4) === 0 ? [] : ['  language: python']),
    '  name: python3',
  ]
  if (format === 'md:myst') return ['---', ...words, '---', '']
  const others = chance && chance(5) === 0 ? ['title: A page', 'tags: [a]'] : []
  const lines = [
    '---',
    ...others,
    'jupyter:',
    ...words.map((line) => `  ${line}`),
    '---',
    ...(chance?.(5) === 0 ? [] : ['']),
  ]
  if (extension === 'md') return chance?.(6) === 0 ? ['<!--', '', ...lines, '-->', ''] : lines
  const first = chance?.(6) === 0 ? ['#!/usr/bin/env python', '# -*- coding: utf-8 -*-'] : []
  return [...first, ...lines.map((line) => (line === '' ? '' : `# ${line}`))]
}
