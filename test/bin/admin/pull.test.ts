import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { projectDir } from '../../helpers/carrel.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { type ContentWorld, notebook, openContentWorld, pullEnded } from '../../hub/content/content-world.ts'

describe('commands to a hub: carrel course pull', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let world: ContentWorld
  let hub: TestHub

  beforeEach(async () => {
    world = await openContentWorld(cleanup)
    const courses = { ...world.config.courses, plain: { image: 'stats' } }
    hub = await startTestHub({ config: { ...world.config, courses, courseMaking: { images: ['stats'] } } })
    cleanup.defer(() => hub.stop())
  })

  const carrel = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const command = ['bin/carrel.js', 'course', ...args, '--data', hub.dataDir]
      const child = execFile(process.execPath, command, { cwd: projectDir }, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })

  it('fetches what was pushed, prints what the hub does, and says which commit counts', async () => {
    const commit = await world.course.commit({ 'a.ipynb': notebook('A') })
    const { code, out, err } = await carrel('pull')
    assert.equal(code, 0, err)
    assert.match(out, /^demo: has been fetched\. [0-9a-f]{40}$/m)
    const dry = await carrel('pull', 'demo', '--dry-run')
    assert.deepEqual([dry.code, dry.out], [0, `demo\t${world.url}\t${commit}\n`])
    const lines = (await carrel('pull', 'demo', '--json')).out.trimEnd().split('\n')
    const last = JSON.parse(lines.at(-1) ?? '')
    assert.deepEqual([last.name, last.phase, last.end], ['demo', 'pulled', true])
  })

  it('ends with 1 where the content could not be fetched, and says why', async () => {
    const { code, out } = await carrel('pull', 'demo')
    assert.equal(code, 1)
    assert.match(out, /^demo: could not be fetched\. .*no commit|^demo: could not be fetched\. /m)
    assert.match((await carrel('pull', 'plain')).err, /no such course has content from git/)
  })

  it('shows of a course that people have made which commit counts', async () => {
    const commit = await world.course.commit({ 'a.ipynb': notebook('A'), 'torn.ipynb': '{' })
    assert.equal((await carrel('create', 'own', world.url, '--image', 'stats')).code, 0)
    await pullEnded(hub.db, 0, 'own')
    const { out } = await carrel('show', 'own')
    assert.match(out, new RegExp(`commit: ${commit} since .*, 2 notebooks: a commit`))
    assert.match(out, /problem: torn\.ipynb: cannot be read as a notebook/)
  })
})
