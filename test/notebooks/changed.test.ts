import assert from 'node:assert/strict'
import { isChanged } from '../../notebooks/changed.ts'
import type { Cell, Notebook } from '../../notebooks/notebook.ts'

const of = (...cells: Cell[]): Notebook => ({ format: 'ipynb', cells })
const code = (source: string, json: Record<string, unknown> = {}): Cell => ({ kind: 'code', source, json })
const text = (source: string, attachments?: Cell['attachments']): Cell => ({ kind: 'markdown', source, attachments })

describe('isChanged', () => {
  const base = of(text('# A'), code('1'), code('2'))
  const png = (data: string) => ({ 'a.png': { 'image/png': data, 'image/gif': 'x' } })

  const same: Record<string, [Notebook, Notebook]> = {
    'nothing is different': [base, base],
    'outputs, ids and metadata are': [
      base,
      of(
        text('# A'),
        code('1', { outputs: [1], execution_count: 7, id: 'x', metadata: { collapsed: true } }),
        code('2'),
      ),
    ],
    'the header and the file around the cells are': [base, { ...base, json: { metadata: { kernelspec: 1 } } }],
    'blank ends of cells are': [base, of(text('\n# A\n\n'), code('1\n'), code('2  '))],
    'line ends are': [of(code('1\n2')), of(code('1\r\n2'))],
    'a cell with nothing in it is': [base, of(text('# A'), code(''), code('1'), code('2'), code(' \n'))],
    'the order of an attachment’s forms is': [
      of(text('a', png('A'))),
      of(text('a', { 'a.png': { 'image/gif': 'x', 'image/png': 'A' } })),
    ],
  }
  for (const [what, [before, after]] of Object.entries(same)) {
    it(`is false when ${what}`, () => assert.equal(isChanged(before, after), false))
  }

  const other: Record<string, [Notebook, Notebook]> = {
    'a source is different': [base, of(text('# A'), code('1'), code('3'))],
    'a space inside a source is': [of(code('a = 1')), of(code('a  = 1'))],
    'the indentation of the first line is': [of(code('a')), of(code(' a'))],
    'a kind is': [base, of(text('# A'), code('1'), text('2'))],
    'the order is': [base, of(text('# A'), code('2'), code('1'))],
    'a cell is missing': [base, of(text('# A'), code('1'))],
    'a cell is added': [base, of(text('# A'), code('1'), code('2'), code('3'))],
    'an attachment is': [of(text('a', png('A'))), of(text('a', png('B')))],
    'a cell has nothing but an attachment': [base, of(text('# A'), text('', png('A')), code('1'), code('2'))],
  }
  for (const [what, [before, after]] of Object.entries(other)) {
    it(`is true when ${what}`, () => assert.equal(isChanged(before, after), true))
  }
})
