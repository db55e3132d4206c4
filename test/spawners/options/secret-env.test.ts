import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readSecretEnv, secretEnvProblems } from '../../../spawners/options/secret-env.ts'
import type { SpawnError } from '../../../spawners/spawner.ts'

describe('variables from files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  for (const [what, content, expected] of [
    ['a line', 'open sesame\n', 'open sesame'],
    ['no line end', 'open sesame', 'open sesame'],
    ['a line end of Windows', 'open sesame\r\n', 'open sesame'],
    ['spaces and several lines', ' a \n\nb\n\n', ' a \n\nb\n'],
    ['nothing', '', ''],
  ] as const) {
    it(`have the text of a file with ${what}`, async () => {
      await writeFile(join(folder, 'key'), content)
      await symlink('key', join(folder, 'link'))
      assert.deepEqual(await readSecretEnv({ API_KEY: join(folder, 'link') }), { API_KEY: expected })
    })
  }

  it('are read anew each time', async () => {
    const file = join(folder, 'key')
    await writeFile(file, 'one')
    await readSecretEnv({ API_KEY: file })
    await writeFile(file, 'two')
    assert.deepEqual(await readSecretEnv({ API_KEY: file }), { API_KEY: 'two' })
  })

  const sesame = 'open sesame'
  for (const [what, make, why] of [
    ['a file that is not there', async () => undefined, /ENOENT/],
    ['a folder', (file: string) => mkdir(file), /EISDIR|no file/],
    ['a pipe, for which none waits', (file: string) => promisify(execFile)('mkfifo', [file]), /no file/],
    ['a file that is too large', (file: string) => writeFile(file, sesame.repeat(6000)), /more than 65536 bytes/],
    ['a file with a zero byte', (file: string) => writeFile(file, `${sesame}\0`), /zero byte/],
    ['a file that is no text', (file: string) => writeFile(file, Buffer.from([0xff, 0xfe])), /not valid/],
  ] as const) {
    it(`are refused for ${what}, in words that name the file and not what is in it`, async () => {
      const file = join(folder, 'key')
      await make(file)
      await assert.rejects(readSecretEnv({ API_KEY: file }), (error: SpawnError) => {
        assert.deepEqual([error.name, error.lasts], ['SpawnError', true])
        assert.ok(error.detail?.includes(`the file ${file} of the variable API_KEY`))
        assert.match(String(error.detail), why)
        assert.doesNotMatch(error.message + error.detail, /sesame/)
        return true
      })
      assert.match(String(await secretEnvProblems({ API_KEY: file })), why)
    })
  }
})
