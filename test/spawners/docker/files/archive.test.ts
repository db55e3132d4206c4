import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { frames } from '../../../../spawners/docker/attach.ts'
import { folderArchive } from '../../../../spawners/docker/files/archive.ts'

const run = promisify(execFile)

describe('archives for the engine', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  for (const name of ['work', 'ann/course', `${'a'.repeat(90)}/${'b'.repeat(90)}`]) {
    it(`have one folder that tar unpacks: ${name.slice(0, 20)}`, async () => {
      await writeFile(join(folder, 'one.tar'), await folderArchive(name, { uid: 1000, gid: 100, mode: 0o1555 }))
      const { stdout } = await run('tar', ['--numeric-owner', '-tvf', join(folder, 'one.tar')])
      assert.match(stdout, /^dr-xr-xr-t 1000\/100 /)
      await run('tar', ['-C', folder, '--no-same-owner', '-xf', join(folder, 'one.tar')])
      assert.ok((await stat(join(folder, name))).isDirectory())
    })
  }
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
