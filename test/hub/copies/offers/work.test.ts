import assert from 'node:assert/strict'
import { compareNotebooks, mergedNotebook } from '../../../../hub/copies/offers/compare.ts'
import { keepBytes } from '../../../../hub/copies/offers/kept.ts'
import { openNotebookWork } from '../../../../hub/copies/offers/work.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'

/** Returns the bytes of a notebook of text cells. */
function notebook(sources: readonly string[], metadata: object = {}): Buffer {
  const cells = sources.map((source, at) => ({ cell_type: 'markdown', metadata: {}, id: `c${at}`, source }))
  return Buffer.from(JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }))
}

const light = (...texts: string[]) =>
  Buffer.from(`# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n\n${texts.join('\n\n')}\n`)

describe('a comparison of a copy with a newer notebook', () => {
  const path = 'a.ipynb'

  it('cuts long texts and long lists, and says how much is left', () => {
    const [base, mine] = [notebook(['a']), notebook(['x'.repeat(50_000), ...Array(2000).fill('y'.repeat(3000))])]
    const shown = compareNotebooks({ path, base, mine, theirs: base })
    assert.deepEqual([shown.changes.length, shown.left], [500, 1501])
    assert.equal(shown.changes[0]?.mine, `${'x'.repeat(10_000)}…`)
    assert.ok(Buffer.byteLength(JSON.stringify(shown)) < 1.2 * 2 ** 20)
  })

  it('says which of the three cannot be read', () => {
    const [good, bad] = [notebook(['a']), Buffer.from('{}')]
    for (const side of ['mine', 'theirs', 'base'] as const) {
      const three = { path, base: good, mine: notebook(['b']), theirs: notebook(['c']), [side]: bad }
      const problem = {
        unread: side,
        why: 'it is in an old or unknown version of the format; open it in Jupyter and save it',
      }
      assert.deepEqual(compareNotebooks(three).problem, problem)
      assert.deepEqual(mergedNotebook(three), { problem })
    }
    assert.equal(compareNotebooks({ path, base: bad, mine: bad, theirs: good }).changed, false)
  })

  it('is not merged where the format cannot hold the cells of both', () => {
    const [base, theirs] = [light('a = 1', 'b = 1'), light('a = 1', 'b = 2')]
    const three = { path: 'a.py', base, mine: light('a = 3', 'b = 1'), theirs }
    const merged = mergedNotebook(three)
    assert.ok('bytes' in merged)
    assert.equal(Buffer.from(merged.bytes).toString(), light('a = 3', 'b = 2').toString())
  })

  it('has the words that the course’s file says of itself, also where no cell is another', () => {
    const three = {
      path,
      base: notebook(['a'], { v: 1 }),
      mine: notebook(['a'], { v: 1 }),
      theirs: notebook(['a'], { v: 2 }),
    }
    assert.deepEqual(compareNotebooks(three).changes, [])
    const merged = mergedNotebook(three)
    assert.deepEqual('bytes' in merged && JSON.parse(Buffer.from(merged.bytes).toString()).metadata, { v: 2 })
  })
})

describe('work on notebooks', () => {
  const cleanup = cleanupAfterEach()
  const large = notebook(Array(200).fill('x'.repeat(1000)))
  const open = () => {
    const work = openNotebookWork()
    cleanup.defer(() => work.close())
    return work
  }

  it('is done at once or in a thread, with the same answer', async () => {
    const work = open()
    const asked = { path: 'a.ipynb', base: large, mine: large, theirs: large }
    assert.deepEqual(await work.ask('compare', asked), compareNotebooks(asked))
    const cells = await work.ask('cells', { path: 'a.ipynb', bytes: notebook(['a']) })
    assert.deepEqual(cells, { cells: [{ kind: 'markdown', source: 'a' }] })
    assert.deepEqual(await work.ask('cells', { path: 'a.ipynb', bytes: Buffer.alloc(200_000) }), {
      problem: 'it is no JSON of a notebook',
    })
  })

  it('is done in a thread of texts that are not very short, since they can be made to be slow', async () => {
    const work = open()
    const bytes = Buffer.from(`---\njupytext: {}\n---\n${'a\n\n'.repeat(1000)}`)
    assert.ok(bytes.length < 4096)
    // No thread takes a function, so there is no answer of one.
    const asked = { bytes, notSent: () => undefined }
    assert.ok((await work.ask('cells', { path: 'a.md', ...asked })) !== undefined)
    const longer = { ...asked, bytes: Buffer.concat([bytes, bytes]) }
    assert.equal(await work.ask('cells', { path: 'a.md', ...longer }), undefined)
    assert.ok((await work.ask('cells', { path: 'a.ipynb', ...longer })) !== undefined)
  })

  it('goes on after what ends the thread, and is none for what is too large', async () => {
    const work = open()
    const ends = { path: 'a.ipynb', bytes: Array(200_000).fill(0) as never }
    const after = work.ask('cells', { path: 'a.ipynb', bytes: large })
    assert.equal(await work.ask('cells', ends), undefined)
    assert.ok((await after) !== undefined)
    assert.ok((await work.ask('cells', { path: 'a.ipynb', bytes: large })) !== undefined)
    assert.equal(await work.ask('cells', { path: 'a.ipynb', bytes: Buffer.alloc(21 * 2 ** 20) }), undefined)
  })

  it('is refused when it is over, also what waits, and nothing is said of what was cut short', async () => {
    const work = open()
    const two = { path: 'a.ipynb', base: large, mine: notebook(Array(200).fill('y'.repeat(1000))) }
    const asked = Promise.allSettled(Array.from({ length: 3 }, () => work.ask('changed', two)))
    await work.close()
    const after = work.ask('changed', two)
    await assert.rejects(after, /not read any more/)
    for (const { status } of (await asked).slice(1)) assert.equal(status, 'rejected')
    const [first] = await asked
    assert.ok(first?.status === 'rejected' || first?.value === true)
  })

  it('is refused where much of what learners ask waits, but nothing that the hub asks by itself', async () => {
    const work = open()
    const path = 'a.ipynb'
    const other = notebook(Array(200).fill('y'.repeat(1000)))
    const ofHub = Array.from({ length: 60 }, () => work.ask('changed', { path, base: large, mine: other }))
    const three = { path, base: large, mine: large, theirs: large }
    const ofLearners = await Promise.allSettled(Array.from({ length: 21 }, () => work.ask('compare', three)))
    assert.deepEqual(await Promise.all(ofHub), Array(60).fill(true))
    const refused = ofLearners.map((one) => one.status === 'rejected' && (one.reason as { status: number }).status)
    assert.deepEqual(refused, [...Array(20).fill(false), 429])
  })
})

describe('bytes that are kept', () => {
  it('are those that were asked for last, within a bound, and none of what failed', async () => {
    const kept = keepBytes(20)
    const made: string[] = []
    const get = (name: string, length = 10) =>
      kept.get(name, async () => {
        made.push(name)
        return Buffer.alloc(length)
      })
    await assert.rejects(
      kept.get('a', () => Promise.reject(new Error('no thread'))),
      /no thread/,
    )
    await Promise.all([get('a'), get('a'), get('b')])
    await get('a')
    await get('c')
    await get('a')
    await get('b')
    assert.deepEqual(made, ['a', 'b', 'c', 'b'])
    assert.equal((await get('large', 30)).length, 30)
    await get('large')
    assert.deepEqual(made.slice(4), ['large', 'large'])
  })
})
