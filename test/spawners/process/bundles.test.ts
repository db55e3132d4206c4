import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { removeTree } from '../../../net/machine/remove-tree.ts'
import type { BundleSource, MountedBundle } from '../../../spawners/files.ts'
import { type BundleFolders, openBundles } from '../../../spawners/process/bundles.ts'
import { until } from '../../helpers/until.ts'

describe('bundles of the process spawner', () => {
  let dataDir: string
  let archive: string
  let used: string[]
  let asked: number
  let bundles: BundleFolders

  const digest = createHash('sha256').update('a bundle').digest('hex')
  const mounted: MountedBundle[] = [{ digest, path: '/srv/carrel/x', into: 'read-only' }]
  const never = new AbortController().signal

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    archive = join(dataDir, 'archive.tar')
    used = []
    asked = 0
    await mkdir(join(dataDir, 'files', 'deep'), { recursive: true })
    await writeFile(join(dataDir, 'files', 'deep', 'notes.txt'), 'notes', { mode: 0o666 })
    await writeFile(join(dataDir, 'files', 'program'), '#!/bin/sh', { mode: 0o755 })
    await promisify(execFile)('tar', ['-C', join(dataDir, 'files'), '-cf', archive, 'deep/notes.txt', 'program'])
    bundles = await open()
  })
  afterEach(() => removeTree(dataDir))

  const open = () => {
    const installation = { name: 'carrel-test', id: 'idofthetests' }
    const isUsed = async (digest: string) => used.includes(digest)
    return openBundles({ dataDir, installation, warn: () => undefined, isUsed })
  }
  const sourceOf = (tar: () => Readable): BundleSource => ({ bytes: 1, files: 2, hasLinks: false, tar })
  const giving = (tar = (): Readable => createReadStream(archive), signal = never) => ({
    signal,
    async bundle() {
      asked += 1
      return sourceOf(tar)
    },
  })
  const notes = () => readFile(join(bundles.folderOf(digest), 'deep', 'notes.txt'), 'utf8')
  const inside = () => readdir(join(bundles.folderOf(digest), '..'))

  it('are read-only, and their programs stay programs', async () => {
    await bundles.provide(mounted, giving())
    const modeOf = async (path: string) => (await lstat(join(bundles.folderOf(digest), path))).mode & 0o322
    assert.deepEqual(await Promise.all(['', 'deep', 'deep/notes.txt', 'program'].map(modeOf)), [
      ...[0o100, 0o100, 0, 0o100],
    ])
  })

  it('are filled once by starts at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => bundles.provide(mounted, giving())))
    assert.equal(asked, 1)
    assert.equal(await notes(), 'notes')
  })

  it('are filled by the next start when the first one fails or is aborted, which leaves nothing', async () => {
    const aborting = new AbortController()
    const stalled = new PassThrough()
    const first = bundles.provide(
      mounted,
      giving(() => stalled, aborting.signal),
    )
    stalled.write('half an archive')
    await until(async () => (await inside()).some((name) => name.startsWith('.new-')))
    const second = bundles.provide(mounted, giving())
    const reason = new Error('nobody waits any more')
    aborting.abort(reason)
    await assert.rejects(first, reason)
    await second
    assert.equal(await notes(), 'notes')
    assert.deepEqual(await inside(), [digest])
  })

  it('are not made of an archive that breaks off, is damaged, or is none', async () => {
    const lost = new Error('the archive is lost')
    const breaking = async function* () {
      yield (await readFile(archive)).subarray(0, 600)
      throw lost
    }
    const isLost = (error: Error) => error.name === 'SpawnError' && error.cause === lost
    await assert.rejects(
      bundles.provide(
        mounted,
        giving(() => Readable.from(breaking())),
      ),
      isLost,
    )
    for (const bytes of [randomBytes(5000), (await readFile(archive)).subarray(0, 600)]) {
      await assert.rejects(
        bundles.provide(
          mounted,
          giving(() => Readable.from([bytes])),
        ),
        { name: 'SpawnError', message: 'The files of this course could not be unpacked.' },
      )
    }
    assert.deepEqual(await inside(), [])
  })

  it('write nothing beyond their folder, whatever the archive says', async () => {
    const outside = join(dataDir, 'outside')
    await mkdir(outside)
    const evil = join(dataDir, 'evil.tar')
    const pack = `import io, sys, tarfile
out = tarfile.open(sys.argv[1], 'w')
def file(name):
    info = tarfile.TarInfo(name); info.size = 4; out.addfile(info, io.BytesIO(b'evil'))
def link(name, target):
    info = tarfile.TarInfo(name); info.type = tarfile.SYMTYPE; info.linkname = target; out.addfile(info)
link('link', sys.argv[2]); file('link/through'); link('up', '../../../outside'); file('up/through')
file('../up'); file('a/../../up'); file(sys.argv[2] + '/absolute')
out.close()`
    await promisify(execFile)('python3', ['-c', pack, evil, outside])
    const filled = bundles.provide(
      mounted,
      giving(() => createReadStream(evil)),
    )
    await filled.catch(() => undefined)
    assert.deepEqual(await readdir(outside), [])
    assert.ok((await inside()).every((name) => name === digest))
  })

  it('stay when a start takes one while it is being removed', async () => {
    await bundles.provide(mounted, giving())
    const looks: string[] = []
    const racing = await openBundles({
      ...{ dataDir, installation: { name: 'carrel-test', id: 'idofthetests' }, warn: () => undefined },
      // The first look finds no run of it; a run that has it comes right after that.
      isUsed: async () => looks.push('look') > 1,
    })
    await racing.remove(digest)
    assert.equal(looks.length, 2)
    assert.equal(await notes(), 'notes')
    assert.deepEqual(await inside(), [digest])
  })

  it('that a start has filled anew while they were being removed are kept, and the old ones go', async () => {
    await bundles.provide(mounted, giving())
    let looks = 0
    const racing = await openBundles({
      ...{ dataDir, installation: { name: 'carrel-test', id: 'idofthetests' }, warn: () => undefined },
      async isUsed() {
        looks += 1
        if (looks > 1) await bundles.provide(mounted, giving())
        return looks > 1
      },
    })
    await racing.remove(digest)
    assert.equal(asked, 2)
    assert.equal(await notes(), 'notes')
    assert.deepEqual(await inside(), [digest])
  })

  it('that were removed by hand are asked for anew', async () => {
    await bundles.provide(mounted, giving())
    await removeTree(bundles.folderOf(digest))
    await bundles.provide(mounted, giving())
    assert.equal(asked, 2)
    assert.equal(await notes(), 'notes')
  })

  it('have digests that lead nowhere else', async () => {
    for (const name of ['..', '', 'x', `${digest}/..`, digest.toUpperCase()]) {
      assert.throws(() => bundles.folderOf(name), /is not the digest of a bundle/)
      await assert.rejects(bundles.remove(name), /is not the digest of a bundle/)
    }
  })

  it('of a hub that was killed while it filled them are removed an hour later', async () => {
    const root = join(bundles.folderOf(digest), '..')
    for (const name of ['.new-old', '.new-fresh']) await mkdir(join(root, name, 'deep'), { recursive: true })
    await promisify(execFile)('touch', ['-t', '202001010000', join(root, '.new-old')])
    await open()
    assert.deepEqual(await inside(), ['.new-fresh'])
    await rm(join(root, '.new-fresh'), { recursive: true })
  })
})
