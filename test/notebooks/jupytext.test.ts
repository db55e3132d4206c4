import assert from 'node:assert/strict'
import { isChanged } from '../../notebooks/changed.ts'
import type { Notebook } from '../../notebooks/notebook.ts'
import { readNotebook } from '../../notebooks/read.ts'
import { chance, headerOf, someCells, someLines, textFormats } from './generated.ts'
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
})

function notebookOf(extension: string, text: string): Notebook {
  const notebook = readNotebook(`a.${extension}`, Buffer.from(text))
  if ('problem' in notebook) assert.fail(`${notebook.problem}:\n${text}`)
  return notebook
}

const plain = ({ cells }: Notebook): PlainCell[] => cells.map(({ kind, source }) => [kind, source])

function areAlike(some: PlainCell[] | undefined, others: PlainCell[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others)
}
