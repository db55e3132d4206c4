import assert from 'node:assert/strict'
import { appendFile, mkdir, readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'
import { openCopies } from '../../../proxy/static-files/copies.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { temporaryFolder } from '../world.ts'
import { main, staticArchive, theme } from './archive.ts'

const digest = 'ab'.repeat(32)
const week = 7 * 24 * 3600_000

describe('static files on the disk of a proxy', () => {
  const cleanup = cleanupAfterEach()
  let folder: string
  beforeEach(async () => {
    folder = await temporaryFolder(cleanup)
  })
  const write = async (archive: Buffer) => openCopies(folder).write(digest, Readable.from([archive]))

  it('are found again after a restart', async () => {
    const written = await write(await staticArchive())
    assert.deepEqual(await openCopies(folder).find(digest), written)
    assert.deepEqual(Object.keys(written.get(main) ?? {}), ['br', 'gzip'])
    assert.deepEqual(written.get(theme), { plain: 21 })
  })

  it('are written by two workers at once, and are whole', async () => {
    const archive = await staticArchive()
    const [one, other] = await Promise.all([write(archive), write(archive)])
    assert.deepEqual(one, other)
    assert.deepEqual(await readdir(folder), [digest])
  })

  it('are not there when the archive breaks off, and nothing of them is left', async () => {
    const archive = await staticArchive()
    for (const length of [archive.length / 2, 1500, 700]) {
      await assert.rejects(write(archive.subarray(0, length)))
      assert.equal(await openCopies(folder).find(digest), undefined)
      assert.deepEqual(await readdir(folder), [])
    }
  })

  it('are not there, and are fetched anew, when one has another length than it had', async () => {
    await write(await staticArchive())
    await appendFile(join(folder, digest, 'br', main), 'x')
    assert.equal(await openCopies(folder).find(digest), undefined)
    await write(await staticArchive())
    assert.notEqual(await openCopies(folder).find(digest), undefined)
  })

  const odd: (Pick<Header, 'name'> & Partial<Header>)[] = [
    { name: `plain/../${main}` },
    { name: `../plain/${main}` },
    { name: `/plain/${main}` },
    { name: 'plain/static/lab/index.efd36b46f3b45eb8.html' },
    { name: `zip/${main}` },
    { name: 'files.json' },
    { name: `plain/${main}`, type: 'symlink', linkname: '/etc/passwd' },
  ]
  for (const header of odd) {
    it(`are refused as a whole with ${header.type ?? 'file'} ${header.name}`, async () => {
      const packing = pack()
      packing.entry(header, header.type === undefined ? 'x' : '')
      packing.finalize()
      await assert.rejects(write(await buffer(packing)))
      assert.deepEqual(await readdir(folder), [])
    })
  }

  it('go when they were not used for long, unless a route names them, and so does what a killed proxy has left', async () => {
    const copies = openCopies(folder)
    const kept = 'cd'.repeat(32)
    const old = new Date(Date.now() - 2 * week)
    for (const name of [digest, kept, 'ef'.repeat(32), '.new-0123456789abcdef', 'other'])
      await mkdir(join(folder, name))
    for (const name of [digest, kept, '.new-0123456789abcdef', 'other']) await utimes(join(folder, name), old, old)
    await copies.tidy(new Set([kept]), week)
    assert.deepEqual((await readdir(folder)).sort(), [kept, 'ef'.repeat(32), 'other'].sort())
  })
})
