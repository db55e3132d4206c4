import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { processSpawner } from '../../../spawners/process/process.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../../hub/people.ts'

const execute = promisify(execFile)
const home = { path: '/home/jovyan/work' }

describe('commands to a hub: carrel homes', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let hub: TestHub

  const start = async (
    spawner?: ReturnType<typeof processSpawner>,
    courses: object = { demo: { image: '', home } },
  ) => {
    hub = await startTestHub({
      config: {
        ...{ authenticators: visitorsAndPeople(), admins: ['root'], courses: courses as never },
        ...(spawner && {
          spawner,
          hub: { url: 'http://127.0.0.1:8000', port: 0 },
          servers: { url: 'http://localhost:8000' },
        }),
      },
    })
    cleanup.defer(() => hub.stop())
  }
  const homes = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const all = ['bin/carrel.js', 'homes', ...args, '--data', hub.dataDir]
      const child = execFile(process.execPath, all, { cwd: projectDir }, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })
  /** Writes the row of a home that was used so many days ago. */
  const add = async (id: string, { account = 'local:ann', name = 'ann', course = 'demo', days = 0, ...more } = {}) => {
    const at = Date.now() - days * 24 * 3600_000
    const row = { id, account, course, name, state: 'ready', created: at, last_used: at, ...more }
    await hub.db('homes').insert(row)
    return id
  }
  const old = 'aaaaaaaaaaaaaaaaaaaa'
  const young = 'bbbbbbbbbbbbbbbbbbbb'

  it('list them, by course, user and age', async () => {
    await start()
    assert.equal((await homes('list')).out, 'There is no such home.\n')
    await add(old, { days: 401, bytes: 3 * 2 ** 20, measured: 1 } as never)
    await add(young, { account: 'local:bob', name: 'b\u001b[31mob', course: 'gone' })
    const { out } = await homes('list')
    assert.match(out, /^a{20}\tann\tdemo\t3 MB\t20[^\t]+Z\tready\nb{20}\tb\?\[31mob\tgone\t-\t20[^\t]+Z\tready\n$/)
    const ids = async (...args: string[]) =>
      JSON.parse((await homes('list', '--json', ...args)).out).map(({ id }: { id: string }) => id)
    assert.deepEqual(await ids('--older-than', '400d'), [old])
    assert.deepEqual(await ids('--course', 'GONE'), [young])
    assert.deepEqual(await ids('--user', 'local:B'), [young])
    assert.deepEqual(await ids('--state', 'removing'), [])
    assert.match((await homes('list', '--older-than', 'a year')).err, /--older-than is a number of days, such as 400d/)
  })

  it('remove only with --yes, after it was shown what goes, and take that back', async () => {
    await start()
    await add(old, { days: 401, bytes: 3 * 2 ** 20, measured: 1 } as never)
    await add(young, { account: 'local:bob', name: 'bob' })
    const shown = await homes('remove', '--older-than', '400')
    assert.equal(shown.code, 0)
    assert.match(shown.out, /^a{20}\t.*\n1 home with 3 MB would be removed in seven days\. Nothing was removed\./)
    assert.deepEqual(await hub.db('homes').whereNotNull('remove_at'), [])
    const done = await homes('remove', '--older-than', '400', '--yes', '--reason', 'the course is over')
    assert.match(done.out, /1 home with 3 MB: removed in seven days\. "carrel homes keep" takes that back\./)
    const [row] = await hub.db('homes').whereNotNull('remove_at')
    assert.deepEqual([row.id, row.removed_by, row.reason], [old, 'operator', 'the course is over'])
    assert.ok(Math.abs(row.remove_at - Date.now() - 7 * 24 * 3600_000) < 60_000)
    assert.match((await homes('remove', old)).out, /^a{20} stays: it goes at .* already\nNothing is removed\./)
    assert.equal((await homes('keep', old)).out, `${old} stays.\n`)
    assert.deepEqual(await hub.db('homes').whereNotNull('remove_at'), [])
    const again = await homes('keep', old)
    assert.deepEqual([again.code, /not going to be removed/.test(again.err)], [1, true])
    for (const args of [[], [old, '--course', 'demo']]) {
      const { code, err } = await homes('remove', '--yes', ...args)
      assert.deepEqual([code, /by --older-than, --course and --user/.test(err)], [2, true])
    }
  })

  it('refuse what is in use, and what is no home', async () => {
    await start()
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username: 'ann', password: 'right' })
    await browser.enter('/launch/demo')
    const { id } = await hub.db('homes').first('id')
    assert.match((await homes('list')).out, /\tin use\n$/)
    assert.match((await homes('remove', id, '--yes')).out, new RegExp(`^${id} stays: it is in use\nNothing is removed`))
    assert.match((await homes('export', id)).err, /A notebook has these files open/)
    assert.match((await homes('release', id)).err, /A notebook uses it\. Stop that first/)
    for (const wrong of ['../users', 'x', 'c'.repeat(20)]) assert.match((await homes('keep', wrong)).err, /no home/)
    assert.match((await homes('show', id)).out, /^id: .*\naccount: local:ann\n/)
  })

  it('give a home back that the database has lost, also to another user', async () => {
    await start()
    await hub.browser().submit('/hub/login/local', { username: 'bob', password: 'right' })
    await add(old, { state: 'found', name: '' } as never)
    assert.match((await homes('adopt', old, '--for', 'nobody')).err, /no user nobody/)
    assert.equal((await homes('adopt', old, '--for', 'bob')).out, `${old} is the home of local:bob in demo.\n`)
    assert.deepEqual(await hub.db('homes').select('account', 'name', 'state'), [
      { account: 'local:bob', name: 'bob', state: 'ready' },
    ])
    const events = await hub.db('events').where({ kind: 'home-adopted' }).pluck('detail')
    assert.equal(JSON.parse(events[0]).by, 'operator')
  })

  describe('with files, of processes', () => {
    let folder: string
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'carrel-homes-'))
      cleanup.defer(() => rm(folder, { recursive: true }))
      await start(processSpawner({ jupyter: '/bin/true' }))
      await add(old, { state: 'making' } as never)
    })
    const kept = () => join(hub.dataDir, 'homes', old, 'files')
    const pack = async (files: Record<string, string>) => {
      const source = await mkdtemp(join(folder, 'source-'))
      for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text)
      const archive = `${source}.tar`
      await execute('tar', ['-C', source, '-cf', archive, '.'])
      return archive
    }

    it('bring what is missing, replace what is there only when told to, and write all of it to a new file', async () => {
      const archive = await pack({ 'a.ipynb': 'one', 'b.txt': 'two' })
      const brought = await homes('import', old, archive)
      assert.deepEqual([brought.code, brought.err], [0, ''])
      await writeFile(join(kept(), 'a.ipynb'), 'mine')
      await homes('import', old, archive)
      assert.equal(await readFile(join(kept(), 'a.ipynb'), 'utf8'), 'mine')
      const file = join(folder, 'out.tar')
      assert.match((await homes('export', old, file)).out, /out\.tar has \d+ bytes\.\n$/)
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      const unpacked = join(folder, 'unpacked')
      await mkdir(unpacked)
      await execute('tar', ['-C', unpacked, '-xf', file])
      assert.deepEqual((await readdir(unpacked)).sort(), ['a.ipynb', 'b.txt'])
      assert.equal(await readFile(join(unpacked, 'a.ipynb'), 'utf8'), 'mine')
      assert.match((await homes('export', old, file)).err, /exists\. Name a new file/)
      await homes('import', old, archive, '--overwrite')
      assert.equal(await readFile(join(kept(), 'a.ipynb'), 'utf8'), 'one')
      assert.deepEqual(await hub.db('homes').pluck('holder'), [null])
      const kinds = await hub
        .db('events')
        .whereIn('kind', ['home-imported', 'home-exported'])
        .orderBy('id')
        .pluck('kind')
      assert.deepEqual(kinds, ['home-imported', 'home-imported', 'home-exported', 'home-imported'])
      assert.match((await homes('show', old)).out, /^bytes: [1-9]/m)
    })

    it('leave no file behind, and end with 1, when an archive is none or a home cannot be read', async () => {
      const broken = join(folder, 'broken.tar')
      await mkdir(join(folder, 'source'))
      await writeFile(join(folder, 'source', 'new.txt'), 'x'.repeat(2000))
      await execute('tar', ['-C', join(folder, 'source'), '-cf', join(folder, 'whole.tar'), '.'])
      const whole = await readFile(join(folder, 'whole.tar'))
      // Programs take a tar archive that ends between two files for a whole one.
      for (const content of [Buffer.from('no archive at all'), whole.subarray(0, 512), whole.subarray(0, 1300)]) {
        await writeFile(broken, content)
        const failed = await homes('import', old, broken)
        assert.equal(failed.code, 1)
        assert.match(failed.err, /is no tar archive, or its end is missing\. Nothing was changed/)
      }
      await homes('export', old, join(folder, 'after.tar'))
      const { stdout: names } = await execute('tar', ['-tf', join(folder, 'after.tar')])
      assert.doesNotMatch(names, /new\.txt|carrel-import/)
      const file = join(folder, 'none.tar')
      assert.equal((await homes('export', 'c'.repeat(20), file)).code, 1)
      assert.ok(!(await readdir(folder)).includes('none.tar'))
      const elsewhere = await homes('import', old, broken, '--hub', 'https://hub.example.org')
      assert.match(elsewhere.err, /on the machine of the hub only/)
    })

    it('carry 300 MB with less than 100 MB more of memory in the hub, and are broken off with their client', async () => {
      const archive = join(folder, 'large.tar')
      const source = await mkdtemp(join(folder, 'large-'))
      await execute('dd', ['if=/dev/zero', `of=${join(source, 'zeros')}`, 'bs=1M', 'count=300'])
      await execute('tar', ['-C', source, '-cf', archive, '.'])
      let most = 0
      const before = process.memoryUsage().rss
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
      try {
        assert.deepEqual((await homes('import', old, archive)).code, 0)
        assert.deepEqual((await homes('export', old, join(folder, 'back.tar'))).code, 0)
      } finally {
        clearInterval(watch)
      }
      assert.ok((await stat(join(folder, 'back.tar'))).size > 300 * 2 ** 20)
      assert.ok(most - before < 100 * 2 ** 20, `${Math.round((most - before) / 2 ** 20)} MB more`)

      const child = execFile(process.execPath, ['bin/carrel.js', 'homes', 'export', old, '--data', hub.dataDir], {
        cwd: projectDir,
        encoding: 'buffer',
        maxBuffer: 2 ** 30,
      })
      assert.ok(child.stdout)
      await once(child.stdout, 'data')
      child.stdout.pause()
      child.kill('SIGKILL')
      await until(async () => (await hub.db('homes').first('holder')).holder === null)
      await until(async () => (await hub.db('errands')).length === 0)
    })
  })

  it('never take an answer that was cut off for whole', async () => {
    await start()
    const folder = await mkdtemp(join(tmpdir(), 'carrel-homes-'))
    cleanup.defer(() => rm(folder, { recursive: true }))
    const server = createServer((_request, response) => {
      response.write('half of it', () => response.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const child = await execute(
      process.execPath,
      ['bin/carrel.js', 'homes', 'export', old, join(folder, 'half.tar'), '--hub', url],
      { cwd: projectDir, env: { ...process.env, CARREL_HUB_TOKEN: 'x' } },
    ).catch((error: { code: number }) => error)
    assert.equal('code' in child && child.code, 1)
    assert.deepEqual(await readdir(folder), [])
  })
})
