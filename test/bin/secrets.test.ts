import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeSecrets, requireKeys, requireSecrets, secretsInEnvironment } from '../../bin/secrets.ts'

describe('secrets', () => {
  let dataDir: string

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-secrets-'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  const folder = () => join(dataDir, 'secrets')
  const files = ['culler-token', 'keys', 'proxy-token']

  it('are made where they are missing, for their owner only, and are found again', async () => {
    const made = await makeSecrets(dataDir, {})
    assert.equal(new Set(Object.values(made)).size, 3)
    assert.equal(requireKeys({ CARREL_KEYS: made.keys }).all[0].secret.length, 32)
    assert.deepEqual((await readdir(folder())).sort(), files)
    assert.equal((await stat(folder())).mode & 0o777, 0o700)
    for (const file of files) assert.equal((await stat(join(folder(), file))).mode & 0o777, 0o600)
    assert.deepEqual(await makeSecrets(dataDir, {}), made)
    assert.deepEqual(requireSecrets(['keys', 'proxyToken', 'cullerToken'], secretsInEnvironment(made)), made)
  })

  it('are the same for several processes that make them at once', async () => {
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => makeSecrets(dataDir, {})))
    assert.equal(new Set(made.map((one) => JSON.stringify(one))).size, 1)
    assert.deepEqual((await readdir(folder())).sort(), files)
  })

  it('come from the environment first, and get no file then', async () => {
    const given = { CONFIGPROXY_AUTH_TOKEN: 'p'.repeat(32), CARREL_CULLER_TOKEN: 'c'.repeat(32) }
    const made = await makeSecrets(dataDir, given)
    assert.equal(made.proxyToken, given.CONFIGPROXY_AUTH_TOKEN)
    assert.equal(made.cullerToken, given.CARREL_CULLER_TOKEN)
    assert.deepEqual(await readdir(folder()), ['keys'])
    assert.equal(requireSecrets(['proxyToken'], given).proxyToken, given.CONFIGPROXY_AUTH_TOKEN)
  })

  it('are refused when others can read the file, and when the file has no secret', async () => {
    await makeSecrets(dataDir, {})
    const file = join(folder(), 'keys')
    await chmod(file, 0o640)
    await assert.rejects(makeSecrets(dataDir, {}), /keys can be read by others.*chmod 600/)
    await chmod(file, 0o600)
    await writeFile(file, '')
    await assert.rejects(makeSecrets(dataDir, {}), /keys cannot be used/)
    assert.equal(await readFile(file, 'utf8'), '')
  })

  it('are reported missing all at once, with the way to make each', () => {
    const given = { CARREL_PROXY_TOKEN: 'has a space in it, and is long enough' }
    assert.throws(
      () => requireSecrets(['keys', 'proxyToken'], given),
      (error: Error) => {
        assert.match(error.message, /CARREL_KEYS is not set\..*openssl/)
        assert.match(error.message, /CARREL_PROXY_TOKEN.*cannot be used: it holds a space/)
        return !error.message.includes('long enough')
      },
    )
  })

  it('can be made as the message says', () => {
    assert.throws(
      () => requireSecrets(['keys'], {}),
      (error: Error) => {
        const command = /CARREL_KEYS=(k1:\$\(.*?\)),/.exec(error.message)?.[1]
        const made = execFileSync('sh', ['-c', `printf %s "${command}"`], { encoding: 'utf8' })
        return requireKeys({ CARREL_KEYS: made }).all.length === 1
      },
    )
  })
})
