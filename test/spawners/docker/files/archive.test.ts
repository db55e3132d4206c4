import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { frames } from '../../../../spawners/docker/attach.ts'
import { folderArchive, readHeader } from '../../../../spawners/docker/files/archive.ts'

const run = promisify(execFile)

describe('archives for the engine', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  for (const name of ['work', 'ann/course', `${'a'.repeat(90)}/${'b'.repeat(90)}`]) {
    it(`have one folder that tar unpacks: ${name.slice(0, 20)}`, async () => {
      await writeFile(join(folder, 'one.tar'), folderArchive(name, { uid: 1000, gid: 100, mode: 0o1555 }))
      const { stdout } = await run('tar', ['--numeric-owner', '-tvf', join(folder, 'one.tar')])
      assert.match(stdout, /^dr-xr-xr-t 1000\/100 /)
      await run('tar', ['-C', folder, '--no-same-owner', '-xf', join(folder, 'one.tar')])
      assert.ok((await stat(join(folder, name))).isDirectory())
    })
  }

  it('are refused for a path that is too long', () => {
    assert.throws(() => folderArchive('a'.repeat(150), { uid: 0, gid: 0, mode: 0o755 }), /too long/)
  })

  it('are read as tar writes them', async () => {
    await mkdir(join(folder, 'in'))
    await writeFile(join(folder, 'in', 'file'), 'twelve bytes')
    await symlink('file', join(folder, 'in', 'link'))
    const owner = ['--owner=4000000', '--group=100', '--numeric-owner', '--sort=name']
    const { stdout } = await promisify(execFile)('tar', ['-C', folder, ...owner, '-cf', '-', 'in'], {
      encoding: 'buffer',
    })
    const [own, file] = [0, 512].map((at) => readHeader(stdout.subarray(at, at + 512)))
    const link = readHeader(stdout.subarray(3 * 512, 4 * 512))
    assert.deepEqual([own?.kind, own?.name, own?.uid, own?.gid], ['folder', 'in/', 4_000_000, 100])
    assert.deepEqual([file?.kind, file?.size], ['file', 12])
    assert.deepEqual([link?.kind, link?.target], ['link', 'file'])
    assert.equal(readHeader(Buffer.alloc(512)), undefined)
    assert.equal(readHeader(Buffer.alloc(0)), undefined)
  })
})

describe("the engine's stream of a container", () => {
  it('is cut into its frames, wherever it is broken', async () => {
    const frame = (kind: number, text: string) => {
      const header = Buffer.from([kind, 0, 0, 0, 0, 0, 0, 0])
      header.writeUInt32BE(text.length, 4)
      return Buffer.concat([header, Buffer.from(text)])
    }
    const whole = Buffer.concat([frame(1, 'hello '), frame(2, 'an error'), frame(1, ''), frame(1, 'world')])
    for (const size of [1, 3, 8, 13, whole.length]) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
        whole.subarray(at * size, (at + 1) * size),
      )
      const seen = { 1: '', 2: '' } as Record<number, string>
      for await (const { kind, bytes } of frames(Readable.from(pieces))) seen[kind] += String(bytes)
      assert.deepEqual(seen, { 1: 'hello world', 2: 'an error' }, `pieces of ${size}`)
    }
  })
})
