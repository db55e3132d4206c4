import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { openWith } from '../../git/credentials.ts'
import { failureOf } from '../../git/failure.ts'
import { openGit } from '../../git/open.ts'
import { runGit } from '../../git/process.ts'
import { readRemote } from '../../git/remote-url.ts'
import { selfSigned } from '../helpers/certificate.ts'
import { cleanupAfterEach } from '../helpers/cleanup.ts'
import { until } from '../helpers/until.ts'
import { failed, type GitWorld, leftIn, openGitWorld, signal, testRules } from './world.ts'

describe('the git of a hub', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  /** A host whose answers these are, in place of git's. */
  const answering = (answer: (request: IncomingMessage, response: ServerResponse) => boolean, seconds = 60) =>
    openGitWorld(cleanup, { host: { answer }, rules: { seconds } })
  const resolving = (world: GitWorld) => failed(world.git.resolve(world.source, { signal }))

  describe('says of a host', () => {
    const statuses: [number, RegExp, boolean][] = [
      [401, /does not show the repository\. Either it is private, or the address is wrong/, false],
      [403, /does not show the repository/, false],
      [404, /has no repository at this address, or does not show it\. Correct/, false],
      [410, /has no repository at this address/, false],
      [429, /failed while it answered\. Try again later/, true],
      [500, /failed while it answered/, true],
      [503, /failed while it answered/, true],
    ]
    for (const [status, message, passes] of statuses) {
      it(`that answers ${status}`, async () => {
        const world = await answering((_request, response) => {
          response.writeHead(status, { 'www-authenticate': 'Basic realm="x"' }).end('no')
          return true
        })
        const error = await resolving(world)
        assert.match(error.message, message)
        assert.equal(error.passes, passes)
      })
    }

    it('that refuses the token', async () => {
      const world = await openGitWorld(cleanup, { host: { account: { user: 'x-access-token', token: 'right' } } })
      const commit = await world.course.commit({ a: '1' })
      const wrong = { ...world.source, credentials: { token: 'wrong' } }
      assert.match(
        (await failed(world.git.resolve(wrong, { signal }))).message,
        /refused the token\. It may have expired/,
      )
      const right = { ...world.source, credentials: { token: 'right' } }
      assert.equal((await world.git.fetch(right, { signal })).commit, commit)
    })

    it('that does not exist, or whose name service does not answer', async () => {
      const code = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))
      const world = await openGitWorld(cleanup)
      const source = { url: 'https://none.example.org/x' }
      const none = await failed(world.open({ lookup: code('ENOTFOUND') }).resolve(source, { signal }))
      assert.match(none.message, /There is no host none\.example\.org\. Correct the name/)
      assert.equal(none.passes, false)
      const silent = await failed(world.open({ lookup: code('EAI_AGAIN') }).resolve(source, { signal }))
      assert.match(silent.message, /the name service did not answer/)
      assert.equal(silent.passes, true)
    })

    it('at which nothing listens', async () => {
      const world = await openGitWorld(cleanup)
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      server.close()
      const port = typeof address === 'object' ? address?.port : 0
      const error = await failed(world.git.resolve({ url: `http://127.0.0.1:${port}/x` }, { signal }))
      assert.match(error.message, /127\.0\.0\.1 did not answer on port \d+\. Try again later/)
      assert.equal(error.passes, true)
    })

    it('that is no host of git', async () => {
      const world = await answering((_request, response) => {
        response.setHeader('content-type', 'text/html').end('<p>Welcome</p>')
        return true
      })
      const error = await resolving(world)
      assert.match(error.message, /there is none at this address/)
      assert.equal(error.passes, false)
    })

    it('whose certificate is of an unknown authority; one that the machine is told of is taken', async () => {
      const tls = selfSigned(['git.example.org'])
      const world = await openGitWorld(cleanup, { host: { tls }, lookup: async () => ['127.0.0.1'] })
      const commit = await world.course.commit({ a: '1' })
      const source = { url: `https://git.example.org:${world.host.port}/course.git` }
      assert.match(
        (await failed(world.git.resolve(source, { signal }))).message,
        /certificate of git\.example\.org could not be verified/,
      )
      const file = join(world.repositories.folder, 'authority.pem')
      await writeFile(file, tls.cert)
      process.env.GIT_SSL_CAINFO = file
      cleanup.defer(() => delete process.env.GIT_SSL_CAINFO)
      assert.equal(await world.git.resolve(source, { signal }), commit)
    })

    it('that never answers, and leaves no process behind', async () => {
      let closed = 0
      const world = await answering((request) => {
        request.socket.once('close', () => {
          closed += 1
        })
        return true
      }, 3)
      const error = await resolving(world)
      assert.match(error.message, /was not there within 3 seconds/)
      assert.equal(error.passes, true)
      assert.equal(await until(() => closed), world.host.requests.length)
      assert.deepEqual(await leftIn(world.folder), [])
    })

    it('that says nothing for a while, which git itself gives up then', async () => {
      const world = await answering(() => true)
      const remote = readRemote(world.source.url)
      const { settings, env } = await openWith(remote, undefined, ['127.0.0.1'], world.folder)
      const { code, said } = await runGit({
        ...{ args: ['ls-remote', '--quiet', '--', remote.url], cwd: world.folder, env, signal, maxBytes: 1000 },
        // Two minutes are what the hub gives a host.
        settings: [...settings, ['http.lowSpeedTime', '1']],
      })
      assert.notEqual(code, 0)
      const error = failureOf(remote, said, false)
      assert.match(error.message, /127\.0\.0\.1 did not answer on port \d+\. Try again later/, said)
      assert.equal(error.passes, true)
    })

    it('that stops in the middle of an answer', async () => {
      const world = await answering(({ method }, response) => {
        if (method === 'GET') return false
        response.write('0011')
        setImmediate(() => response.destroy())
        return true
      })
      await world.course.commit({ a: '1' })
      const error = await resolving(world)
      assert.match(error.message, /failed while it answered|did not answer/)
      assert.equal(error.passes, true)
    })
  })

  it('follows a repository that has moved at its host', async () => {
    const world = await answering(({ url = '' }, response) => {
      if (!url.startsWith('/old/')) return false
      response.writeHead(301, { location: url.replace('/old/course', '/course.git') }).end()
      return true
    })
    const commit = await world.course.commit({ a: '1' })
    const source = { url: `${world.host.url}/old/course` }
    assert.equal((await world.git.fetch(source, { signal })).commit, commit)
    assert.equal((await world.git.list(source, commit)).length, 1)
  })

  it('tries the addresses of a host one after the other', async () => {
    const world = await openGitWorld(cleanup, {
      rules: { hosts: ['git.example.org'] },
      lookup: async () => ['127.0.0.2', '::1', '127.0.0.1'],
    })
    const commit = await world.course.commit({ a: '1' })
    const source = { url: `http://git.example.org:${world.host.port}/course.git` }
    assert.equal((await world.git.fetch(source, { signal })).commit, commit)
  })

  it('takes http only from hosts that the rules name', async () => {
    const world = await openGitWorld(cleanup, { rules: { hosts: [] }, lookup: async () => ['192.0.2.1', '8.8.8.8'] })
    const error = await failed(world.git.resolve({ url: 'http://git.example.org/x' }, { signal }))
    assert.match(error.message, /http:\/\/ is not encrypted\. Write https:\/\//)
  })

  it('ends at an abort with its reason, with all processes', async () => {
    const stopping = new AbortController()
    const reason = new Error('enough')
    let socket: IncomingMessage['socket'] | undefined
    const world = await answering((request) => {
      socket = request.socket
      stopping.abort(reason)
      return true
    })
    await assert.rejects(world.git.fetch(world.source, { signal: stopping.signal }), (error) => error === reason)
    await until(() => socket?.destroyed)
    assert.deepEqual(await leftIn(world.folder), [])
  })

  it('ends what is under way when it is closed', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const world = await answering(() => {
      resolve()
      return true
    })
    const fetching = failed(world.git.fetch(world.source, { signal }))
    await asked
    await world.git.close()
    assert.match((await fetching).message, /The hub is stopping/)
    assert.deepEqual(await leftIn(world.folder), [])
    assert.match((await failed(world.git.list(world.source, 'a'.repeat(40)))).message, /The hub is stopping/)
  })

  it('needs no git before it is asked, and then says that there is none', async () => {
    const world = await openGitWorld(cleanup)
    const path = process.env.PATH
    cleanup.defer(() => {
      process.env.PATH = path
    })
    process.env.PATH = world.repositories.folder
    const other = world.open()
    await other.keep([])
    assert.match(
      (await resolving({ ...world, git: other })).message,
      /git is not installed on the machine of the hub\. Install it/,
    )
    await writeFile(join(world.repositories.folder, 'git'), '#!/bin/sh\necho git version 2.36.1\n', { mode: 0o755 })
    assert.match((await resolving({ ...world, git: other })).message, /has git 2\.36, and git 2\.37 or newer is needed/)
    process.env.PATH = path
    await world.course.commit({ a: '1' })
    assert.match(await other.resolve(world.source, { signal }), /^[0-9a-f]{40}$/)
  })

  it('refuses rules that name neither a host nor a network', () => {
    for (const host of ['https://git.example.org', '10.0.0.0/99', 'a b', '*.example.org', ''])
      assert.throws(
        () => openGit({ folder: '/none', mostOnDisk: 1, rules: { ...testRules, hosts: [host] } }),
        /hosts of git are names, addresses or networks/,
      )
  })
})
