import assert from 'node:assert/strict'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lfsServerOf } from '../../git/lfs/server.ts'
import { readRemote } from '../../git/remote-url.ts'
import { cleanupAfterEach } from '../helpers/cleanup.ts'
import { createLfsServer, type LfsServer, lfsPointer } from '../helpers/git/lfs-server.ts'
import { modulesFile } from '../helpers/git/repositories.ts'
import { entriesOf, failed, type GitWorld, leftIn, noise, openGitWorld, signal } from './world.ts'

describe('files of Git LFS', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const attributes = { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' }
  let lfs: LfsServer
  let world: GitWorld
  beforeEach(async () => {
    lfs = createLfsServer()
    world = await openGitWorld(cleanup, { host: { answer: lfs.answer } })
  })
  const fetch = async (lines: string[] = []) =>
    world.git.fetch(world.source, { signal, report: (line) => void lines.push(line) })

  it('are listed with their sizes, read and archived with their contents', async () => {
    const { course, git, source } = world
    const [one, two] = [noise(300_000, 'one'), noise(200, 'two')]
    const commit = await course.commit({
      ...attributes,
      'data/one.bin': lfs.put('course', one),
      'data/same.bin': lfs.put('course', one),
      'run.bin': { program: lfs.put('course', two) },
      'text.txt': 'text',
    })
    const lines: string[] = []
    assert.deepEqual((await fetch(lines)).left, [])
    assert.match(lines.join('\n'), /Files of Git LFS to fetch from 127\.0\.0\.1:\d+: 2 \(1 MB\)\./)
    const files = await git.list(source, commit)
    assert.deepEqual(
      files.map(({ path, bytes, kind, pointer }) => [path, bytes, kind, pointer]),
      [
        ['.gitattributes', 42, 'file', undefined],
        ['data/one.bin', 300_000, 'file', undefined],
        ['data/same.bin', 300_000, 'file', undefined],
        ['run.bin', 200, 'program', undefined],
        ['text.txt', 4, 'file', undefined],
      ],
    )
    assert.deepEqual(await git.read(source, files[1]?.blob ?? ''), one)
    assert.match((await failed(git.read(source, files[1]?.blob ?? '', { maxBytes: 9 }))).message, /has 300000 bytes/)
    const entries = await entriesOf(git.archive(source, commit))
    assert.equal(entries['data/same.bin'], one.toString())
    assert.equal(entries['run.bin'], two.toString())
    assert.equal(entries['text.txt'], 'text')
    assert.equal(lfs.asked.length, 3)
    assert.deepEqual(await leftIn(world.folder), [])
  })

  it('are fetched once: what the commit before had is not asked for again', async () => {
    const { course } = world
    await course.commit({ ...attributes, 'one.bin': lfs.put('course', 'one') })
    await fetch()
    assert.equal(lfs.asked.length, 2)
    await course.commit({ readme: 'new' })
    await fetch()
    assert.equal(lfs.asked.length, 2)
    const third = await course.commit({ 'two.bin': lfs.put('course', 'two') })
    await fetch()
    assert.deepEqual(
      lfs.asked.slice(2).map((line) => line.split(' ', 1)[0]),
      ['batch', 'get'],
    )
    assert.equal((await entriesOf(world.git.archive(world.source, third)))['one.bin'], 'one')
  })

  it('of a submodule come from its own repository', async () => {
    const { course, repositories } = world
    const data = await repositories.make('data')
    const inside = await data.commit({ ...attributes, 'x.bin': lfs.put('data', 'of the submodule') })
    const commit = await course.commit({
      '.gitmodules': modulesFile({ data: '../data.git' }),
      data: { module: inside },
    })
    assert.deepEqual((await fetch()).left, [])
    assert.equal((await entriesOf(world.git.archive(world.source, commit)))['data/x.bin'], 'of the submodule')
    assert.equal(lfs.asked[0], 'batch /data.git 1')
  })

  it('more than a server tells of at once are asked for in parts', async () => {
    const { course, git, source } = world
    const names = Array.from({ length: 130 }, (_, index) => `${index}.bin`)
    const files = names.map((name) => [name, lfs.put('course', name)])
    const commit = await course.commit({ ...attributes, ...Object.fromEntries(files) })
    await fetch()
    assert.deepEqual(
      lfs.asked.filter((line) => line.startsWith('batch')),
      ['batch /course.git 100', 'batch /course.git 30'],
    )
    const listed = await git.list(source, commit)
    assert.ok(listed.every(({ pointer }) => pointer === undefined))
  })

  it('of a private repository are asked for with its credentials', async () => {
    const account = { user: 'x-access-token', token: 'secret' }
    world = await openGitWorld(cleanup, { host: { answer: lfs.answer, account } })
    const commit = await world.course.commit({ ...attributes, 'one.bin': lfs.put('course', 'one') })
    const source = { ...world.source, credentials: { token: 'secret' } }
    assert.deepEqual((await world.git.fetch(source, { signal })).left, [])
    assert.equal((await entriesOf(world.git.archive(source, commit)))['one.bin'], 'one')
  })

  it('that cannot be had stay pointers, and are told with a remedy', async () => {
    const { course, git, source } = world
    const none = lfsPointer('a'.repeat(64), 12_345)
    const commit = await course.commit({ ...attributes, 'none.bin': none, 'one.bin': lfs.put('course', 'one') })
    const lines: string[] = []
    const { left } = await fetch(lines)
    const problem = '127.0.0.1 does not have the file. Push it there: git lfs push --all origin.'
    assert.deepEqual(left, [{ path: 'none.bin', problem }])
    assert.ok(
      lines.includes(`In place of files of Git LFS stand their pointers (${problem}): "none.bin".`),
      lines.join(),
    )
    const [, file] = await git.list(source, commit)
    assert.deepEqual(file?.pointer, { oid: 'a'.repeat(64), bytes: 12_345 })
    const entries = await entriesOf(git.archive(source, commit))
    assert.deepEqual([entries['none.bin'], entries['one.bin']], [none, 'one'])
  })

  it('that were pushed later come with the next fetch of the same commit', async () => {
    const { course, git, source } = world
    const pointer = lfsPointer('2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae', 3)
    const commit = await course.commit({ ...attributes, 'foo.bin': pointer, 'one.bin': lfs.put('course', 'one') })
    assert.equal((await fetch()).left.length, 1)
    assert.equal(lfs.put('course', 'foo'), pointer)
    assert.deepEqual((await fetch()).left, [])
    assert.equal(lfs.asked.filter((line) => line.startsWith('get')).length, 2)
    const files = await git.list(source, commit)
    assert.equal(String(await git.read(source, files[1]?.blob ?? '')), 'foo')
    const before = lfs.asked.length
    await fetch()
    assert.equal(lfs.asked.length, before)
  })

  it('of a host without Git LFS, or one that fails, cost the rest nothing', async () => {
    const statuses: [number | 'odd', RegExp][] = [
      [404, /127\.0\.0\.1 has no Git LFS for this repository, or does not show it \(404\)\. Push the files there/],
      [403, /does not show its files of Git LFS\. Give credentials/],
      [503, /failed while it answered about Git LFS \(503\)\. Try again later/],
      ['odd', /is not the answer of a server of Git LFS/],
    ]
    for (const [status, message] of statuses) {
      world = await openGitWorld(cleanup, {
        host: {
          answer: ({ url = '' }, response) => {
            if (!url.includes('/info/lfs/')) return false
            if (status === 'odd') response.end('<p>Welcome</p>')
            else response.writeHead(status).end('no')
            return true
          },
        },
      })
      const commit = await world.course.commit({ ...attributes, 'one.bin': lfs.put('course', 'one'), a: '1' })
      const { left } = await fetch()
      assert.match(left[0]?.problem ?? '', message)
      assert.equal((await world.git.list(world.source, commit)).length, 3)
    }
  })

  it('that move within the host, or to another that may be reached, are followed', async () => {
    const elsewhere = await openGitWorld(cleanup, {
      host: {
        answer: (_request, response) => {
          response.end('one')
          return true
        },
      },
    })
    world = await openGitWorld(cleanup, {
      host: {
        answer: async (request, response) => {
          const { url = '' } = request
          const moved = url.startsWith('/course.git/info/lfs/') && url.replace('/course.git', '/moved.git')
          const location = url.startsWith('/lfs-files/') ? `${elsewhere.host.url}/signed?x=%2F` : moved
          if (location === false) return lfs.answer(request, response)
          response.writeHead(307, { location }).end()
          return true
        },
      },
    })
    const commit = await world.course.commit({ ...attributes, 'one.bin': lfs.put('moved', 'one') })
    assert.deepEqual((await fetch()).left, [])
    assert.equal((await entriesOf(world.git.archive(world.source, commit)))['one.bin'], 'one')
    assert.deepEqual(
      elsewhere.host.requests.map(({ line }) => line),
      ['GET /signed?x=%2F'],
    )
  })

  it('that are damaged on this machine are fetched again', async () => {
    const { course, git, source, folder, log } = world
    const commit = await course.commit({ ...attributes, 'one.bin': lfs.put('course', 'one') })
    await fetch()
    const [, file] = await git.list(source, commit)
    const [mirror = ''] = await readdir(folder)
    const path = join(folder, mirror, commit, 'carrel/lfs', file?.blob ?? '')
    await rm(path)
    await writeFile(path, 'two')
    await failed(git.read(source, file?.blob ?? ''))
    assert.match(log.join(), /was damaged and is removed/)
    await fetch()
    assert.equal(String(await git.read(source, file?.blob ?? '')), 'one')
  })

  describe('are at the server that git-lfs would ask', () => {
    const cases: [address: string, expected: string][] = [
      ['https://h.org/a/b', 'https://h.org/a/b.git/info/lfs/objects/batch'],
      ['https://h.org:8443/a/b.git/', 'https://h.org:8443/a/b.git/info/lfs/objects/batch'],
      ['ssh://git@h.org:2222/a/b', 'https://h.org/a/b.git/info/lfs/objects/batch'],
      ['git@h.org:a/b.git', 'https://h.org/a/b.git/info/lfs/objects/batch'],
      ['ssh://git@[2001:db8::1]/b', 'https://[2001:db8::1]/b.git/info/lfs/objects/batch'],
    ]
    for (const [address, expected] of cases)
      it(address, () => assert.equal(lfsServerOf(readRemote(address)).href, expected))
  })
})
