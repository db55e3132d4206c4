import assert from 'node:assert/strict'
import type { Git } from '../../../git/git.ts'
import { GitError } from '../../../git/git.ts'
import { openGit } from '../../../git/open.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onPostgresql } from '../../helpers/engines/postgresql.ts'
import { startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { counting, lastPull, notebook, openContentWorld, pullEnded } from './content-world.ts'

/** A git whose network does not reach the host. */
function withoutWay(): { git: Git; asked(): number } {
  let asked = 0
  const git = openGit({
    folder: '/nonexistent/carrel-git',
    mostOnDisk: 1,
    rules: { hosts: [], maxBytes: 1, maxFiles: 1, seconds: 1 },
  })
  return {
    git: {
      ...git,
      async resolve() {
        asked += 1
        throw new GitError('git.example.org did not answer on port 443. Try again later.', { passes: true })
      },
    },
    asked: () => asked,
  }
}

onPostgresql('hubs of which one does not reach the repository', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('leave the pull to the other, after which all of them have the content', async function () {
    this.timeout(300_000)
    const world = await openContentWorld(cleanup)
    const commit = await world.course.commit({ 'a.ipynb': notebook('A') })
    const database = await makeDatabase()
    const { git, asked } = withoutWay()
    const lonely = await startTestHub({ database, git, config: world.config })
    cleanup.defer(() => lonely.stop())
    // A hub that lives and takes nothing.
    await lonely.db('hubs').insert({ id: 'other', seen: Date.now() + 3600_000 })
    await until(async () => (await lonely.db('tries')).length === 1)
    assert.deepEqual([(await lastPull(lonely.db))?.state, asked()], ['waiting', 1])
    const able = await startTestHub({ database, config: world.config })
    cleanup.defer(() => able.stop())
    const pull = await pullEnded(able)
    assert.deepEqual([pull.state, pull.commit, asked()], ['pulled', commit, 1])
    assert.equal((await counting(lonely.db)).commit, commit)
    assert.equal((await able.db('jobs')).length, 1)
  })

  it('fail once each of them has tried, and try again at the next time', async function () {
    this.timeout(300_000)
    const world = await openContentWorld(cleanup)
    const database = await makeDatabase()
    const [one, two] = [withoutWay(), withoutWay()]
    const config = { ...world.config, courses: { demo: { image: 'stats', content: { git: world.url } } } }
    for (const { git } of [one, two]) {
      const hub = await startTestHub({ database, git, config })
      cleanup.defer(() => hub.stop())
    }
    const { db } = await startTestHub({ database, git: withoutWay().git, config }).then((hub) => {
      cleanup.defer(() => hub.stop())
      return hub
    })
    const pull = await pullEnded({ db })
    assert.deepEqual([pull.state, pull.passes], ['failed', true])
    assert.match(pull.problem ?? '', /did not answer/)
    const { failures, due, problem } = await db('pulls').first()
    assert.deepEqual([failures, problem], [1, pull.problem])
    assert.ok(Number(due) > Date.now() + 10 * 60_000)
    assert.ok(one.asked() <= 1 && two.asked() <= 1)
  })
})
