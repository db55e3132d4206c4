import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeKeyPair, readKeyPair } from '../../../git/ssh/key-pair.ts'
import { knownHostsOf, readKnownHosts } from '../../../git/ssh/known-hosts.ts'
import { fingerprintOf, written } from '../../../git/ssh/public-key.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { missingSsh } from '../../helpers/git/ssh-host.ts'
import { requirePart } from '../../helpers/require.ts'

const run = promisify(execFile)

describe('keys of SSH', () => {
  const cleanup = cleanupAfterEach()
  let folder: string
  before(function () {
    requirePart(this, 'ssh', missingSsh)
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-ssh-keys-'))
    cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  })
  const make = async (...options: string[]) => {
    const path = join(folder, 'key')
    await rm(path, { force: true })
    await rm(`${path}.pub`, { force: true })
    await run('ssh-keygen', ['-q', ...options, '-C', 'ann', '-f', path])
    return readFile(path, 'utf8')
  }
  const publicHalf = async () => (await readFile(join(folder, 'key.pub'), 'utf8')).split(' ').slice(0, 2).join(' ')

  it('are made as ssh-keygen makes them', async () => {
    const { text, publicKey } = makeKeyPair('carrel course:stats')
    const path = join(folder, 'made')
    await writeFile(path, text, { mode: 0o600 })
    assert.equal((await run('ssh-keygen', ['-y', '-f', path])).stdout, `${written(publicKey)} carrel course:stats\n`)
    const [, fingerprint] = (await run('ssh-keygen', ['-l', '-f', path])).stdout.split(' ')
    assert.equal(fingerprintOf(publicKey), fingerprint)
    assert.equal(written(readKeyPair(text).publicKey), written(publicKey))
    assert.notEqual(makeKeyPair('').text, makeKeyPair('').text)
  })

  for (const options of ['-t ed25519', '-t rsa -b 2048', '-t ecdsa', '-t ecdsa -b 521'])
    for (const form of ['RFC4716', 'PEM', 'PKCS8'])
      it(`are read as ssh-keygen ${options} -m ${form} writes them, and refused with a passphrase`, async () => {
        const with_ = (passphrase: string) => make(...options.split(' '), '-m', form, '-N', passphrase)
        const text = await with_('')
        const { text: kept, publicKey } = readKeyPair(text.replaceAll('\n', '\r\n').trimEnd())
        assert.deepEqual([kept, written(publicKey)], [text, await publicHalf()])
        const secret = await with_('a passphrase')
        assert.throws(() => readKeyPair(secret), {
          name: 'GitError',
          message: /has a passphrase.*ssh-keygen -p -N "" -f/,
        })
      })

  it('are refused with words where they are none, and are not repeated', () => {
    const cases: [string, RegExp][] = [
      ['', /is no private key/],
      ['hunter2', /is no private key/],
      ['ssh-ed25519 AAAAhunter2 ann', /public half.*without \.pub/],
      ['PuTTY-User-Key-File-3: hunter2', /puttygen/],
      ['-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----', /is no private key/],
      ['-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----', /is no private key/],
      ['-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----', /is no private key/],
      [
        `-----BEGIN OPENSSH PRIVATE KEY-----\n${'A'.repeat(50_000)}\n-----END OPENSSH PRIVATE KEY-----`,
        /is no private/,
      ],
    ]
    for (const [text, message] of cases)
      assert.throws(
        () => readKeyPair(text),
        (error: Error) =>
          error.name === 'GitError' && message.test(error.message) && !error.message.includes('hunter2'),
        text.slice(0, 40),
      )
    // Cut off anywhere, it is no key, and never more than an error.
    const { text } = makeKeyPair('')
    for (const length of [40, 60, 100, 200, 300]) {
      const lines = text.split('\n').slice(1, -2).join('').slice(0, length)
      const cut = `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`
      assert.throws(() => readKeyPair(cut), { name: 'GitError' })
    }
  })

  it('of hosts are read from known_hosts, also where names are hashed, and those of other hosts count for nothing', async () => {
    const own = makeKeyPair('').publicKey
    const other = makeKeyPair('').publicKey
    const at = (host: string, port = 22) => ({ host, port })
    const path = join(folder, 'hosts')
    await writeFile(path, `git.example.org,192.0.2.1 ${written(own)}\n[git.example.org]:2222 ${written(other)} ann\n`)
    const plain = await readFile(path, 'utf8')
    await run('ssh-keygen', ['-q', '-H', '-f', path])
    for (const text of [
      plain,
      await readFile(path, 'utf8'),
      `# ssh-keyscan\r\n\r\n${plain.replaceAll('\n', '\r\n')}`,
    ]) {
      assert.deepEqual(readKnownHosts(text, at('git.example.org')).map(fingerprintOf), [fingerprintOf(own)])
      assert.deepEqual(readKnownHosts(text, at('git.example.org', 2222)).map(fingerprintOf), [fingerprintOf(other)])
      assert.throws(
        () => readKnownHosts(text, at('git.example.com')),
        /None of these lines has a key of git\.example\.com/,
      )
    }
    assert.equal(knownHostsOf(at('h', 2222), [own]), `[h]:2222 ${written(own)}\n`)
    const authority = `@cert-authority git.example.org ${written(own)}\n`
    assert.throws(
      () => readKnownHosts(authority, at('git.example.org')),
      /begins with @cert-authority, which is not taken/,
    )
    assert.throws(() => readKnownHosts(`*.example.org ${written(own)}`, at('git.example.org')), /None of these/)
    assert.throws(() => readKnownHosts('h ssh-rsa AAAA', at('h')), /ssh-keyscan h prints/)
  })
})
