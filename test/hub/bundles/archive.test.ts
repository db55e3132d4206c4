import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'
import type { LaidFile } from '../../../courses/files.ts'
import { archiveOf, bundleIn, bundleOf } from '../../../hub/bundles/archive.ts'

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
      assert.deepEqual(await bundleIn(Readable.from([await archiveOf(all)])), bundleOf(all))
    }
  })

  it('is not in an archive that no hub has written', async () => {
    const odd: [Partial<Header>, RegExp][] = [
      [{ name: 'pipe', type: 'fifo' }, /holds a fifo/],
      [{ name: 'disk', type: 'block-device', devmajor: 8, devminor: 0 }, /holds a block-device/],
      [{ name: 'tty', type: 'character-device', devmajor: 5, devminor: 0 }, /holds a character-device/],
      [{ name: 'twin', type: 'link', linkname: 'a.txt' }, /holds a link/],
      [{ name: 'folder', type: 'directory' }, /holds a directory/],
      [{ name: '../out' }, /holds the name "..\/out"/],
      [{ name: 'in/../../out' }, /holds the name/],
      [{ name: '/etc/passwd' }, /holds the name/],
      [{ name: 'a.txt' }, /holds a name twice/],
      [{ name: 'a.txt/below' }, /below something that is no folder/],
    ]
    for (const [header, message] of odd)
      await assert.rejects(bundleIn(Readable.from([await archiveWith(header)])), message)
    const throughLink = await archiveWith({ name: 'up', type: 'symlink', linkname: '..' }, { name: 'up/out' })
    await assert.rejects(bundleIn(Readable.from([throughLink])), /below something that is no folder/)
    const whole = await archiveOf(files)
    await assert.rejects(bundleIn(Readable.from([Buffer.alloc(1024, 'x')])))
    await assert.rejects(bundleIn(Readable.from([whole.subarray(0, 700)])))
  })

  /** Returns an archive with a file and these entries. */
  async function archiveWith(...headers: Partial<Header>[]): Promise<Buffer> {
    const packing = pack()
    const read = buffer(packing)
    packing.entry({ name: 'a.txt' }, 'text')
    for (const header of headers) {
      if (header.type === undefined) packing.entry({ name: '', ...header }, 'text')
      else packing.entry({ name: '', ...header })
    }
    packing.finalize()
    return read
  }
})
