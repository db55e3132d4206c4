import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { temporary } from '../../../authenticators/temporary.ts'
import { projectDir } from '../../helpers/carrel.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { type ContentWorld, counting, notebook, openContentWorld, pullEnded } from '../../hub/content/content-world.ts'
import { makerAt } from '../../hub/courses/makers.ts'
import { people } from '../../hub/people.ts'

describe('commands to a hub: carrel course pull', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let world: ContentWorld
  let hub: TestHub

  beforeEach(async () => {
    world = await openContentWorld(cleanup)
    const demo = { image: 'stats', content: { git: world.url, pullMinutes: false as const }, staff: ['tim'] }
    const courses = { demo, plain: { image: 'stats', staff: ['tim'] } }
    const authenticators = [temporary(), people]
    const servers = { url: 'http://*.nb.test' }
    const courseMaking = { images: ['stats'] }
    hub = await startTestHub({ config: { ...world.config, authenticators, servers, courses, courseMaking } })
    cleanup.defer(() => hub.stop())
  })

  const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const command = ['bin/carrel.js', 'course', ...args]
      const options = { cwd: projectDir, env: { ...process.env, ...env } }
      const child = execFile(process.execPath, command, options, (_error, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
    })
  const carrel = (...args: string[]) => run([...args, '--data', hub.dataDir])

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

  it('is for staff of a course of the config too, and for no one else', async () => {
    const commit = await world.course.commit({ 'a.ipynb': notebook('A') })
    const pullAs = async (name: string) =>
      run(['pull', 'demo', '--hub', hub.address], { CARREL_HUB_TOKEN: (await makerAt(hub, name)).token })
    const { code, out, err } = await pullAs('tim')
    assert.equal(code, 0, err)
    assert.match(out, /^demo: has been fetched\./m)
    assert.equal((await counting(hub.db)).commit, commit)
    assert.match((await pullAs('ann')).err, /no such course has content from git/)
    const { courses } = (await (await makerAt(hub, 'tim')).ask('GET', '')).json()
    assert.deepEqual(
      courses.map(({ name, from }: { name: string; from: string }) => [name, from]),
      [['demo', 'config']],
    )
  })

  it('ends with 1 where the content could not be fetched, and says why', async () => {
    const { code, out } = await carrel('pull', 'demo')
    assert.equal(code, 1)
    assert.match(out, /^demo: could not be fetched\. .*no commit|^demo: could not be fetched\. /m)
    assert.match((await carrel('pull', 'plain')).err, /no such course has content from git/)
  })

  it('shows of a course of the config which commit counts, and what failed, and leaves its definition to the file', async () => {
    const commit = await world.course.commit({ 'a.ipynb': notebook('A') })
    await carrel('pull', 'demo')
    assert.match(
      (await carrel('show', 'demo')).out,
      new RegExp(
        `^name: demo\n[^]*from: config\n[^]*\ncommit: ${commit} since .*, 1 notebooks: a commit\nchecked: \\S+\n$`,
      ),
    )
    await rm(world.course.path, { recursive: true })
    assert.equal((await carrel('pull', 'demo')).code, 1)
    assert.match(
      (await carrel('show', 'dem')).out,
      new RegExp(`commit: ${commit}[^]*\nproblem: content: .*no repository at this address`),
    )
    const shown = JSON.parse((await carrel('show', 'demo', '--json')).out)
    assert.deepEqual([shown.from, shown.brought.counts.commit, shown.definition], ['config', commit, undefined])
    assert.match((await carrel('show', 'plain')).err, /stands in the config file/)
  })

  it('shows of a course that people have made which commit counts', async () => {
    const commit = await world.course.commit({ 'a.ipynb': notebook('A'), 'torn.ipynb': '{' })
    assert.equal((await carrel('create', 'own', world.url, '--image', 'stats')).code, 0)
    await pullEnded(hub, 0, 'own')
    const { out } = await carrel('show', 'own')
    assert.match(out, new RegExp(`commit: ${commit} since .*, 2 notebooks: a commit`))
    assert.match(out, /problem: torn\.ipynb: cannot be read as a notebook/)
  })
})
