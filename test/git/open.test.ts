import assert from 'node:assert/strict'
import { readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { cleanupAfterEach } from '../helpers/cleanup.ts'
import { entriesOf, failed, type GitWorld, leftIn, noise, openGitWorld, signal } from './world.ts'

describe('the git of a hub', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let world: GitWorld
  beforeEach(async () => {
    world = await openGitWorld(cleanup)
  })

  describe('asks which commit', () => {
    it('a branch, a tag, a tag with a message and HEAD name', async () => {
      const { course, git, source } = world
      const first = await course.commit({ a: '1' })
      await course.git('tag', 'light')
      await course.git('tag', '-a', '-m', 'told', 'heavy')
      const second = await course.commit({ a: '2' })
      const third = await course.commit({ b: '3' }, { branch: 'week/2' })
      const asked = (ref?: string) => git.resolve({ ...source, ref }, { signal })
      assert.equal(await asked(), second)
      assert.equal(await asked('main'), second)
      assert.equal(await asked('week/2'), third)
      assert.equal(await asked('light'), first)
      assert.equal(await asked('heavy'), first)
      assert.equal(await asked('refs/tags/heavy'), first)
      assert.deepEqual(await leftIn(world.folder), [])
    })

    it('a name means that is both a branch and a tag: the branch', async () => {
      const { course, git, source } = world
      await course.commit({ a: '1' })
      await course.git('tag', 'both')
      const branch = await course.commit({ a: '2' }, { branch: 'both' })
      assert.equal(await git.resolve({ ...source, ref: 'both' }, { signal }), branch)
    })

    it('a whole hash is, without asking', async () => {
      const { git, source, host } = world
      const ref = 'ABCDEF0123'.repeat(4)
      assert.equal(await git.resolve({ ...source, ref }, { signal }), ref.toLowerCase())
      assert.deepEqual(host.requests, [])
    })

    it('a misspelt branch may have meant', async () => {
      const { course, git, source } = world
      await course.commit({ a: '1' }, { branch: 'autumn-2026' })
      const error = await failed(git.resolve({ ...source, ref: 'autunm-2026' }, { signal }))
      assert.match(error.message, /no branch or tag "autunm-2026"; did you mean "autumn-2026"\?/)
      assert.equal(error.passes, false)
    })

    it('an empty repository has none, and says so', async () => {
      assert.match(
        (await failed(world.git.resolve(world.source, { signal }))).message,
        /is empty, or there is none at this address\. Push a commit/,
      )
    })
  })

  describe('fetches a commit', () => {
    it('and says what it is', async () => {
      const { course, git, source } = world
      const commit = await course.commit({ a: '1' }, { message: 'Week one\u0007\n\nmore' })
      const expected = { commit, at: Date.parse('2026-01-02T03:04:05Z'), subject: 'Week one�', left: [] }
      assert.deepEqual(await git.fetch(source, { signal }), expected)
      assert.deepEqual(await leftIn(world.folder), [])
    })

    it('once: another fetch asks for no more than the name', async () => {
      const { course, git, source, host } = world
      const commit = await course.commit({ a: '1' })
      await git.fetch(source, { signal })
      const before = host.requests.length
      await git.fetch(source, { commit, signal })
      assert.equal(host.requests.length, before)
    })

    it('that several ask for at the same time', async () => {
      const { course, git, source, open } = world
      const commit = await course.commit({ a: '1' })
      const all = await Promise.all([git, git, open(), open()].map((one) => one.fetch(source, { signal })))
      assert.deepEqual(
        all.map((one) => one.commit),
        [commit, commit, commit, commit],
      )
      assert.deepEqual(await leftIn(world.folder), [])
    })

    it('without what is here from an earlier one', async () => {
      const { course, git, source, host } = world
      const large = noise(500_000)
      await course.commit({ large, a: '1' })
      await git.fetch(source, { signal })
      const before = host.sent()
      assert.ok(before > 100_000)
      const second = await course.commit({ a: '2' })
      await git.fetch(source, { signal })
      assert.ok(host.sent() - before < 10_000, `${host.sent() - before} bytes for a small commit`)
      assert.equal((await git.list(source, second)).length, 2)
    })

    it('without the history behind it', async () => {
      const { course, git, source, host } = world
      await course.commit({
        large: noise(500_000),
      })
      await course.commit({ large: null, a: '1' })
      await git.fetch(source, { signal })
      assert.ok(host.sent() < 20_000, `${host.sent()} bytes`)
    })

    it('after a forced push, and the old one as long as the host has it', async () => {
      const { course, git, source } = world
      const old = await course.commit({ a: 'old' })
      await git.fetch(source, { signal })
      const forced = await course.commit({ b: 'new' }, { anew: true })
      assert.equal((await git.fetch(source, { signal })).commit, forced)
      assert.deepEqual(
        (await git.list(source, forced)).map(({ path }) => path),
        ['b'],
      )
      assert.equal((await git.fetch(source, { commit: old, signal })).commit, old)
    })

    it('that no branch names any more', async () => {
      const { course, git, source } = world
      const first = await course.commit({ a: '1' })
      await course.commit({ a: '2' })
      assert.equal((await git.fetch(source, { commit: first, signal })).commit, first)
    })

    it('that no branch names any more, from a host that hands out nothing else: by fetching all', async () => {
      const { course, git, source } = await openGitWorld(cleanup, { host: { isOld: true } })
      const first = await course.commit({ a: '1' })
      const second = await course.commit({ a: '2' })
      assert.equal((await git.fetch(source, { signal })).commit, second)
      const lines: string[] = []
      const report = (line: string) => void lines.push(line)
      assert.equal((await git.fetch(source, { commit: first, signal, report })).commit, first)
      assert.match(lines.join('\n'), /hands out no single commits: fetching all/)
      assert.equal((await git.list(source, first)).length, 1)
      const error = await failed(git.fetch(source, { commit: 'a'.repeat(40), signal }))
      assert.match(error.message, /does not hand out that commit/)
    })

    it('not, when the repository has no such commit', async () => {
      const { course, git, source } = world
      await course.commit({ a: '1' })
      const error = await failed(git.fetch(source, { commit: 'a'.repeat(40), signal }))
      assert.match(error.message, /does not hand out that commit/)
      assert.deepEqual(await leftIn(world.folder), [])
    })

    it('of a repository with SHA-256', async () => {
      const { repositories, git, host } = world
      const other = await repositories.make('other', 'sha256')
      const commit = await other.commit({ a: '1' })
      const source = { url: `${host.url}/other.git` }
      assert.equal((await git.fetch(source, { signal })).commit, commit)
      assert.equal((await git.list(source, commit)).length, 1)
    })

    it('again when its mirror is damaged, and tells so', async () => {
      const { course, git, source, folder, log } = world
      const commit = await course.commit({ a: '1' })
      await git.fetch(source, { signal })
      const [mirror = ''] = await readdir(folder)
      const packs = join(folder, mirror, commit, 'objects/pack')
      for (const name of await readdir(packs)) {
        await rm(join(packs, name))
        await writeFile(join(packs, name), 'spoilt')
      }
      const error = await failed(git.list(source, commit))
      assert.match(error.message, /is damaged/)
      assert.equal(error.passes, true)
      assert.match(log.join(), /was damaged and is removed/)
      assert.equal((await git.fetch(source, { signal })).commit, commit)
      assert.equal((await git.list(source, commit)).length, 1)
    })

    it('and tells what it leaves out', async () => {
      const { course, git, source } = world
      const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`
      const commit = await course.commit({
        '.gitattributes': '*.bin filter=lfs',
        'data.bin': pointer,
        out: { link: '../x' },
      })
      const lines: string[] = []
      await git.fetch(source, { commit, signal, report: (line) => void lines.push(line) })
      const told = lines.join('\n')
      assert.match(told, /In place of files of Git LFS stand their pointers.*: "data\.bin"\./)
      assert.match(told, /Left out.*: "out"\./)
      const files = await git.list(source, commit)
      assert.deepEqual(
        files.map(({ path, pointer }) => [path, pointer?.bytes]),
        [
          ['.gitattributes', undefined],
          ['data.bin', 12345],
        ],
      )
    })
  })

  describe('has of a commit', () => {
    it('its files, in the order of their paths, and their contents', async () => {
      const { course, git, source } = world
      const commit = await course.commit({ 'b/c': '1', 'b.txt': '22', a: { program: '333' }, l: { link: 'b/c' } })
      await git.fetch(source, { signal })
      const files = await git.list(source, commit)
      assert.deepEqual(
        files.map(({ path, bytes, kind }) => [path, bytes, kind]),
        [
          ['a', 3, 'program'],
          ['b.txt', 2, 'file'],
          ['b/c', 1, 'file'],
          ['l', 3, 'link'],
        ],
      )
      const contents = await Promise.all(files.map(({ blob }) => git.read(source, blob)))
      assert.deepEqual(contents.map(String), ['333', '22', '1', 'b/c'])
      assert.match((await failed(git.read(source, files[0]?.blob ?? '', { maxBytes: 2 }))).message, /has 3 bytes/)
    })

    it('contents that are read one after the other and at once, also after one that is refused or not there', async () => {
      const { course, git, source, folder, log } = world
      const names = Array.from({ length: 30 }, (_, index) => `file${index}`)
      const first = await course.commit(Object.fromEntries(names.map((name) => [name, name.repeat(1000)])))
      await git.fetch(source, { signal })
      const second = await course.commit({ newer: 'newer' })
      await git.fetch(source, { signal })
      const files = await git.list(source, second)
      const tree = await course.git('rev-parse', `${second}^{tree}`)
      for (const bad of [tree, 'f'.repeat(40), '../../x']) await failed(git.read(source, bad))
      const contents = await Promise.all(
        files.map(({ blob, path }) =>
          path === 'file7' ? failed(git.read(source, blob, { maxBytes: 9 })) : git.read(source, blob),
        ),
      )
      const expected = files.map(({ path }) => (path === 'newer' ? path : path.repeat(1000)))
      const wrong = contents.flatMap((content, index) =>
        String(content) === expected[index] ? [] : [files[index]?.path],
      )
      assert.deepEqual(wrong, ['file7'])
      assert.deepEqual(log, [])
      assert.equal((await readdir(join(folder, (await readdir(folder))[0] ?? ''))).includes(first), true)
    })

    it('an archive, as they are in the repository whatever its attributes say', async () => {
      const { course, git, source } = world
      const files = {
        '.gitattributes': '* text eol=crlf ident export-subst\nb export-ignore',
        a: '$Id$ $Format:%H$\n',
        'b/c': '1\n',
      }
      const commit = await course.commit({ ...files, 'b/l': { link: 'c' } })
      await git.fetch(source, { signal })
      assert.deepEqual(await entriesOf(git.archive(source, commit)), { ...files, b: 'folder', 'b/l': '-> c' })
    })

    it('an archive of a folder, without links that lead out of it', async () => {
      const { course, git, source } = world
      const commit = await course.commit({ 'b/c': '1', 'b/d/e': '2', 'b/up': { link: '../a' }, a: '3' })
      await git.fetch(source, { signal })
      const expected = { c: '1', d: 'folder', 'd/e': '2' }
      assert.deepEqual(await entriesOf(git.archive(source, commit, { folder: './b/' })), expected)
      const error = await failed(Array.fromAsync(git.archive(source, commit, { folder: 'none' })))
      assert.match(error.message, /has no folder "none/)
    })

    it('nothing before it is fetched', async () => {
      const { git, source } = world
      const commit = 'a'.repeat(40)
      assert.match((await failed(git.list(source, commit))).message, /not here\. Fetch it first/)
      assert.match((await failed(git.read(source, commit))).message, /not here/)
      assert.match((await failed(Array.fromAsync(git.archive(source, commit)))).message, /not here/)
    })
  })

  it('keeps the mirrors that are named, and no others', async () => {
    const { course, repositories, git, source, host, folder } = world
    await course.commit({ a: '1' })
    const other = { url: `${host.url}/other.git` }
    await (await repositories.make('other')).commit({ a: '1' })
    await git.fetch(source, { signal })
    await git.fetch(other, { signal })
    await git.keep([source, { url: 'file:///etc' }])
    assert.equal((await readdir(folder)).length, 1)
    const commit = await git.resolve(source, { signal })
    assert.equal((await git.list(source, commit)).length, 1)
  })

  it('keeps no more mirrors than the disk may hold, and removes those first that were used longest ago', async () => {
    const { repositories, open, host, folder } = world
    const sizes: number[] = []
    const git = open({ mostOnDisk: 250_000, measured: (bytes) => void sizes.push(bytes) })
    const fetchOne = async (name: string) => {
      await (await repositories.make(name)).commit({ a: noise(100_000, name) })
      const before = await readdir(folder)
      await git.fetch({ url: `${host.url}/${name}.git` }, { signal })
      const [made = ''] = (await readdir(folder)).filter((one) => !before.includes(one))
      return join(folder, made)
    }
    const age = async (mirror: string, minutes: number) => {
      const then = new Date(Date.now() - minutes * 60_000)
      for (const commit of await readdir(mirror)) await utimes(join(mirror, commit), then, then)
    }
    const [first, second] = [await fetchOne('first'), await fetchOne('second')]
    await age(first, 20)
    await age(second, 30)
    const third = await fetchOne('third')
    const left = () => readdir(folder)
    assert.deepEqual(new Set(await left()), new Set([first, third].map((path) => basename(path))))
    // A pull under way may be reading them, however little the disk may hold.
    await age(first, 1)
    await fetchOne('fourth')
    assert.equal((await left()).length, 3)
    assert.ok((sizes.at(-1) ?? 0) > 300_000)
    const commit = await git.fetch({ url: `${host.url}/second.git` }, { signal })
    assert.equal((await git.list({ url: `${host.url}/second.git` }, commit.commit)).length, 1)
  })

  it('keeps the newest commits of a repository', async () => {
    const { course, git, source, folder } = world
    for (let round = 0; round < 23; round += 1) {
      await course.commit({ a: String(round) })
      await git.fetch(source, { signal })
    }
    const [mirror = ''] = await readdir(folder)
    assert.equal((await readdir(join(folder, mirror))).length, 20)
  })
})
