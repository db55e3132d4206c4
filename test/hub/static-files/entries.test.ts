import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { mostStaticFiles, staticEntries } from '../../../hub/static-files/entries.ts'

const main = 'static/lab/main.efd36b46f3b45eb8.js'
const font = 'static/lab/0031b1860ea4ad75.woff2'
const script = 'console.log("hello");\n'.repeat(500)

type Entry = Pick<Header, 'name'> & Partial<Pick<Header, 'type' | 'linkname'>> & { content?: string }

async function entriesOf(entries: Entry[], most = mostStaticFiles): Promise<Map<string, Buffer>> {
  const packing = pack()
  for (const { content, ...header } of entries) packing.entry(header, content ?? '')
  packing.finalize()
  return read(Readable.from(packing), most)
}

async function read(archive: Readable, most = mostStaticFiles): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  for await (const entry of staticEntries(archive, most)) {
    assert.ok('content' in entry && !entry.executable)
    const content = await buffer(entry.content)
    assert.equal(content.length, entry.bytes)
    found.set(entry.name, content)
  }
  return found
}

describe('what comes out of an image as static files', () => {
  it('is kept as it is, and compressed where that is worth it', async () => {
    const found = await entriesOf([
      { name: main, content: script },
      { name: font, content: 'f'.repeat(1000) },
      { name: 'static/lab/1.0123456789abcdef.js', content: 'x' },
    ])
    const names = [`br/${main}`, `gzip/${main}`, `plain/${font}`, 'plain/static/lab/1.0123456789abcdef.js']
    assert.deepEqual([...found.keys()], names)
    assert.equal(String(brotliDecompressSync(found.get(`br/${main}`) ?? '')), script)
    assert.equal(String(gunzipSync(found.get(`gzip/${main}`) ?? '')), script)
  })

  it('leaves out links, devices, pages, ways out, and whatever is no static file', async () => {
    const others: Entry[] = [
      { name: main, type: 'symlink', linkname: '/etc/passwd' },
      { name: main, type: 'link', linkname: '/etc/passwd' },
      { name: main, type: 'character-device' },
      { name: main, type: 'fifo' },
      { name: main, type: 'directory' },
      { name: 'static/lab/index.efd36b46f3b45eb8.html', content: '<script>' },
      { name: `../${main}`, content: 'x' },
      { name: `/${main}`, content: 'x' },
      { name: `static/lab/../../${main}`, content: 'x' },
    ]
    assert.deepEqual([...(await entriesOf([...others, { name: font, content: 'f' }])).keys()], [`plain/${font}`])
  })

  const most = { files: 2, bytes: 100, bytesOfFile: 60, others: 3 }
  const named = (index: number) => `static/lab/${index}.0123456789abcdef.js`
  const refusals: [title: string, entries: Entry[], reason: RegExp][] = [
    ['too many files', [1, 2, 3].map((index) => ({ name: named(index) })), /more than 2 static files/],
    ['a file that is too large', [{ name: main, content: 'x'.repeat(61) }], /has 61 bytes, more than 60/],
    [
      'too much in all',
      [1, 2].map((index) => ({ name: named(index), content: 'x'.repeat(51) })),
      /more than 100 bytes/,
    ],
    ['a name twice', [{ name: main }, { name: main }], /twice/],
    ['too much else', [1, 2, 3, 4].map((index) => ({ name: `home/${index}` })), /more than 3 other things/],
  ]
  for (const [title, entries, reason] of refusals) {
    it(`is refused as a whole with ${title}`, async () => {
      await assert.rejects(entriesOf(entries, most), { name: 'RefusedFiles', message: reason })
    })
  }

  it('is refused where it breaks off, or is no archive', async () => {
    const packing = pack()
    packing.entry({ name: main }, script)
    packing.finalize()
    const whole = await buffer(packing)
    for (const bytes of [whole.subarray(0, 2000), Buffer.from('no archive '.repeat(200))])
      await assert.rejects(read(Readable.from([bytes])))
  })
})
