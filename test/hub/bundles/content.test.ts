import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BroughtBundle } from '../../../courses/content/brought.ts'
import type { LaidFile } from '../../../courses/files.ts'
import type { Git } from '../../../git/git.ts'
import type { HubBundles } from '../../../hub/bundles/bundles.ts'
import { contentBundles } from '../../../hub/bundles/content.ts'
import { openDatabase } from '../../../hub/db/database.ts'
import type { Database } from '../../../hub/db/dialect.ts'
import { entriesOf, failed, type GitWorld, noise, openGitWorld, signal } from '../../git/world.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers } from '../../helpers/fake-spawners.ts'
import { filesIn } from '../../helpers/fakes/files-in.ts'
import { testConfig } from '../../helpers/test-hub.ts'
import { openBundlesAt } from './open.ts'

describe('the bundles of a commit', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const dataAndMedia = [
    { link: 'data', to: 'data' },
    { link: 'pictures', to: './media/png/' },
  ]
  let world: GitWorld
  let db: Database
  let bundles: HubBundles
  let lines: string[]
  /** The folders that were read of a commit. */
  let read: (string | undefined)[]
  let git: Pick<Git, 'archive' | 'read'>

  beforeEach(async () => {
    world = await openGitWorld(cleanup)
    const { url, remove } = await sqliteDatabase()
    const opened = await openDatabase(url)
    cleanup.defer(remove)
    cleanup.defer(opened.close)
    db = opened.db
    const dataDir = await mkdtemp(join(tmpdir(), 'carrel-content-'))
    cleanup.defer(() => rm(dataDir, { recursive: true, force: true }))
    bundles = await openBundlesAt(db, dataDir)
    ;[lines, read] = [[], []]
    git = {
      read: (...asked) => world.git.read(...asked),
      archive: (source, commit, options) => {
        read.push(options?.folder)
        return world.git.archive(source, commit, options)
      },
    }
  })

  /** Makes the bundles of the last commit of a branch. */
  async function make(
    mappings = dataAndMedia,
    before: readonly BroughtBundle[] = [],
    { most = 2 ** 30, whole = false } = {},
  ) {
    const { commit } = await world.git.fetch(world.source, { signal })
    const files = await world.git.list(world.source, commit)
    const config = testConfig({ database: 'sqlite:none', proxies: [] }, createFakeServers(), {
      limits: { contentFolder: most },
    })
    const report = (line: string) => void lines.push(line)
    const request = { git, source: world.source, commit, files, mappings, whole, before, signal, report }
    return contentBundles({ db, bundles, config }, request)
  }
  const archive = async ({ digest }: BroughtBundle) => readFile((await bundles.archive(digest)).path)
  const contents = async (bundle: BroughtBundle | undefined) => {
    assert.ok(bundle)
    return entriesOf(
      (async function* () {
        yield await archive(bundle)
      })(),
    )
  }
  const said = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length

  it('are the folders that mappings name, and that of the modules, and nothing else of the repository', async () => {
    await world.course.commit({
      'data/one.csv': '1,2\n',
      'data/deep/run': { program: '#!/bin/sh\n' },
      'media/png/a.png': 'a',
      'media/b.png': 'b',
      'modules/helper.py': 'x = 1\n',
      'notebooks/one.ipynb': '{}',
      'database/secret': 'another folder whose name begins alike',
    })
    const made = await make()
    assert.deepEqual(
      made.map(({ top, bytes }) => [top, bytes]),
      [
        ['data', 14],
        ['media', 2],
        ['modules', 6],
      ],
    )
    const [data, media, modules] = made
    assert.deepEqual(await contents(data), { 'one.csv': '1,2\n', 'deep/run': '#!/bin/sh\n' })
    assert.deepEqual(await contents(media), { 'png/a.png': 'a', 'b.png': 'b' })
    assert.deepEqual(await contents(modules), { 'helper.py': 'x = 1\n' })
    const programs = (await filesIn(await archive(data as BroughtBundle))).filter(
      (file: LaidFile) => 'executable' in file && file.executable,
    )
    assert.deepEqual(
      programs.map(({ name }) => name),
      ['deep/run'],
    )
  })

  it('are made again only where their files have changed, and where the database has lost them', async () => {
    await world.course.commit({ 'data/a': '1', 'media/png/b': '1', 'modules/c.py': '1', 'one.ipynb': '1' })
    const first = await make()
    await world.course.commit({ 'data/a': '2', 'one.ipynb': '2' })
    read = []
    const second = await make(dataAndMedia, first)
    assert.deepEqual(read, ['data'])
    assert.notEqual(second[0]?.digest, first[0]?.digest)
    assert.deepEqual(second.slice(1), first.slice(1))
    await db('bundles').where({ digest: first[1]?.digest }).delete()
    read = []
    assert.deepEqual(await make(dataAndMedia, second), second)
    assert.deepEqual(read, ['media'])
    assert.equal(said(/^media is as it was/), 1)
  })

  it('have the links that lead to something there, and staff are told of the others', async () => {
    await world.course.commit({
      'data/a': 'a',
      'data/deep/same': { link: '../a' },
      'data/deep/other': { link: '../../media/png/b' },
      'data/gone': { link: '../notebooks/x.csv' },
      'data/out': { link: '../../etc/passwd' },
      'data/abs': { link: '/etc/passwd' },
      'data/back': { link: 'deep/../../../..' },
      'media/png/b': 'b',
    })
    const [data] = await make()
    assert.deepEqual(await contents(data), { a: 'a', 'deep/same': '-> ../a', 'deep/other': '-> ../../media/png/b' })
    const line = lines.find((one) => one.includes('left out'))
    assert.match(line ?? '', /^data: left out "data\/gone": links lead to/)
    // Without the other folder its link is none.
    const [alone] = await make([{ link: 'data', to: 'data' }])
    assert.deepEqual(await contents(alone), { a: 'a', 'deep/same': '-> ../a' })
  })

  it('may be a single file of the top, and paths that are not there are told', async () => {
    await world.course.commit({ 'LICENSE.md': 'free', 'data/a': 'a' })
    const made = await make([
      { link: 'licence', to: 'LICENSE.md' },
      { link: 'x', to: 'nothing/here' },
      { link: 'y', to: '../etc' },
      { link: 'z', to: 'data/nothing' },
    ])
    assert.deepEqual(
      made.map(({ top, isFile }) => [top, isFile]),
      [['LICENSE.md', true]],
    )
    assert.deepEqual(await contents(made[0]), { 'LICENSE.md': 'free' })
    assert.deepEqual([said(/no nothing\/here/), said(/"..\/etc"/), said(/no data\/nothing/)], [1, 1, 1])
  })

  it('are refused in words where a folder is too large, before anything is made', async () => {
    await world.course.commit({ 'data/a': 'x'.repeat(3000), 'media/b': 'b' })
    const error = await failed(make(dataAndMedia, [], { most: 2000 }))
    assert.match(error.message, /^data has 2.9 kB, and a folder of a course has 2 kB at most \(limits.contentFolder\)/)
    assert.deepEqual([read, await db('bundles').select('digest')], [[], []])
  })

  it('are one of all files too, where learners get copies of these', async () => {
    const all = {
      'README.md': 'read me',
      '.nbhosting/nbhosting.yaml': 'general: {}',
      'data/a': 'a',
      'week1/one.ipynb': '{}',
      'week1/data': { link: '../data' },
      'week1/run': { program: '#!/bin/sh' },
      'week1/out': { link: '..' },
      'modules/m.py': 'x = 1',
    }
    await world.course.commit(all)
    const first = await make([{ link: 'x', to: 'data' }], [], { whole: true })
    assert.deepEqual(
      first.map(({ top }) => top),
      ['', 'data', 'modules'],
    )
    assert.deepEqual(await contents(first[0]), {
      ...{ 'README.md': 'read me', '.nbhosting/nbhosting.yaml': 'general: {}', 'data/a': 'a', 'week1/one.ipynb': '{}' },
      ...{ 'week1/data': '-> ../data', 'week1/run': '#!/bin/sh', 'modules/m.py': 'x = 1' },
    })
    assert.equal(said(/^The whole repository: left out "week1\/out": links lead to a place in the repository\.$/), 1)
    await world.course.commit({ 'week1/one.ipynb': '{ }' })
    read = []
    const second = await make([{ link: 'x', to: 'data' }], first, { whole: true })
    assert.deepEqual(read, [undefined])
    assert.deepEqual(second.slice(1), first.slice(1))
    const error = await failed(make([], [], { whole: true, most: 20 }))
    assert.match(error.message, /^The repository has .*content\.copies: 'all'\) has 20 bytes at most.*'lazy'/)
  })

  it('tell how far a large one is', async () => {
    await world.course.commit({ 'data/1': noise(20_000_000, '1'), 'data/2': noise(20_000_000, '2') })
    await make([{ link: 'data', to: 'data' }])
    assert.match(lines[0] ?? '', /^data: 2 files with 38.1 MB …$/)
    assert.match(lines.at(-1) ?? '', /^data: 38.1 MB in 2 files, as [0-9a-f]{12}$/)
  })

  it('end with a pull that is cancelled', async () => {
    await world.course.commit({ 'data/1': noise(20_000_000, '1') })
    const { commit } = await world.git.fetch(world.source, { signal })
    const files = await world.git.list(world.source, commit)
    const ended = new AbortController()
    const report = () => ended.abort(new Error('cancelled by ann'))
    const config = testConfig({ database: 'sqlite:none', proxies: [] }, createFakeServers())
    const request = {
      git,
      source: world.source,
      commit,
      files,
      mappings: dataAndMedia,
      whole: false,
      before: [],
      signal: ended.signal,
      report,
    }
    await assert.rejects(contentBundles({ db, bundles, config }, request), /cancelled by ann/)
    assert.deepEqual([await db('bundles').select('digest'), await bundles.shelf.list()], [[], []])
  })
})
