import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { addressOfModule } from '../../git/modules/address.ts'
import { readRemote } from '../../git/remote-url.ts'
import { cleanupAfterEach } from '../helpers/cleanup.ts'
import { modulesFile } from '../helpers/git/repositories.ts'
import { missingSsh, startSshHost } from '../helpers/git/ssh-host.ts'
import { requirePart } from '../helpers/require.ts'
import { entriesOf, failed, type GitWorld, leftIn, noise, openGitWorld, signal } from './world.ts'

describe('submodules of a commit', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let world: GitWorld
  beforeEach(async () => {
    world = await openGitWorld(cleanup)
  })
  const pathsOf = async (commit: string, { git, source } = world) =>
    (await git.list(source, commit)).map(({ path }) => path)
  const fetch = async (lines: string[] = []) =>
    world.git.fetch(world.source, { signal, report: (line) => void lines.push(line) })

  it('are listed, read and archived as if their files were files of the commit', async () => {
    const { course, repositories, git, source, host } = world
    const [data, deep] = [await repositories.make('data'), await repositories.make('deep')]
    const inner = await deep.commit({ 'x.csv': 'deep', up: { link: '../../top' } })
    const outer = await data.commit({
      '.gitmodules': modulesFile({ inner: '../deep.git' }),
      inner: { module: inner },
      'a.csv': 'data',
      run: { program: '#!/bin/sh\n' },
    })
    const commit = await course.commit({
      '.gitmodules': modulesFile({ 'files/data': `${host.url}/data.git`, again: './../data' }),
      'files/data': { module: outer },
      again: { module: outer },
      'files/data.txt': 'text',
      top: 'top',
    })
    const lines: string[] = []
    assert.deepEqual((await fetch(lines)).left, [])
    assert.match(lines.join('\n'), /Fetching the submodule "files\/data" from http:\/\/127\.0\.0\.1:\d+\/data\.git\./)
    const own = ['a.csv', 'inner/up', 'inner/x.csv', 'run'].map((name) => `/${name}`)
    assert.deepEqual(await pathsOf(commit), [
      '.gitmodules',
      'again/.gitmodules',
      ...own.map((name) => `again${name}`),
      'files/data.txt',
      'files/data/.gitmodules',
      ...own.map((name) => `files/data${name}`),
      'top',
    ])
    const files = await git.list(source, commit)
    const file = files.find(({ path }) => path === 'files/data/inner/x.csv')
    assert.equal(String(await git.read(source, file?.blob ?? '')), 'deep')
    assert.equal(files.find(({ path }) => path === 'again/run')?.kind, 'program')
    const entries = await entriesOf(git.archive(source, commit))
    assert.equal(entries['files/data/a.csv'], 'data')
    assert.equal(entries['again/inner/x.csv'], 'deep')
    assert.equal(entries['again/inner/up'], '-> ../../top')
    assert.equal(entries['files/data'], 'folder')
    const below = await entriesOf(git.archive(source, commit, { folder: 'files/data' }))
    assert.deepEqual([below['a.csv'], below['inner/x.csv']], ['data', 'deep'])
    assert.deepEqual(await leftIn(world.folder), [])
    const before = host.requests.length
    await git.fetch(source, { commit, signal })
    assert.equal(host.requests.length, before)
  })

  it('are fetched once: what the next commit has of them too is not asked for again', async () => {
    const { course, repositories, host } = world
    const data = await repositories.make('data')
    const first = await data.commit({ large: noise(500_000), a: '1' })
    const modules = { '.gitmodules': modulesFile({ data: '../data.git' }) }
    await course.commit({ ...modules, data: { module: first } })
    await fetch()
    const asked = () => host.requests.filter(({ line }) => line.includes('/data.git')).length
    const before = asked()
    const second = await course.commit({ readme: 'new' })
    await fetch()
    assert.equal(asked(), before)
    assert.deepEqual(await pathsOf(second), ['.gitmodules', 'data/a', 'data/large', 'readme'])
    const sent = host.sent()
    const third = await course.commit({ data: { module: await data.commit({ a: '2' }) } })
    await fetch()
    assert.ok(host.sent() - sent < 20_000, `${host.sent() - sent} bytes for a small commit`)
    assert.equal((await entriesOf(world.git.archive(world.source, third)))['data/a'], '2')
  })

  it('that cannot be had are told with a remedy, and the rest is there', async () => {
    const { course, repositories } = world
    const data = await repositories.make('data')
    const inside = await data.commit({ a: '1' })
    const module = { module: inside }
    const gone = { module: 'a'.repeat(40) }
    const commit = await course.commit({
      '.gitmodules': modulesFile({
        gone: '../data.git',
        none: '../none.git',
        local: '/srv/data.git',
        other: 'https://none.invalid/x',
        above: '../../127.0.0.1/x',
        ssh: 'git@127.0.0.1:data.git',
        here: '../data.git',
      }),
      ...{ gone, none: module, local: module, other: module, above: module, ssh: module, here: module, lost: module },
    })
    const lines: string[] = []
    const { left } = await fetch(lines)
    const problems = Object.fromEntries(left.map(({ path, problem }) => [path, problem]))
    assert.deepEqual(Object.keys(problems).sort(), ['above', 'gone', 'local', 'lost', 'none', 'other', 'ssh'])
    assert.match(problems.gone ?? '', /does not hand out that commit/)
    assert.match(problems.none ?? '', /127\.0\.0\.1 has no repository at this address/)
    assert.match(problems.local ?? '', /"\/srv\/data\.git" is no address of a repository on another machine\. Write/)
    assert.match(problems.other ?? '', /none\.invalid/)
    assert.match(problems.above ?? '', /leads above the first folder of 127\.0\.0\.1\. Correct it in \.gitmodules/)
    assert.match(problems.ssh ?? '', /no deploy key here\. Write https:\/\/, or an address relative to this repository/)
    assert.match(problems.lost ?? '', /\.gitmodules does not say where it is\. Add it/)
    assert.match(lines.join('\n'), /The submodule "lost" is not here: \.gitmodules does not say/)
    assert.deepEqual(await pathsOf(commit), ['.gitmodules', 'here/a'])
    assert.deepEqual(await leftIn(world.folder), [])
  })

  it('are tried again when their host did not answer, and never for what only a change can mend', async () => {
    let fails = true
    let asked = 0
    world = await openGitWorld(cleanup, {
      host: {
        answer: ({ url = '' }, response) => {
          if (!url.startsWith('/data.git')) return false
          asked += 1
          if (fails) response.writeHead(503).end()
          return fails
        },
      },
    })
    const { course, repositories, git, source } = world
    const data = await repositories.make('data')
    const module = { module: await data.commit({ a: 'inside' }) }
    const commit = await course.commit({
      '.gitmodules': modulesFile({ data: '../data.git' }),
      ...{ data: module, lost: module, b: 'own' },
    })
    const { left } = await fetch()
    assert.deepEqual(left.map(({ path }) => path).sort(), ['data', 'lost'])
    assert.deepEqual(await pathsOf(commit), ['.gitmodules', 'b'])
    // A process that reads here must not be taken for one of the repository that takes its place.
    const [, own] = await git.list(source, commit)
    assert.equal(String(await git.read(source, own?.blob ?? '')), 'own')
    fails = false
    const again = await fetch()
    assert.deepEqual(
      again.left.map(({ path }) => path),
      ['lost'],
    )
    assert.equal(again.commit, commit)
    const files = await git.list(source, commit)
    assert.deepEqual(
      files.map(({ path }) => path),
      ['.gitmodules', 'b', 'data/a'],
    )
    assert.equal(String(await git.read(source, files[2]?.blob ?? '')), 'inside')
    const before = asked
    assert.equal((await fetch()).left.length, 1)
    assert.equal(asked, before)
    assert.deepEqual(await leftIn(world.folder), [])
  })

  it('that take too long are left out, and the commit is there', async () => {
    world = await openGitWorld(cleanup, {
      rules: { seconds: 12 },
      host: { answer: ({ url = '' }) => url.startsWith('/data.git') },
    })
    const module = { module: 'a'.repeat(40) }
    const commit = await world.course.commit({
      '.gitmodules': modulesFile({ data: '../data.git', more: '../data.git' }),
      ...{ data: module, more: module, b: '1' },
    })
    const { left } = await fetch()
    assert.deepEqual(
      left.map(({ problem }) => problem),
      Array(2).fill('It was not there in time. Try again later.'),
    )
    assert.deepEqual(await pathsOf(commit), ['.gitmodules', 'b'])
  })

  it('are brought where an earlier version of the hub has left the commit without them', async () => {
    const { course, repositories, folder } = world
    const data = await repositories.make('data')
    const commit = await course.commit({
      '.gitmodules': modulesFile({ data: '../data.git' }),
      data: { module: await data.commit({ a: '1' }) },
    })
    await fetch()
    const [mirror = ''] = await readdir(folder)
    await rm(join(folder, mirror, commit, 'carrel'), { recursive: true })
    assert.match((await failed(world.git.list(world.source, commit))).message, /not here\. Fetch it first/)
    await fetch()
    assert.deepEqual(await pathsOf(commit), ['.gitmodules', 'data/a'])
  })

  it('are fetched by SSH with the deploy key of the commit, also by a relative address', async function () {
    requirePart(this, 'ssh', missingSsh)
    const ssh = await startSshHost(cleanup)
    const data = await world.repositories.make('data')
    const module = { module: await data.commit({ a: '1' }) }
    const commit = await world.course.commit({
      '.gitmodules': modulesFile({ data: '../data.git', same: `${ssh.url}${data.path}` }),
      ...{ data: module, same: module },
    })
    const credentials = { key: ssh.key, knownHosts: ssh.knownHosts() }
    const source = { url: `${ssh.url}${world.course.path}`, credentials }
    assert.deepEqual((await world.git.fetch(source, { signal })).left, [])
    assert.deepEqual(await pathsOf(commit, { ...world, source }), ['.gitmodules', 'data/a', 'same/a'])
  })

  describe('have addresses that are read as git reads them', () => {
    const cases: [around: string, url: string, expected: string][] = [
      ['https://h.org/a/b.git', '../c.git', 'https://h.org/a/c.git'],
      ['https://h.org/a/b.git', '../../c', 'https://h.org/c'],
      ['https://h.org/a/b.git/', './c/', 'https://h.org/a/b.git/c'],
      ['https://h.org/a', '.././../c', 'error'],
      ['https://h.org/a', '../../c', 'error'],
      ['ssh://git@h.org:2222/a/b', '../c', 'ssh://git@h.org:2222/a/c'],
      ['git@h.org:a/b.git', '../c.git', 'git@h.org:a/c.git'],
      ['git@h.org:b.git', '../c.git', 'git@h.org:c.git'],
      ['git@h.org:b.git', '../../c.git', 'error'],
      ['https://h.org/a', 'https://other.org/x', 'https://other.org/x'],
    ]
    for (const [around, url, expected] of cases) {
      it(`${url} in ${around}`, () => {
        const address = () => addressOfModule(readRemote(around), url).url
        if (expected === 'error') assert.throws(address, { name: 'GitError' })
        else assert.equal(address(), expected)
      })
    }
  })
})
