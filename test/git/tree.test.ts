import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import type { GitFile } from '../../git/git.ts'
import { hiddenPaths, newFolders, readTree } from '../../git/tree.ts'
import { failed, testRules } from './world.ts'

const blob = 'b'.repeat(40)

describe('the files of a commit', () => {
  const read = (entries: Iterable<[mode: string, bytes: number, path: string]>) =>
    readTree(
      Readable.from(
        Iterator.from(entries).map(([mode, bytes, path]) => Buffer.from(`${mode} blob ${blob} ${bytes}\t${path}\0`)),
      ),
      testRules,
    )
  const file = (path: string): GitFile => ({ path, blob, bytes: 1, kind: 'file' })

  it('may be a hundred parts deep, and are left out below', async () => {
    const [deep, deeper] = [`${'a/'.repeat(99)}f`, `${'a/'.repeat(100)}f`]
    const { files, odd } = await read([
      ['100644', 1, deep],
      ['100644', 1, deeper],
    ])
    assert.deepEqual([files.map(({ path }) => path), odd], [[deep], [deeper]])
  })

  for (const [what, mode, bytes, path] of [
    ['paths', '100644', 1, 'p'.repeat(3000)],
    ['paths that are left out', '100644', 1, `.git/${'p'.repeat(3000)}`],
    ['links', '120000', 3000, 'l'],
  ] as const) {
    it(`are refused when ${what} take more memory than the hub gives`, async () => {
      const { message } = await failed(
        read(Array.from({ length: 7000 }, (_, index) => [mode, bytes, `${path}${index}`])),
      )
      assert.match(message, /^The paths and links of the commit take more than 20 MB\./)
    })
  }

  it('are hidden when they stand twice, or below a file: also where other names sort between the two', () => {
    const paths = ['a', 'a.b', 'a/b', 'a/b/c', 'ab/c', 'd/e', 'd/e', 'd.e', 'f/g', 'f/g-h', 'f/g/h']
    assert.deepEqual([...hiddenPaths(paths.map(file))].sort(), ['a/b', 'a/b/c', 'd/e', 'f/g/h'])
  })

  it('name each folder once, in their order', () => {
    assert.deepEqual([...newFolders('a/b/c')], ['a', 'a/b'])
    assert.deepEqual([...newFolders('a/bc/d', 'a/b/c')], ['a/bc'])
    assert.deepEqual([...newFolders('a/b/d', 'a/b/c')], [])
    assert.deepEqual([...newFolders('ab/c', 'a')], ['ab'])
  })
})
