import assert from 'node:assert/strict'
import { fingerprintsIn } from '../../git/ssh/known-hosts.ts'
import { cleanupAfterEach } from '../helpers/cleanup.ts'
import { missingSsh, type SshHost, startSshHost } from '../helpers/git/ssh-host.ts'
import { requirePart } from '../helpers/require.ts'
import { failed, type GitWorld, leftIn, openGitWorld, signal } from './world.ts'

describe('the git of a hub, by SSH', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let world: GitWorld
  let host: SshHost
  before(function () {
    requirePart(this, 'ssh', missingSsh)
  })
  beforeEach(async () => {
    world = await openGitWorld(cleanup, {
      rules: { hosts: ['git.example.org', '127.0.0.1'] },
      lookup: async () => ['127.0.0.1'],
    })
    host = await startSshHost(cleanup)
  })
  const source = (more: { key?: string; knownHosts?: string; name?: string } = {}) => ({
    url: `${host.url.replace('127.0.0.1', more.name ?? '127.0.0.1')}${world.course.path}`,
    credentials: { key: more.key ?? host.key, knownHosts: more.knownHosts ?? host.knownHosts(more.name) },
  })

  it('fetches with a deploy key and leaves no file of it', async () => {
    const commit = await world.course.commit({ a: '1' })
    assert.equal((await world.git.fetch(source(), { signal })).commit, commit)
    assert.equal((await world.git.list(source(), commit)).length, 1)
    assert.deepEqual(await leftIn(world.folder), [])
    assert.equal(await host.asked(), `git-upload-pack '${world.course.path}'`)
  })

  it('goes to the address that was looked up, and wants the key of the name', async () => {
    const commit = await world.course.commit({ a: '1' })
    assert.equal(await world.git.resolve(source({ name: 'git.example.org' }), { signal }), commit)
    const knownHosts = host.knownHosts('127.0.0.1')
    const error = await failed(world.git.resolve(source({ name: 'git.example.org', knownHosts }), { signal }))
    assert.match(error.message, /host key of git\.example\.org is not among the known ones/)
  })

  it('tries the addresses of a host one after the other', async () => {
    const commit = await world.course.commit({ a: '1' })
    const git = world.open({ lookup: async () => ['127.0.0.2', '127.0.0.1'] })
    assert.equal((await git.fetch(source({ name: 'git.example.org' }), { signal })).commit, commit)
    const none = world.open({ lookup: async () => ['127.0.0.2', '127.0.0.3'] })
    const error = await failed(none.resolve(source({ name: 'git.example.org' }), { signal }))
    assert.match(error.message, /git\.example\.org did not answer on port/)
    assert.equal(error.passes, true)
  })

  it('takes a key with the line ends of another system, and none at its end', async () => {
    const commit = await world.course.commit({ a: '1' })
    const key = host.key.trimEnd().replaceAll('\n', '\r\n')
    assert.equal(await world.git.resolve(source({ key }), { signal }), commit)
  })

  it('says that a key is refused', async () => {
    const error = await failed(world.git.resolve(source({ key: await host.otherKey() }), { signal }))
    assert.match(error.message, /refused the deploy key\. Add its public half/)
    assert.equal(error.passes, false)
    assert.deepEqual(await leftIn(world.folder), [])
  })

  it('says that the host has another key', async () => {
    const known = source()
    await host.changeHostKey()
    const error = await failed(world.git.resolve(known, { signal }))
    const [before = ''] = fingerprintsIn(known.credentials)
    const [after = ''] = fingerprintsIn({ key: '', knownHosts: await host.shownKey() })
    assert.ok(error.message.includes(`another host key (${after}) than the known one (${before})`), error.message)
    assert.equal(error.passes, false)
  })

  it('says that there is no such repository', async () => {
    const none = { ...source(), url: `${source().url}.none` }
    assert.match((await failed(world.git.resolve(none, { signal }))).message, /has no repository at this address/)
  })

  it('asks for what it lacks before it connects', async () => {
    const { url, credentials } = source()
    const cases: [object, RegExp][] = [
      [{ url }, /needs a deploy key/],
      [{ url, credentials: { token: 'x' } }, /needs a deploy key/],
      [{ url, credentials: { ...credentials, key: 'ssh-ed25519 AAAA' } }, /is no private key/],
      [{ url, credentials: { ...credentials, knownHosts: ' ' } }, /ssh-keyscan/],
      [{ url: world.source.url, credentials }, /A deploy key is for SSH/],
    ]
    for (const [bad, message] of cases)
      assert.match((await failed(world.git.resolve(bad as never, { signal }))).message, message)
    assert.equal(host.connections(), 0)
  })
})
