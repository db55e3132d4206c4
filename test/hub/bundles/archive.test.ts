import assert from 'node:assert/strict'
import { pack } from 'tar-stream'
import type { LaidFile } from '../../../courses/files.ts'
import { archiveOf, bundleOf, filesIn } from '../../../hub/bundles/archive.ts'

const file = (name: string, content = name, executable = false): LaidFile => ({
  name,
  executable,
  content: Buffer.from(content),
})
const link = (name: string, target: string): LaidFile => ({ name, link: target })

describe('a bundle', () => {
  const files = [file('b.txt'), file('a/run', '#!/bin/sh\n', true), link('a/b', '../b.txt'), file('é.txt')]

  it('has the same digest and the same archive at every hub, in whatever order its files were read', async () => {
    const first = bundleOf(files)
    assert.deepEqual(first, {
      // A change of this makes all hubs store and lay everything anew.
      digest: 'feea6fcd8c65daf5b29c3dd1addf44e4ce352a052cb8a4c0a25663e237dc4a3e',
      bytes: 21,
      files: 4,
      hasLinks: true,
    })
    const archive = await archiveOf(files)
    for (const order of [files.toReversed(), [...files.slice(2), ...files.slice(0, 2)]]) {
      assert.deepEqual(bundleOf(order), first)
      assert.deepEqual(await archiveOf(order), archive)
    }
  })

  it('has another digest when anything about a file is another', () => {
    const [plain = file('x')] = files
    const others: LaidFile[][] = [
      [file('b.txt', 'B'), ...files.slice(1)],
      [file('c.txt', 'b.txt'), ...files.slice(1)],
      [file('b.txt', 'b.txt', true), ...files.slice(1)],
      [link('b.txt', 'b.txt'), ...files.slice(1)],
      files.with(2, link('a/b', '../é.txt')),
      files.slice(1),
      [...files, file('z')],
      // Names and contents cannot be shifted into each other.
      [file('b.tx', 'tb.txt'), ...files.slice(1)],
      [plain, file('a/run', '#!/bin/sh\n', true), file('a/b', '../b.txt'), file('é.txt')],
    ]
    const digests = [files, ...others].map((all) => bundleOf(all).digest)
    assert.equal(new Set(digests).size, digests.length)
  })

  it('is the same again when it is read from its archive, also with long names, many files and none', async () => {
    const long = `${'folder/'.repeat(25)}${'n'.repeat(20)}.txt`
    const deep = `${'f'.repeat(120)}/${'é'.repeat(60)}.txt`
    const many = Array.from({ length: 500 }, (_, at) => file(`data/${at}.csv`, 'x'.repeat(at)))
    for (const all of [files, [file(long), file(deep), link('l', long)], many, []]) {
      const found = await filesIn(await archiveOf(all))
      assert.deepEqual(bundleOf(found), bundleOf(all))
    }
  })

  it('holds nothing but files and links', async () => {
    const strange = pack()
    strange.entry({ name: 'pipe', type: 'fifo' })
    strange.finalize()
    const chunks: Buffer[] = []
    for await (const chunk of strange) chunks.push(chunk as Buffer)
    await assert.rejects(filesIn(Buffer.concat(chunks)), /holds a fifo/)
    await assert.rejects(filesIn(Buffer.alloc(1024, 'x')))
  })
})
