import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { forgetImageNotebooks, pageInImage, pathsInImage } from '../../../hub/db/images/image-notebooks.ts'
import { mostInImage, notebookEntries } from '../../../hub/previews/image-entries.ts'
import { readImages } from '../../../hub/previews/image-notebooks.ts'
import { lookingCommand } from '../../../hub/previews/image-program.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeImages, type FakeImages, fakeId } from '../../helpers/fakes/fake-images.ts'
import { notebook } from '../content/content-world.ts'
import { openParts } from '../parts.ts'

type Entry = Pick<Header, 'name'> & Partial<Pick<Header, 'type' | 'linkname'>> & { content?: string }

function archiveOf(entries: Entry[]): Readable {
  const packing = pack()
  for (const { content, ...header } of entries) packing.entry(header, content ?? '')
  packing.finalize()
  return Readable.from(packing)
}
const asOutput = async (entries: Entry[]) => (await buffer(archiveOf(entries))).toString('latin1')
const never = new AbortController().signal

onEachDatabase('the notebooks of images', (makeDatabase) => {
  let images: FakeImages
  let parts: Awaited<ReturnType<typeof openParts>>
  const place = { image: 'one', folder: '' }

  beforeEach(async () => {
    images = createFakeImages()
    const courses = {
      demo: { image: 'one' },
      same: { image: 'one' },
      empty: { image: 'one', home: { path: '/home/x' } },
    }
    parts = await openParts(await makeDatabase(), { courses }, images)
    images.engines[0]?.set('one', fakeId('a'))
  })
  afterEach(() => parts.stop())

  const read = (signal = never) => readImages(parts.hub, signal)
  const paths = () => pathsInImage(parts.hub.db, place)
  async function finds(...entries: Entry[]): Promise<void> {
    parts.world.behaviour.errandOutput = await asOutput(entries)
  }
  const lesson = (name: string, title: string) => ({ name, content: notebook(title, `# ${title}\n<script>x</script>`) })
  function watch(): string[] {
    const seen: string[] = []
    parts.world.events.on('errand', (id) => seen.push(parts.world.errands.get(id)?.spec.command.at(-1) ?? ''))
    return seen
  }

  it('are pages to read once a server of the image has run, made once for all courses that have it', async () => {
    await finds(
      lesson('week1/a.ipynb', 'Sums'),
      { name: 'tool.py', content: 'x = 1' },
      { name: 'bad.ipynb', content: '{' },
    )
    const errands = watch()
    await read()
    assert.deepEqual(errands, [])
    await parts.makeReady()
    await parts.makeReady('same')
    await parts.makeReady('empty')
    await read()
    await read()
    assert.deepEqual(errands, [''])
    assert.deepEqual(await paths(), ['week1/a.ipynb'])
    const html = String(gunzipSync((await pageInImage(parts.hub.db, place, 'week1/a.ipynb')) ?? ''))
    assert.match(html, /<title>Sums<\/title>/)
    assert.doesNotMatch(html, /<script/)
    assert.deepEqual(await parts.hub.db('errands'), [])

    await parts.hub.db('image_notebooks').update({ used: 0 })
    await read()
    assert.deepEqual(await paths(), ['week1/a.ipynb'])
    await parts.hub.db('image_notebooks').update({ used: 0 })
    await forgetImageNotebooks(parts.hub.db, 1000)
    assert.deepEqual(await parts.hub.db('image_notebooks'), [])
  })

  it('are others when the name stands for another image, and stay where that cannot be read', async () => {
    await parts.makeReady()
    await finds(lesson('a.ipynb', 'One'), lesson('b.ipynb', 'Two'))
    await read()
    images.engines[0]?.set('one', fakeId('b'))
    await read()
    assert.deepEqual(await paths(), ['a.ipynb', 'b.ipynb'])
    await parts.hub.db('servers').update({ image: fakeId('b') })
    parts.world.behaviour.errandOutput = 'no archive '.repeat(100)
    const errands = watch()
    await read()
    await read()
    assert.equal(errands.length, 1)
    assert.deepEqual(await paths(), ['a.ipynb', 'b.ipynb'])
    await parts.hub.db('image_notebooks').where({ path: '' }).update({ tried: 0 })
    await finds(lesson('c.ipynb', 'Three'))
    await read()
    assert.deepEqual(await paths(), ['c.ipynb'])
  })

  it('are read by the next housekeeper where the last one stopped in the midst of it', async () => {
    await parts.makeReady()
    await finds(lesson('a.ipynb', 'One'))
    parts.world.behaviour.midErrand = new Promise<void>(() => undefined)
    const stopped = new AbortController()
    parts.world.events.once('errand', () => stopped.abort())
    await read(stopped.signal)
    assert.deepEqual(await parts.hub.db('image_notebooks'), [])
    delete parts.world.behaviour.midErrand
    await read()
    assert.deepEqual(await paths(), ['a.ipynb'])
  })
})

describe('what comes out of an image as notebooks', () => {
  async function pathsOf(archive: Readable, most = mostInImage): Promise<string[]> {
    const found: string[] = []
    for await (const { path } of notebookEntries(archive, most)) found.push(path)
    return found
  }

  it('leaves out links, devices, ways out, hidden folders and other files', async () => {
    const name = 'a.ipynb'
    const others: Entry[] = [
      { name, type: 'symlink', linkname: '/etc/passwd' },
      { name, type: 'link', linkname: '/etc/passwd' },
      { name, type: 'fifo' },
      ...['../a.ipynb', '/a.ipynb', 'x/../a.ipynb', './a.ipynb', '.x/a.ipynb', 'a\\b.ipynb', 'a\n.ipynb', 'a.html'].map(
        (bad) => ({ name: bad, content: 'x' }),
      ),
      { name: `${'x'.repeat(400)}.ipynb`, content: 'x' },
    ]
    assert.deepEqual(await pathsOf(archiveOf([...others, { name: 'w/b.ipynb', content: 'x' }])), ['w/b.ipynb'])
  })

  it('is refused where it is more than the program sends', async () => {
    const most = { files: 2, bytes: 100, bytesOfFile: 60, others: 2, path: 400 }
    const named = (...names: string[]) => names.map((name) => ({ name, content: 'x'.repeat(10) }))
    for (const [entries, reason] of [
      [named('a.md', 'b.md', 'c.md'), /more than 2 notebooks/],
      [named('a.md', 'a.md'), /a name twice/],
      [named('a', 'b', 'c'), /2 other things/],
      [[{ name: 'a.md', content: 'x'.repeat(61) }], /more than 60 bytes/],
      [['a.md', 'b.md'].map((name) => ({ name, content: 'x'.repeat(51) })), /more than 100 bytes/],
    ] as const)
      await assert.rejects(pathsOf(archiveOf([...entries]), most), reason)
  })

  it('is what the program finds below the folder: notebooks and texts of Jupytext, and nothing by a link', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carrel-image-'))
    try {
      const course = join(folder, 'course')
      await mkdir(join(course, 'week 1', '.ipynb_checkpoints'), { recursive: true })
      const files = {
        'course/a.ipynb': '{}',
        'course/README.md': '# About',
        'course/text.md': '---\njupytext:\n---\n',
        'course/tool.py': 'x = 1',
        'course/week 1/b.ipynb': '{}',
        'course/week 1/.ipynb_checkpoints/b.ipynb': '{}',
        'secret.ipynb': '{}',
      }
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
      await symlink('../secret.ipynb', join(course, 'link.ipynb'))
      await symlink('..', join(course, 'up'))
      const [program = '', ...args] = lookingCommand(course)
      const { stdout } = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      assert.deepEqual((await pathsOf(stdout)).sort(), ['a.ipynb', 'text.md', 'week 1/b.ipynb'])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
