import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { projectDir } from '../../helpers/carrel.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeBuilds, type FakeBuilds, fakeBuilds } from '../../helpers/fakes/fake-builds.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

describe('commands to a hub: carrel images build', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let world: FakeBuilds
  let hub: TestHub

  beforeEach(async () => {
    world = createFakeBuilds()
    const { git, builder } = fakeBuilds(world)
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    const images = { python: { git: 'https://git.example.org/python' }, r: { git: 'https://git.example.org/r' } }
    hub = await startTestHub({
      ...{ database: database.url, git },
      config: { builds: { images, builder }, courses: { demo: { image: '@python' } } },
    })
    cleanup.defer(() => hub.stop())
  })

  const command = (args: string[]) => ['bin/carrel.js', 'images', 'build', ...args, '--data', hub.dataDir]
  const carrel = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const child = execFile(process.execPath, command(args), { cwd: projectDir }, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })
  const states = () => hub.db('jobs').orderBy('id').pluck('state')

  it('builds all images, prints what each prints, and ends with 0', async () => {
    world.progress = [{ line: 'a line \u001b[31mred' }]
    const { code, out, err } = await carrel()
    assert.equal(code, 0, err)
    assert.match(out, /^python: Fetching https:\/\/git\.example\.org\/python$/m)
    assert.match(out, /^python: a line red$/m)
    assert.match(out, /^python: is built\. fake\.invalid\/python:[0-9a-f]{16}$/m)
    assert.match(out, /^r: is built\. /m)
    assert.ok(!/\p{C}/u.test(out.replaceAll('\n', '')), out)
  })

  it('says why one could not be built, and ends with 1; with --json in lines for programs', async () => {
    world.buildError = Object.assign(new Error('Step 2 has ended with 1.'), { name: 'BuildError' })
    const { code, out } = await carrel('python', '--json')
    assert.equal(code, 1)
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      [lines.at(-1).phase, lines.at(-1).message, lines.at(-1).end],
      ['failed', 'Step 2 has ended with 1.\n', true],
    )
    assert.match((await carrel('pyton')).err, /the hub says: The config names no image "pyton".*did you mean "python"/)
  })

  it('leaves the build running at Ctrl-C and says so; --cancel ends it', async () => {
    world.midway = new Promise(() => undefined)
    const begun = once(world.events, 'building')
    const child = spawn(process.execPath, command(['python']), { cwd: projectDir, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = once(child, 'exit')
    let [out, err] = ['', '']
    child.stdout.on('data', (part) => (out += part))
    child.stderr.on('data', (part) => (err += part))
    await begun
    await until(() => out.includes('Building python:'))
    child.kill('SIGINT')
    assert.deepEqual(await ended, [130, null])
    assert.match(err, /The build goes on\. To end it: carrel images build python --cancel/)
    assert.deepEqual(await states(), ['building'])
    assert.match((await carrel('python', '--cancel')).out, /^python: is being cancelled$/m)
    await until(async () => (await states())[0] === 'failed')
    const again = await carrel('python', '--cancel')
    assert.deepEqual([again.code, again.err], [1, 'carrel: the hub says: The image python is not being built.\n'])
  })

  it('only asks with --detach, and makes all anew with --fresh', async () => {
    assert.deepEqual(await carrel('python', '--detach'), { code: 0, out: 'python: waits for its turn\n', err: '' })
    await until(async () => (await states())[0] === 'built')
    assert.equal((await carrel('python', '--fresh')).code, 0)
    assert.equal(world.made.length, 2)
    assert.match((await carrel('--cancel', '--fresh')).err, /--cancel goes with no other wish/)
  })
})
