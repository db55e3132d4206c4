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
})
