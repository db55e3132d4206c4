import assert from 'node:assert/strict'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { notebook, openContentWorld, pullEnded } from '../content/content-world.ts'
import { kill, letHubsDie, openKillWorld, startHubHere, startHubProcess } from '../kill-world.ts'

const link = '/launch/demo/week1/lesson.ipynb'
const path = 'week1/lesson.ipynb'

onEachDatabase('a hub that is killed while it replaces a learner’s notebook', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  for (const [where, method, isPlaced] of [
    ['when hers was put aside', 'PATCH', false],
    ['when the other one is in its place', 'DELETE', true],
  ] as const) {
    it(`${where}, leaves it to the next one, and nothing is lost`, async function () {
      this.timeout(300_000)
      const content = await openContentWorld(cleanup)
      await content.course.commit({ [path]: notebook('The lesson') })
      const killed = await openKillWorld(cleanup, makeDatabase)
      const files: Record<string, 'notebook' | 'file' | 'directory'> = {}
      const bytes: Record<string, string> = {}
      Object.assign(killed.world.behaviour, { files, bytes })
      const first = await startHubProcess(cleanup, killed, content.config)
      await pullEnded(killed)
      const browser = createHttpBrowser(first.address)
      await browser.enter(link)
      bytes[path] = Buffer.from('mine').toString('base64')

      let begins = false
      killed.world.behaviour.beforeChange = (change) => {
        // The second renaming brings the other notebook, and is not done any more.
        const isNow = change.method === method && (isPlaced || begins)
        begins ||= change.method === method
        if (isNow) first.child.kill('SIGKILL')
        return isNow ? 500 : undefined
      }
      // The server runs, so that the post itself leads in.
      await assert.rejects(browser.post('/hub/launches', { link, replace: 'course' }))
      await kill(first.child)
      killed.world.behaviour.beforeChange = () => undefined
      assert.equal((await killed.db('swaps')).length, 1)
      assert.equal(Object.keys(files).includes(path), isPlaced)

      await letHubsDie(killed)
      await startHubHere(cleanup, killed, content.config)
      await until(async () => (await killed.db('swaps')).length === 0)
      assert.deepEqual(Object.keys(files).sort(), ['week1', path])
      const there = Buffer.from(bytes[path] ?? '', 'base64').toString()
      assert.equal(there, isPlaced ? notebook('The lesson') : 'mine')
      assert.equal((await killed.db('versions')).length, 1)
    })
  }
})
