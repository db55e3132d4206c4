import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keysForChild, requireKeys } from '../../bin/secrets.ts'
import { projectDir } from '../helpers/carrel.ts'

const key = (kid: string, byte: number) => `${kid}:${Buffer.alloc(32, byte).toString('base64url')}`

describe('carrel keys', function () {
  this.timeout(300_000)
  let dir: string
  let file: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-keys-'))
    file = join(dir, 'keys')
    await writeFile(file, `${key('k7', 7)},${key('old', 1)}\n`, { mode: 0o640 })
  })
  afterEach(() => rm(dir, { recursive: true }))

  const carrel = (args: string[], env: Record<string, string> = {}) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const options = { cwd: projectDir, env: { PATH: process.env.PATH ?? '', ...env } }
      const child = execFile(process.execPath, ['bin/carrel.js', 'keys', ...args], options, (_error, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      )
    })

  it('shows only the ids of keys', async () => {
    assert.deepEqual(await carrel(['list', '--file', file]), { code: 0, out: 'k7  mints\nold\n', err: '' })
  })

  it('puts a key with a new id first, keeps the file’s mode, and leaves no other file', async () => {
    assert.equal((await carrel(['rotate', '--file', file])).out, 'k8  mints\nk7\nold\n')
    assert.equal((await stat(file)).mode & 0o777, 0o640)
    assert.deepEqual(await readdir(dir), ['keys'])
    assert.ok((await readFile(file, 'utf8')).endsWith(`,${key('k7', 7)},${key('old', 1)}\n`))
  })

  it('drops older keys, and never the one that mints', async () => {
    assert.match((await carrel(['drop', 'k7', '--file', file])).err, /k7 is the one that mints/)
    assert.equal((await carrel(['drop', 'old', '--file', file])).out, 'k7  mints\n')
    assert.match((await carrel(['drop', 'old', '--file', file])).err, /there is no key old/)
    assert.equal((await carrel(['rotate', '--end', '--file', file])).out, 'k8  mints\n')
  })

  it('prints the new variable where the keys are in the environment', async () => {
    const { out, err } = await carrel(['rotate'], { CARREL_KEYS: key('k1', 1) })
    assert.match(out, new RegExp(`^CARREL_KEYS=k2:[\\w-]{43},${key('k1', 1)}\n$`))
    assert.match(err, /restart/)
  })

  it('refuses a second change while one is under way', async () => {
    await writeFile(`${file}.new`, '')
    assert.match((await carrel(['rotate', '--file', file])).err, /another change is under way/)
  })

  it('takes keys from one place only, which others cannot read', async () => {
    assert.deepEqual(
      requireKeys({ CARREL_KEYS_FILE: file }).all.map(({ kid }) => kid),
      ['k7', 'old'],
    )
    assert.throws(() => requireKeys({ CARREL_KEYS_FILE: file, CARREL_KEYS: key('k1', 1) }), /are both set/)
    await chmod(file, 0o644)
    assert.throws(() => requireKeys({ CARREL_KEYS_FILE: file }), /anybody can read it/)
    assert.throws(() => requireKeys({ CARREL_KEYS_FILE: join(dir, 'none') }), /cannot be used: ENOENT/)
  })

  it('gives a child the name of the file, unless the keys are in the environment', () => {
    assert.deepEqual(keysForChild('/data', {}), { CARREL_KEYS_FILE: '/data/secrets/keys' })
    assert.deepEqual(keysForChild('/data', { CARREL_KEYS: 'k1:x' }), { CARREL_KEYS: 'k1:x' })
  })
})
