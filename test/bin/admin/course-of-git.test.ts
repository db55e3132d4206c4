import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { projectDir } from '../../helpers/carrel.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { type ContentWorld, counting, notebook, openContentWorld } from '../../hub/content/content-world.ts'
import { type MakersHub, startMakersHub } from '../../hub/courses/makers.ts'

describe('carrel course create, of a repository', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let world: ContentWorld
  let hub: MakersHub

  beforeEach(async () => {
    world = await openContentWorld(cleanup)
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    const { git } = world.config
    hub = await startMakersHub({ database: database.url, config: { git, courses: { demo: { image: 'demo' } } } })
    cleanup.defer(() => hub.stop())
  })

  const create = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const all = ['bin/carrel.js', 'course', 'create', ...args, '--data', hub.dataDir]
      const child = execFile(process.execPath, all, { cwd: projectDir }, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })
  const definition = async (name: string) =>
    JSON.parse((await hub.db('catalogue').where({ slug: name }).first('definition'))?.definition ?? 'null')

  it('makes the course, and shows how its content is fetched', async () => {
    const commit = await world.course.commit({ 'a.ipynb': notebook('A') })
    const said = ['--ref', 'main', '--pull-minutes', '60', '--copies', 'all', '--image', 'demo']
    const dry = await create('Own', world.url, ...said, '--dry-run')
    assert.deepEqual([dry.code, dry.out, await definition('own')], [0, 'Own could be made.\n', null], dry.err)
    const { code, out, err } = await create('Own', world.url, ...said)
    assert.equal(code, 0, err)
    assert.match(out, /^Own is made\.\nOwn: Fetching http.*Own: .*1 notebooks?/s)
    assert.deepEqual(await definition('own'), {
      image: 'demo',
      content: { git: world.url, ref: 'main', pullMinutes: 60, copies: 'all' },
    })
    assert.deepEqual((await counting(hub.db, 'own')).commit, commit)
  })

  it('says what keeps the content, and leaves the course to be mended', async () => {
    const { code, out, err } = await create(
      'Own',
      `${world.host.url}/none.git`,
      '--pull-minutes',
      'never',
      '--image',
      'demo',
    )
    assert.equal(code, 1)
    assert.match(out, /^Own is made\.\n/)
    assert.match(err, /The course is there, without its notebooks\. When that is mended: carrel course pull Own/)
    assert.equal((await definition('own')).content.pullMinutes, false)
  })

  for (const [args, message] of [
    [['Own', 'stats:9'], /stats:9 is no address of a repository, .*An image is said by --image/],
    [['Own', '--ref', 'main'], /--ref, --pull-minutes and --copies are about a repository/],
    [
      ['Own', 'https://git.example.org/x', '--pull-minutes', 'often'],
      /--pull-minutes is a number of minutes, or "never"/,
    ],
  ] as const)
    it(`refuses ${args.slice(1).join(' ')}`, async () => {
      const { code, err } = await create(...args)
      assert.equal(code, 2)
      assert.match(err, message)
    })
})
