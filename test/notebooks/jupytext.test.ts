import assert from 'node:assert/strict'
import { isChanged } from '../../notebooks/changed.ts'
import { conflictWords, mergeNotebooks } from '../../notebooks/merge/merge.ts'
import type { CellKind, Notebook } from '../../notebooks/notebook.ts'
import { readNotebook } from '../../notebooks/read.ts'
import { withReadOnlyText } from '../../notebooks/read-only-text.ts'
import { writeNotebook } from '../../notebooks/write.ts'
import { chance, type GeneratedCell, headerOf, someCells, someLines, textFormats } from './generated.ts'
import { type Jupytext, type PlainCell, startJupytext } from './jupytext.ts'

const count = 60

describe('notebooks that are texts, beside the real Jupytext', function () {
  this.timeout(300_000)
  let jupytext: Jupytext

  before(async function () {
    jupytext = await startJupytext(this)
  })

  after(() => jupytext?.end())

  for (const format of textFormats) {
    const [extension = ''] = format.split(':')
    const read = (text: string) => notebookOf(extension, text)

    it(`has the same cells of ${format}, of lines by chance`, async () => {
      for (let seed = 0; seed < count; seed += 1) {
        const random = chance(seed)
        const lines = someLines(random, extension === 'py' ? 'python' : 'markdown', 14)
        const text = [...headerOf(format, random), ...lines, ...(random(2) === 0 ? [''] : [])].join('\n')
        const theirs = await jupytext.read(text, extension)
        if (theirs !== undefined) assert.deepEqual(plain(read(text)), theirs, `seed ${seed}:\n${text}`)
      }
    })

    it(`has the same cells of ${format} as Jupytext writes it, and sees no change in what it saves`, async () => {
      let saves = 0
      for (let seed = 0; seed < count; seed += 1) {
        const text = await jupytext.write(someCells(chance(seed), 6), format)
        const theirs = text && (await jupytext.read(text, extension))
        if (!text || !theirs) continue
        assert.deepEqual(plain(read(text)), theirs, `seed ${seed}:\n${text}`)
        const saved = await jupytext.save(text, extension)
        // Some odd cells are others for Jupytext itself when it has saved them.
        if (saved === undefined || !areAlike(await jupytext.read(saved, extension), theirs)) continue
        saves += 1
        assert.equal(isChanged(read(text), read(saved)), false, `seed ${seed}:\n${text}`)
      }
      assert.ok(saves > count / 2)
    })

    it(`writes ${format} so that Jupytext reads the same cells, wherever Jupytext itself can`, async () => {
      let same = 0
      for (let seed = 0; seed < count; seed += 1) {
        const text = await jupytext.write(someCells(chance(seed), 6), format)
        if (text === undefined) continue
        const wanted = read(text)
        const written = Buffer.from(writeNotebook(wanted)).toString()
        const theirs = await jupytext.read(written, extension)
        if (theirs !== undefined && !isChanged(wanted, fromPlain(theirs))) same += 1
        else {
          const saved = await jupytext.save(text, extension)
          const again = saved === undefined ? undefined : await jupytext.read(saved, extension)
          assert.ok(again === undefined || isChanged(wanted, fromPlain(again)), `seed ${seed}:\n${written}`)
        }
      }
      assert.ok(same > count / 2)
    })

    it(`merges notebooks of ${format}, of which one was saved by Jupytext`, async () => {
      const cells = (one: string, two: string, more: GeneratedCell[] = []): GeneratedCell[] => [
        { kind: 'markdown', source: '# A title', metadata: {} },
        { kind: 'code', source: one, metadata: { tags: ['a'] } },
        { kind: 'markdown', source: 'A text\n\n- with a list', metadata: {} },
        { kind: 'code', source: two, metadata: {} },
        ...more,
      ]
      const added: GeneratedCell = { kind: 'code', source: '%ls\nc = 3', metadata: {} }
      const [base = '', changed = '', theirs = ''] = await Promise.all([
        jupytext.write(cells('a = 1', 'b = 2'), format),
        jupytext.write(cells('a = 10', 'b = 2'), format),
        jupytext.write(cells('a = 11', 'b = 22', [added]), format),
      ])
      const mine = (await jupytext.save(changed, extension)) ?? ''
      const { notebook } = mergeNotebooks(read(base), read(mine), read(theirs))
      const written = Buffer.from(writeNotebook(notebook)).toString()
      assert.deepEqual(await jupytext.read(written, extension), [
        ['markdown', '# A title'],
        ['markdown', conflictWords.both],
        ['code', 'a = 10'],
        ['code', 'a = 11'],
        ['markdown', 'A text\n\n- with a list'],
        ['code', 'b = 22'],
        ['code', '%ls\nc = 3'],
      ])
    })

    it(`has the same cells of ${format} with the line ends of Windows, and with odd ones in code`, async () => {
      const text = await jupytext.write(
        [
          { kind: 'markdown', source: '# A\n\nb', metadata: {} },
          { kind: 'code', source: 'a = 1\n\n\nb = 2', metadata: {} },
        ],
        format,
      )
      assert.ok(text)
      const windows = text.replaceAll('\n', '\r\n')
      assert.deepEqual(plain(read(windows)), await jupytext.read(text, extension))
      const odd = text.replace('b = 2', 'b = 2\fc\u2028d')
      const theirs = await jupytext.read(odd, extension)
      if (theirs !== undefined) assert.deepEqual(plain(read(odd)), theirs)
    })
  }

  it('writes an ipynb that nbformat finds valid, after a merge and with ids that were there twice', async () => {
    const file = (minor: number, source: string) => {
      const cell = (id: string, text: string, more: object) => ({
        ...(minor >= 5 ? { id } : {}),
        ...{ metadata: { mine: { a: [1] } }, source: text, ...more },
      })
      const output = { output_type: 'stream', name: 'stdout', text: ['é\n'] }
      const cells = [
        cell('one', '# A', { cell_type: 'markdown' }),
        cell('two', source, { cell_type: 'code', execution_count: 1, outputs: [output] }),
      ]
      return JSON.stringify({ cells, metadata: { own: 1 }, nbformat: 4, nbformat_minor: minor, more: undefined })
    }
    for (const minor of [4, 5]) {
      const [base, mine, theirs] = ['1', '2', '3'].map((source) => notebookOf('ipynb', file(minor, source)))
      assert.ok(base && mine && theirs)
      const merged = withReadOnlyText(mergeNotebooks(base, mine, theirs).notebook)
      const written = Buffer.from(writeNotebook(merged)).toString()
      assert.deepEqual(await jupytext.validate(written), [
        ['markdown', '# A'],
        ['markdown', conflictWords.both],
        ['code', '2'],
        ['code', '3'],
      ])
      const { cells, metadata } = JSON.parse(written)
      assert.deepEqual(metadata, { own: 1 })
      assert.deepEqual(cells[0].metadata, { mine: { a: [1] }, editable: false })
      assert.deepEqual(cells[2].metadata, { mine: { a: [1] } })
      assert.equal(cells[2].outputs.length, 1)
      assert.equal(isChanged(merged, notebookOf('ipynb', written)), false)
    }
  })

  it('leaves a text notebook as it is where text cells are to be read-only', () => {
    const notebook: Notebook = { format: 'md:myst', cells: [{ kind: 'markdown', source: 'a' }] }
    assert.equal(withReadOnlyText(notebook), notebook)
  })
})

function fromPlain(cells: PlainCell[]): Notebook {
  return { format: 'ipynb', cells: cells.map(([kind, source]) => ({ kind: kind as CellKind, source })) }
}

function notebookOf(extension: string, text: string): Notebook {
  const notebook = readNotebook(`a.${extension}`, Buffer.from(text))
  if ('problem' in notebook) assert.fail(`${notebook.problem}:\n${text}`)
  return notebook
}

const plain = ({ cells }: Notebook): PlainCell[] => cells.map(({ kind, source }) => [kind, source])

function areAlike(some: PlainCell[] | undefined, others: PlainCell[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others)
}
