import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import { startGitHost } from '../../helpers/git/git-host.ts'
import { makeRepositories, type Repositories, type TestRepository } from '../../helpers/git/repositories.ts'
import { missingSsh, startSshHost } from '../../helpers/git/ssh-host.ts'
import { requirePart } from '../../helpers/require.ts'
import { secrets } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { createRing } from './key-ring.ts'
import { dumpOf, keyPath, startKeysHub } from './world.ts'

const account = { user: 'x-access-token', token: 'glpat-0123456789-secret' }

onSqlite('the key of a private repository', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let repositories: Repositories
  let course: TestRepository
  beforeEach(async () => {
    repositories = await makeRepositories(cleanup)
    course = await repositories.make('course')
    await course.commit({ Dockerfile: 'FROM fake\n' })
  })
  const privateHost = () => startGitHost(cleanup, { folder: repositories.folder, account })

  it('opens it by a token, which no one sees again', async function () {
    this.timeout(300_000)
    const host = await privateHost()
    const { hub, ask, build, printed } = await startKeysHub(cleanup, `${host.url}/course.git`, {
      database: await makeDatabase(),
    })
    assert.deepEqual((await ask('GET', keyPath)).key, null)
    assert.match((await build()) ?? '', /does not show the repository.*Give a token for it/)
    const { key } = await ask('PUT', keyPath, { token: account.token })
    assert.deepEqual([key?.kind, key?.repository, key?.set_by], ['token', `${host.url}/course`, 'operator'])
    assert.deepEqual([key?.used !== null, key?.failure], [true, null])
    assert.equal(await build(), undefined)
    const after = await ask('GET', keyPath)
    assert.ok(after.key?.used !== null && after.key?.problem === null)
    const other = await ask('PUT', keyPath, { token: 'another-token' })
    assert.match(other.key?.failure ?? '', /refused the token/)
    assert.equal(other.key?.used, null)
    assert.match((await build()) ?? '', /refused the token/)
    const failed = await ask('GET', keyPath)
    assert.match(failed.key?.failure ?? '', /refused the token/)
    const told = [await printed(), JSON.stringify([after, failed]), hub.log.join('\n'), await dumpOf(hub)].join('\n')
    assert.doesNotMatch(told, /0123456789-secret|another-token/)
    const events = await hub.db('events').where('kind', 'like', 'git-%').orderBy('id')
    assert.deepEqual(
      events.map(({ kind, detail }) => [kind, JSON.parse(detail).owner, JSON.parse(detail).by]),
      [
        ['git-key-set', 'image:python', 'operator'],
        ['git-key-set', 'image:python', 'operator'],
      ],
    )
    assert.equal((await ask('DELETE', keyPath)).key, null)
    await assert.rejects(ask('DELETE', keyPath), /no such key/)
  })

  it('goes with a user name where the host wants one', async function () {
    this.timeout(300_000)
    const host = await startGitHost(cleanup, { folder: repositories.folder, account: { user: 'ann', token: 'word' } })
    const { ask, build } = await startKeysHub(cleanup, `${host.url}/course`, { database: await makeDatabase() })
    await ask('PUT', keyPath, { token: 'word', user: 'ann' })
    assert.equal(await build(), undefined)
  })

  it('opens a repository that has become private meanwhile', async function () {
    this.timeout(300_000)
    let isPrivate = false
    const wanted = `Basic ${Buffer.from(`x-access-token:${account.token}`).toString('base64')}`
    const host = await startGitHost(cleanup, {
      folder: repositories.folder,
      answer: (request, response) => {
        if (!isPrivate || request.headers.authorization === wanted) return false
        response.writeHead(401).end()
        return true
      },
    })
    const { ask, build } = await startKeysHub(cleanup, `${host.url}/course`, { database: await makeDatabase() })
    assert.equal(await build(), undefined)
    isPrivate = true
    await course.commit({ other: '1' })
    assert.match((await build()) ?? '', /Either it is private/)
    await ask('PUT', keyPath, { token: account.token })
    assert.equal(await build(), undefined)
  })

  it('is sealed anew when the keys of the installation are rotated, also when the old one is dropped at once', async function () {
    this.timeout(300_000)
    const host = await privateHost()
    const ring = createRing('k1')
    const { hub, ask, build } = await startKeysHub(cleanup, `${host.url}/course`, {
      database: await makeDatabase(),
      secrets: { ...secrets, keys: ring.keys },
    })
    await ask('PUT', keyPath, { token: account.token })
    const kid = async () => (await hub.db('git_keys').first('kid')).kid
    assert.equal(await kid(), 'k1')
    ring.become('k2', 'k1')
    await until(async () => (await kid()) === 'k2')
    ring.become('k3')
    await until(async () => (await kid()) === 'k3')
    assert.equal(await build(), undefined)
  })

  it('says so when the key is lost that has sealed it', async function () {
    this.timeout(300_000)
    const host = await privateHost()
    const { hub, ask, build } = await startKeysHub(cleanup, `${host.url}/course`, { database: await makeDatabase() })
    await ask('PUT', keyPath, { token: account.token })
    await hub.db('git_keys').update({ kid: 'k0' })
    host.requests.length = 0
    const words = /token of this repository was sealed with the key k0 of this installation.*Give the token again/
    assert.match((await ask('GET', keyPath)).key?.problem ?? '', words)
    assert.match((await build()) ?? '', words)
    assert.deepEqual(
      host.requests.filter(({ authorization }) => authorization !== undefined),
      [],
    )
    await ask('PUT', keyPath, { token: account.token })
    assert.equal(await build(), undefined)
  })

  it('refuses what is no key for this address, in words and without repeating it', async () => {
    const { ask } = await startKeysHub(cleanup, 'https://git.example.org/x', { database: await makeDatabase() })
    const cases: [object, RegExp][] = [
      [{ token: 'a b' }, /characters that no token has/],
      [{ token: 'x', user: 'a:b' }, /characters that no token has/],
      [{ private_key: 'x' }, /A deploy key is for SSH/],
      [{ token: 'secret-x', private_key: 'y' }, /Send \{ token, user\? \} or \{ private_key/],
      [{ 'secret-x': 1 }, /Send \{ token/],
    ]
    for (const [body, says] of cases)
      await assert.rejects(ask('PUT', keyPath, body), (error: Error) => {
        assert.match(error.message, says)
        return !error.message.includes('secret-x')
      })
    await assert.rejects(ask('POST', keyPath, {}), /A deploy key is for SSH/)
    await assert.rejects(ask('GET', keyPath.replace('python', 'pyton')), /did you mean "python"/)
  })

  describe('by SSH', () => {
    before(function () {
      requirePart(this, 'ssh', missingSsh)
    })

    it('is a pair that is made here, once the host was confirmed', async function () {
      this.timeout(300_000)
      const host = await startSshHost(cleanup)
      const { hub, ask, build } = await startKeysHub(cleanup, `${host.url}${course.path}`, {
        database: await makeDatabase(),
      })
      assert.match((await build()) ?? '', /needs a deploy key/)
      const { key } = await ask('POST', keyPath, {})
      assert.match(key?.public_key ?? '', /^ssh-ed25519 \S+$/)
      assert.match(key?.problem ?? '', /host key of 127\.0\.0\.1 is not confirmed yet/)
      await host.letIn(key?.public_key ?? '')
      assert.match((await build()) ?? '', /is not confirmed yet/)
      const { host_keys } = await ask('POST', `${keyPath}/host`, {})
      const [shown] = host_keys
      assert.equal(shown?.type, 'ssh-ed25519')
      const wrong = `SHA256:${'A'.repeat(43)}`
      await assert.rejects(ask('PUT', `${keyPath}/host`, { fingerprint: wrong }), (error: Error) =>
        error.message.includes(`shows ${shown?.fingerprint} (ssh-ed25519)`),
      )
      const confirmed = await ask('PUT', `${keyPath}/host`, { fingerprint: shown?.fingerprint })
      assert.deepEqual([confirmed.key?.host_keys, confirmed.key?.problem], [host_keys, null])
      assert.equal(await build(), undefined)
      // A new pair for the same host needs no other look at the host.
      const again = await ask('POST', keyPath, {})
      assert.deepEqual([again.key?.host_keys, again.key?.problem], [host_keys, null])
      assert.match((await build()) ?? '', /refused the deploy key/)
      assert.doesNotMatch(hub.log.join() + (await dumpOf(hub)), /PRIVATE KEY/)
    })

    it('is a pair that was handed in, with the lines of known_hosts; a host that shows another key is an error with both', async function () {
      this.timeout(300_000)
      const host = await startSshHost(cleanup)
      const { ask, build } = await startKeysHub(cleanup, `${host.url}${course.path}`, {
        database: await makeDatabase(),
      })
      const known_hosts = `# comment\nother.example.org ssh-ed25519 AAAA\n${host.knownHosts()}`
      await assert.rejects(
        ask('PUT', keyPath, { private_key: host.key, known_hosts: 'x ssh-ed25519 AAAA' }),
        /None of these lines has a key of/,
      )
      const { key } = await ask('PUT', keyPath, { private_key: host.key, known_hosts })
      assert.equal(key?.host_keys.length, 1)
      assert.equal(await build(), undefined)
      await host.changeHostKey()
      const { host_keys } = await ask('POST', `${keyPath}/host`, {})
      const why = (await build()) ?? ''
      for (const one of [...(key?.host_keys ?? []), ...host_keys]) assert.ok(why.includes(one.fingerprint), why)
      await ask('PUT', `${keyPath}/host`, { fingerprint: host_keys[0]?.fingerprint })
      assert.equal(await build(), undefined)
    })
  })
})
