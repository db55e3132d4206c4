import assert from 'node:assert/strict'
import { cellKey, isChanged } from '../../notebooks/changed.ts'
import { conflictWords, mergeNotebooks } from '../../notebooks/merge/merge.ts'
import type { Cell, Notebook } from '../../notebooks/notebook.ts'
import { type Chance, chance, someCells } from './generated.ts'

/** Returns a notebook of code cells with these sources; a source that begins with `#` is a text. */
const of = (...sources: string[]): Notebook => ({
  format: 'ipynb',
  json: { nbformat: 4, nbformat_minor: 5, metadata: {} },
  cells: sources.map((source): Cell => ({ kind: source.startsWith('#') ? 'markdown' : 'code', source })),
})
const sources = ({ cells }: Notebook) => cells.map(({ source }) => source)

/** Merges lists of sources, and returns the sources and, in short, what changed. */
function merged(base: string[], mine: string[], theirs: string[]) {
  const { notebook, changes } = mergeNotebooks(of(...base), of(...mine), of(...theirs))
  const told = changes.map(({ what, by, before, mine: my, theirs: their }) => {
    return `${what} by ${by}: ${(my ?? their ?? before)?.source}`
  })
  return { sources: sources(notebook), told }
}

describe('mergeNotebooks', () => {
  const base = ['# A', 'a = 1', '# B', 'b = 2', '# C']

  it('takes what only one side has changed, added, or removed', () => {
    const mine = ['# A', 'a = 1', 'mine = 1', '# B', 'b = 3', '# C']
    const theirs = ['# A, better', 'a = 1', '# B', 'b = 2', 'theirs = 1']
    assert.deepEqual(merged(base, mine, theirs), {
      sources: ['# A, better', 'a = 1', 'mine = 1', '# B', 'b = 3', 'theirs = 1'],
      told: [
        'changed by theirs: # A',
        'added by mine: mine = 1',
        'changed by mine: b = 3',
        'added by theirs: theirs = 1',
        'removed by theirs: # C',
      ],
    })
  })

  it('keeps both where both have changed a cell, and says so in front of them', () => {
    const result = merged(base, ['# A', 'a = 10', '# B', 'b = 2', '# C'], ['# A', 'a = 11', '# B', 'b = 2', '# C'])
    assert.deepEqual(result, {
      sources: ['# A', conflictWords.both, 'a = 10', 'a = 11', '# B', 'b = 2', '# C'],
      told: ['conflict by both: a = 10'],
    })
  })

  it('keeps a cell that one side has changed and the other removed', () => {
    assert.deepEqual(merged(base, ['# A', 'a = 10', '# B', 'b = 2', '# C'], ['# A', '# B', 'b = 2', '# C']).sources, [
      ...['# A', conflictWords.removedByCourse, 'a = 10', '# B', 'b = 2', '# C'],
    ])
    assert.deepEqual(merged(base, ['# A', '# B', 'b = 2', '# C'], ['# A', 'a = 10', '# B', 'b = 2', '# C']).sources, [
      ...['# A', conflictWords.removedByYou, 'a = 10', '# B', 'b = 2', '# C'],
    ])
  })

  it('has a cell once that both have added or changed in the same way, and removes what both have removed', () => {
    const both = ['# A', 'a = 1', 'new = 1', '# B', 'b = 3']
    assert.deepEqual(merged(base, [...both, '# C'], [...both, '# C']).told, [
      ...['added by both: new = 1', 'changed by both: b = 3'],
    ])
    assert.deepEqual(merged(base, both, both), {
      sources: both,
      told: ['added by both: new = 1', 'removed by both: b = 2', 'removed by both: # C', 'added by both: b = 3'],
    })
  })

  it('has added cells of one place in the order mine, theirs', () => {
    const mine = ['# A', 'mine = 1', 'mine = 2', 'a = 1', '# B', 'b = 2', '# C']
    const theirs = ['# A', 'theirs = 1', 'theirs = 2', 'a = 1', '# B', 'b = 2', '# C']
    assert.deepEqual(merged(base, mine, theirs).sources, [
      ...['# A', 'mine = 1', 'mine = 2', 'theirs = 1', 'theirs = 2', 'a = 1', '# B', 'b = 2', '# C'],
    ])
  })

  it('follows the side that has moved cells', () => {
    const moved = ['# C', '# A', 'a = 1', '# B', 'b = 2']
    const edited = ['# A', 'a = 5', '# B', 'b = 2', '# C', 'c = 1']
    const theirs = merged(base, edited, moved)
    assert.deepEqual(theirs.sources, ['# C', 'c = 1', '# A', 'a = 5', '# B', 'b = 2'])
    assert.ok(theirs.told.includes('moved by theirs: # C'))
    assert.deepEqual(merged(base, moved, edited).sources, ['# C', 'c = 1', '# A', 'a = 5', '# B', 'b = 2'])
  })

  it('keeps outputs of cells that the course has not changed, and the header that the course has', () => {
    const json = { outputs: ['mine'], cell_type: 'code' }
    const mine: Notebook = { ...of('a', 'b'), cells: [{ kind: 'code', source: 'a', json }, ...of('b').cells] }
    const theirs: Notebook = { ...of('a', 'c'), json: { nbformat: 4, metadata: { title: 'new' } } }
    const { notebook } = mergeNotebooks(of('a', 'b'), mine, theirs)
    assert.deepEqual(notebook.cells[0]?.json, json)
    assert.deepEqual(sources(notebook), ['a', 'c'])
    assert.deepEqual(notebook.json, theirs.json)
  })

  it('finds an edited cell by its id, and the solution in the place of an exercise', () => {
    const withIds = (one: string, two: string): Notebook => {
      const cells = [one, two].map((source, at): Cell => ({ kind: 'code', source, json: { id: `c${at}` } }))
      return { ...of(), cells }
    }
    const { changes } = mergeNotebooks(withIds('a', 'b'), withIds('x', 'y'), withIds('a', 'b'))
    assert.deepEqual(
      changes.map(({ what, by }) => [what, by]),
      Array(2).fill(['changed', 'mine']),
    )
    const solved = merged(
      ['# Do it', '...', '# End'],
      ['# Do it', 'def f():\n  pass', '# End'],
      ['# Do it!', '...', '# End'],
    )
    assert.deepEqual(solved.told, ['changed by theirs: # Do it', 'changed by mine: def f():\n  pass'])
  })

  it('loses nothing, whatever the two sides do, and follows one that is alone', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = chance(seed)
      const older: Notebook = { ...of(), cells: someCells(random, 10).map(({ kind, source }) => ({ kind, source })) }
      const [mine, theirs] = [edited(older, random, 'mine'), edited(older, random, 'theirs')]
      const { notebook } = mergeNotebooks(older, mine, theirs)
      const keys = new Set(notebook.cells.map(cellKey))
      const before = new Set(older.cells.map(cellKey))
      for (const cell of [...mine.cells, ...theirs.cells]) {
        const key = cellKey(cell)
        // What one side has changed once more is a conflict or a change of both, which keep it too.
        if (key !== undefined && !before.has(key)) assert.ok(keys.has(key), `seed ${seed} has lost ${key}`)
      }
      assert.equal(
        isChanged(mergeNotebooks(older, older, theirs).notebook, theirs),
        false,
        `seed ${seed}: theirs alone`,
      )
      assert.equal(isChanged(mergeNotebooks(older, mine, older).notebook, mine), false, `seed ${seed}: mine alone`)
      assert.equal(isChanged(mergeNotebooks(older, mine, mine).notebook, mine), false, `seed ${seed}: both alike`)
    }
  })

  it('merges ten thousand cells in seconds', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `x = ${at % 100}`)
    const mine = many.map((source, at) => (at % 7 === 0 ? `${source} # mine ${at}` : source))
    const theirs = many.toReversed()
    const before = process.threadCpuUsage()
    mergeNotebooks(of(...many), of(...mine), of(...theirs))
    assert.ok(process.threadCpuUsage(before).user < 20_000_000)
  })
})

/** Returns a notebook after some edits of a person. */
function edited(notebook: Notebook, random: Chance, who: string): Notebook {
  const cells = [...notebook.cells]
  for (let edits = random(5); edits > 0; edits -= 1) {
    const at = random(cells.length + 1)
    const cell = cells[at]
    const act = random(4)
    if (act === 0) cells.splice(at, 0, { kind: 'code', source: `${who} ${random(1e6)}` })
    else if (act === 1) cells.splice(at, 1)
    else if (act === 2 && cell !== undefined) cells[at] = { ...cell, source: `${cell.source}\n${who} ${random(1e6)}` }
    else if (cell !== undefined) cells.splice(random(cells.length), 0, ...cells.splice(at, 1))
  }
  return { ...notebook, cells }
}
