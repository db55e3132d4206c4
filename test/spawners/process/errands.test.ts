import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { openRunDir } from '../../../net/machine/run-dir.ts'
import type { ErrandContext, ErrandSpec, Errands } from '../../../spawners/files.ts'
import { processSpawner } from '../../../spawners/process/process.ts'
import { noBundle } from '../../helpers/no-bundle.ts'
import { until } from '../../helpers/until.ts'
import { contextOf, processesOf } from './world.ts'

describe('errands of the process spawner', () => {
  let dataDir: string
  let runDir: string
  let errands: Errands
  const id = `errandofatest${randomBytes(4).toString('hex')}`

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'))
    runDir = await openRunDir(dataDir, process.env)
    const spawner = await processSpawner().open(contextOf(dataDir))
    assert.ok(spawner.errands)
    errands = spawner.errands
  })
  afterEach(async () => {
    for (const errand of await errands.list()) await errands.end(errand.id)
    await rm(runDir, { recursive: true })
    await rm(dataDir, { recursive: true })
  })

  const run = (script: string, context: Partial<ErrandContext> = {}, more: Partial<ErrandSpec> = {}) =>
    errands.run(
      { id, image: '', command: ['sh', '-c', script], bundles: [], limits: {}, ...more },
      { signal: new AbortController().signal, bundle: noBundle, ...context },
    )

  it('end programs that they started in a session of their own, also those that hold their output open', async function () {
    if (process.platform !== 'linux') this.skip()
    const stdout = new PassThrough()
    const { code } = await run('setsid sleep 1000 & echo begun', { stdout })
    assert.equal(code, 0)
    assert.equal(String(stdout.read()), 'begun\n')
    assert.deepEqual(await processesOf(id), [])
    assert.deepEqual(await readdir(runDir), [])
  })

  it('count as killed when their shell is killed, and leave nothing', async function () {
    if (process.platform !== 'linux') this.skip()
    const end = run('sleep 1000', { stdout: new PassThrough() })
    const file = join(runDir, `${id}-errand`, 'pid')
    const pid = await until(() =>
      readFile(file, 'utf8').then(
        (text) => Number(text.split('\n')[0]),
        () => undefined,
      ),
    )
    process.kill(pid, 'SIGKILL')
    assert.equal((await end).code, 137)
    assert.deepEqual(await processesOf(id), [])
  })

  it('that were ended before they began never begin', async () => {
    const begun = join(dataDir, 'begun')
    const bundle = { digest: 'a'.repeat(64), path: '/srv/x', into: 'read-only' as const }
    const ending = async () => {
      await errands.end(id)
      return { bytes: 1024, files: 0, hasLinks: false, tar: () => Readable.from([Buffer.alloc(1024)]) }
    }
    const end = run(`echo > ${begun}`, { bundle: ending }, { bundles: [bundle] })
    await assert.rejects(end, { name: 'SpawnError', message: 'The task could not be started.' })
    await assert.rejects(readFile(begun))
    assert.deepEqual(await readdir(runDir), [])
  })

  it('begin in an empty folder without a home, and fail where the folder of the course is gone', async () => {
    const stdout = new PassThrough()
    await run('ls -A; pwd', { stdout })
    assert.equal(String(stdout.read()), `${join(runDir, `${id}-errand`, 'files')}\n`)
    await assert.rejects(run('true', {}, { image: join(dataDir, 'none') }), /files of this course are not there/)
  })

  it('get no secret of the hub', async () => {
    process.env.CARREL_KEYS = 'not for learners'
    try {
      const stdout = new PassThrough()
      await run('env', { stdout }, { env: { COURSE: 'yes' } })
      const seen = String(stdout.read())
      assert.match(seen, /^COURSE=yes$/m)
      assert.doesNotMatch(seen, /not for learners/)
    } finally {
      delete process.env.CARREL_KEYS
    }
  })

  it('whose folder says something odd hide no other', async () => {
    await mkdir(join(runDir, 'odd-errand'))
    await writeFile(join(runDir, 'odd-errand', 'about.json'), '{}')
    const end = run('sleep 1000')
    end.catch(() => undefined)
    await until(async () => (await errands.list()).some((found) => found.running))
    assert.deepEqual(
      (await errands.list()).map((found) => found.id),
      [id],
    )
    await errands.end(id)
    await end.catch(() => undefined)
  })
})
