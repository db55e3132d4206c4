/** Attacks by what is in a notebook, of a repository or of a learner. */

import { factsOf } from '../../../notebooks/facts.ts'
import { notebookLimits } from '../../../notebooks/notebook.ts'
import { readNotebook } from '../../../notebooks/read.ts'
import { headerOf, textFormats } from '../../notebooks/generated.ts'
import { type Attack, attacks } from '../table.ts'

describe('attack: notebooks', function () {
  this.timeout(600_000)

  const bytes = 200 * 1024

  /** Returns how many cells were read, or why none were. */
  const read = (path: string, bytes: Uint8Array | string): number | string => {
    factsOf(path, Buffer.from(bytes))
    const notebook = readNotebook(path, Buffer.from(bytes))
    return 'problem' in notebook ? notebook.problem : notebook.cells.length
  }
  const textOf = (format: (typeof textFormats)[number], lines: string) => [...headerOf(format), lines].join('\n')
  /** Reads a part that is repeated to some hundred thousand bytes, in each format, and returns what took too long. */
  const slow = (parts: string[]): string[] =>
    parts.flatMap((part) =>
      textFormats.flatMap((format) => {
        const text = textOf(format, part.repeat(Math.ceil(bytes / part.length)))
        const before = process.threadCpuUsage()
        read(`a.${format.split(':')[0]}`, text)
        const { user } = process.threadCpuUsage(before)
        // Linear work takes a tenth of a second; what is quadratic takes minutes.
        return user < 3_000_000 ? [] : [`${format}: ${part}`]
      }),
    )

  const table: Attack[] = [
    {
      name: 'is a hundred megabytes long, in one line: it is refused unread',
      rule: 'notebooks',
      attempt: async () => {
        const bytes = Buffer.alloc(100 * 1024 * 1024, 'a')
        const before = process.threadCpuUsage()
        const results = ['a.ipynb', 'a.md', 'a.py'].map((path) => readNotebook(path, bytes))
        const { user } = process.threadCpuUsage(before)
        return { problems: results.filter((result) => 'problem' in result).length, isQuick: user < 1_000_000 }
      },
      expected: { problems: 3, isQuick: true },
    },
    {
      name: 'is JSON that is nested a million times, or a header that is: it is refused, and nothing overflows',
      rule: 'notebooks',
      attempt: async () => {
        const deep = '['.repeat(1e6)
        const closed = `{"nbformat": 4, "cells": [], "metadata": ${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}}`
        const header = (text: string) => `---\njupyter:\n  a: ${text}\n---\n`
        const block = Array.from({ length: 250 }, (_, depth) => `${' '.repeat(depth + 2)}a:`).join('\n')
        return [
          read('a.ipynb', deep),
          read('a.ipynb', closed),
          factsOf('a.md', Buffer.from(header('['.repeat(60_000))))?.version,
          factsOf('a.md', Buffer.from(header('{a: '.repeat(15_000))))?.version,
          factsOf('a.md', Buffer.from(`---\njupyter:\n  jupytext: x\n${block}\n---\n`))?.format,
        ]
      },
      expected: [
        `its JSON is nested more than ${notebookLimits.nesting} times`,
        `its JSON is nested more than ${notebookLimits.nesting} times`,
        'n/a',
        'n/a',
        'md:markdown',
      ],
    },
    {
      name: 'has a million cells, in each format: it is refused at the limit',
      rule: 'notebooks',
      attempt: async () => {
        const cell = '{"cell_type":"code","source":""},'
        const json = `{"nbformat":4,"cells":[${cell.repeat(900_000).slice(0, -1)}]}`
        return [
          read('a.ipynb', json),
          read('a.md', textOf('md:myst', '```{code-cell}\n```\n'.repeat(1e6))),
          read('a.md', textOf('md:markdown', '```python\n```\n'.repeat(1e6))),
          read('a.py', textOf('py:percent', '# %%\n1\n'.repeat(1e6))),
          read('a.py', textOf('py:light', '# +\n1\n'.repeat(1e6))),
        ]
      },
      expected: Array(5).fill(`it has more than ${notebookLimits.cells} cells`),
    },
    {
      name: 'is what makes readers of Markdown, scripts and options slow: it is read in the time that its bytes deserve',
      rule: 'notebooks',
      attempt: async () =>
        slow([
          ...[
            '[a]: b "',
            '[a\n',
            '[a]: b "\n',
            '[',
            '\\[\n',
            '[a]: (\n',
            '> ',
            '> '.repeat(30),
            '- '.repeat(30),
            '1. ',
          ],
          ...[
            '\n',
            ' \n',
            '    \n',
            '\t\n',
            '<a b="',
            '<a ',
            "<a b='\n",
            '<!--\n',
            '<div>\n',
            '| a |\n|-|\n',
            '|',
            '`',
          ],
          ...[
            '```\n',
            '# ```\n',
            '# ~~~\n# ````\n',
            '~~~~\n',
            '# %% [markdown]\n# ```\n',
            '+++\n',
            '+ ',
            '%\n',
            '---\n',
          ],
          ...[
            '# %% ',
            '# %% a=b',
            `# %% ${'a='.repeat(40)}\n`,
            `# %% ${'a="'.repeat(40)}\n`,
            '# + {"a":',
            '# %%%',
            '# # ',
          ],
          ...['"""\n', "'", '%a#', '# escape', '!\\\n', 'a=', '?', '#', '# -\n', '# +\n', 'a\n\n b\n', '\n a', '===\n'],
          ...[
            '<!-- #region -->\n',
            '```python ',
            '```python\n"""\n',
            '```python a=1 b=2\n',
            ':a: b\n',
            '\u2028',
            '\r',
            '\0',
          ],
        ]),
      expected: [],
    },
    {
      name: 'has keys of prototypes, keys that are there twice, halves of characters, NULs and marks of byte orders: nothing comes of them',
      rule: 'notebooks',
      attempt: async () => {
        const cell =
          '{"cell_type":"raw","source":"\\ud800\\u0000","__proto__":{"a":1},"constructor":1,"cell_type":"raw"}'
        const text = `\ufeff{"nbformat":4,"__proto__":{"metadata":1},"cells":[],"cells":[${cell}]}`
        const header = '---\njupytext: x\n__proto__:\n  nbhosting:\n    title: x\nconstructor: 1\n---\n\0\n'
        return [
          read('a.ipynb', text),
          factsOf('a.md', Buffer.from(header))?.title,
          factsOf('a.md', Buffer.from(`\ufeff${header}`)),
          Object.keys(Object.prototype),
        ]
      },
      expected: [1, 'a', undefined, []],
    },
    {
      name: 'has a header whose aliases would grow to gigabytes: it is no header',
      rule: 'notebooks',
      attempt: async () => {
        const names = [...'abcdefghi']
        const lines = names.map((name, at) => {
          const before = names[at - 1]
          return `  ${name}: &${name} [${Array(9).fill(before === undefined ? 'x' : `*${before}`)}]`
        })
        return factsOf('a.md', Buffer.from(['---', 'jupyter:', ...lines, '---', ''].join('\n')))?.version
      },
      expected: 'n/a',
    },
  ]
  attacks(table)
})
