import assert from 'node:assert/strict'
import { openReader } from '../../../hub/content/reader.ts'
import { notebook } from './content-world.ts'

describe('the thread that reads notebooks', () => {
  it('tells what a file is, with its digest, and goes on after one that ends it', async () => {
    const reader = openReader()
    try {
      const bytes = Buffer.from(notebook('A'))
      const first = await reader.read({ path: 'a.ipynb', bytes })
      assert.deepEqual([first?.facts?.title, first?.digest.length], ['A', 64])
      // Cannot be handed to the thread as bytes, so that reading it throws there.
      assert.equal(await reader.read({ path: 'b.ipynb', bytes: null as never }), undefined)
      const again = await reader.read({ path: 'a.ipynb', bytes })
      assert.deepEqual(again, first)
      assert.equal((await reader.read({ path: 'readme.md', bytes: Buffer.from('# Hello\n') }))?.facts, undefined)
    } finally {
      await reader.close()
    }
  })

  it('finds the notebooks of tracks, while others work in the thread of its caller', async () => {
    const reader = openReader()
    const turns = { here: 0, isOver: false }
    const turn = () => {
      turns.here += 1
      if (!turns.isOver) setImmediate(turn)
    }
    try {
      const name = 'a'.repeat(200)
      const notebooks = Array.from({ length: 2000 }, (_, index) => ({ path: `${name}/${name}/${index}${name}.md` }))
      const slow = [`${'**/'.repeat(50)}*b`, `${'[!b]*'.repeat(80)}`, `${'*a'.repeat(100)}b`]
      const patterns = ['*/*/1a*', ...Array<string[]>(40).fill(slow).flat()]
      const tracks = [
        { id: 'a', name: 'A', description: '', file: 'f', sections: [{ name: 's', notebooks: patterns }] },
      ]
      turn()
      const found = await reader.tracks({ tracks, notebooks })
      assert.deepEqual(found.tracks[0]?.sections[0]?.notebooks, [`${name}/${name}/1${name}.md`])
      assert.match(found.problems.at(-1)?.message ?? '', /the tracks name too much/)
      assert.ok(turns.here > 1)
    } finally {
      turns.isOver = true
      await reader.close()
    }
  })
})
