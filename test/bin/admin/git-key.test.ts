import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDir } from '../../helpers/carrel.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { startGitHost } from '../../helpers/git/git-host.ts'
import { makeRepositories } from '../../helpers/git/repositories.ts'
import { missingSsh, startSshHost } from '../../helpers/git/ssh-host.ts'
import { requirePart } from '../../helpers/require.ts'
import { startKeysHub } from '../../hub/git-keys/world.ts'

describe('commands to a hub: carrel images key', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  before(function () {
    requirePart(this, 'ssh', missingSsh)
  })

  const carrelAt =
    (data: string) =>
    (args: string[], input = '') =>
      new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
        const all = ['bin/carrel.js', 'images', 'key', ...args, '--data', data]
        const child = execFile(process.execPath, all, { cwd: projectDir }, (_error, out, err) =>
          resolve({ code: child.exitCode, out, err }),
        )
        child.stdin?.end(input)
      })

  it('gives a token from a file or the input, shows what may be shown, and takes it away', async () => {
    const account = { user: 'ann', token: 'a-secret-token' }
    const { folder, make } = await makeRepositories(cleanup)
    await (await make('course')).commit({ a: '1' })
    const host = await startGitHost(cleanup, { folder, account })
    const { hub } = await startKeysHub(cleanup, `${host.url}/course.git`)
    const carrel = carrelAt(hub.dataDir)
    assert.match((await carrel(['python'])).out, /course\.git: no token and no deploy key/)
    const file = join(hub.dataDir, 'token')
    await writeFile(file, 'a-secret-token\n')
    const given = await carrel(['python', '--token-file', file, '--user', 'ann'])
    assert.match(
      given.out,
      /repository: http:\/\/\S+\/course\nkind: token\nuser: ann\nset: .* by operator\nused: \S+\nIt opens the repository\.\n$/,
    )
    const asked = await carrel(['python', '--token-stdin'], 'another-token\n')
    assert.match(
      asked.err,
      /token that operator has given \(.*\) would be forgotten\. Nothing was done: repeat it with --yes/,
    )
    const replaced = await carrel(['python', '--token-stdin', '--yes'], 'another-token\n')
    assert.match(replaced.out, /failed: .* refused the token.*\nIt does not open the repository\.\n$/)
    const json = JSON.parse((await carrel(['python', '--token-stdin', '--yes', '--json'], 'another-token\n')).out)
    assert.deepEqual([json.key.kind, json.key.user], ['token', null])
    const wrong = await carrel(['python', '--token-stdin', '--yes'], 'a b')
    assert.match(wrong.err, /is no token: it is more than one word/)
    assert.match((await carrel(['python', '--token-stdin', '--remove'])).err, /say one of the options/)
    assert.match((await carrel(['python', '--user', 'ann'])).err, /--user goes with a token/)
    assert.match((await carrel(['pithon'])).err, /did you mean "python"/)
    assert.match(
      (await carrel(['python', '--remove'])).err,
      /would be forgotten\. Nothing was done: repeat it with --yes/,
    )
    assert.match((await carrel(['python'])).out, /kind: token/)
    assert.match((await carrel(['python', '--remove', '--yes'])).out, /no token and no deploy key/)
    assert.doesNotMatch(hub.log.join(), /a-secret-token|another-token/)
  })

  it('makes a deploy key, shows the host’s keys until one is confirmed, and takes a pair from a file', async () => {
    const host = await startSshHost(cleanup)
    const { path } = await (await makeRepositories(cleanup)).make('course')
    const { hub } = await startKeysHub(cleanup, `${host.url}${path}`)
    const carrel = carrelAt(hub.dataDir)
    const made = await carrel(['python', '--ssh'])
    assert.match(made.out, /public key: ssh-ed25519 \S+\nfingerprint: SHA256:\S+\n/)
    const [, shown = ''] = /^ {2}(SHA256:\S+) \(ssh-ed25519\)$/m.exec(made.out) ?? []
    assert.match(
      made.out,
      /Compare one with what its operator publishes.*carrel images key python --host-key FINGERPRINT/s,
    )
    assert.match((await carrel(['python', '--host-key', `SHA256:${'A'.repeat(43)}`])).err, /not the fingerprint/)
    const confirmed = await carrel(['python', '--host-key', shown])
    assert.match(confirmed.out, new RegExp(`host keys: ${shown.replace(/[+/]/g, '\\$&')}\n`))
    assert.doesNotMatch(confirmed.out, /Compare/)
    const [key, known] = ['key', 'known_hosts'].map((name) => join(hub.dataDir, name))
    await writeFile(key ?? '', host.key)
    await writeFile(known ?? '', host.knownHosts())
    const pair = ['--ssh-key-file', key ?? '', '--known-hosts', known ?? '']
    const handed = await carrel(['python', ...pair, '--yes', '--json'])
    assert.deepEqual(JSON.parse(handed.out).key.host_keys.length, 1, handed.err)
    assert.equal(JSON.parse((await carrel(['python', '--known-hosts', known ?? '', '--json'])).out).key.problem, null)
  })
})
