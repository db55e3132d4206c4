import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ConfigInput } from '../../../config/config.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { kill, letHubsDie, openKillWorld, startHubProcess } from '../kill-world.ts'

const size = [
  { name: 'small', env: { SIZE: 's' } },
  { name: 'large', env: { SIZE: 'l' } },
]
const courses: ConfigInput['courses'] = {
  ml: { image: 'ml', choices: { size } },
  python: { image: 'python', embed: { ancestors: ['https://lms.example.org'] } },
}

onEachDatabase('a hub that is killed while a server changes to another choice', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  for (const moment of ['before the old run has stopped', 'when the new run is made and not started'] as const) {
    it(`leaves the choice to the next hub: ${moment}`, async () => {
      const all = await openKillWorld(cleanup, makeDatabase)
      const { world, proxy, database, db } = all
      const { child, address } = await startHubProcess(cleanup, all, { courses })
      const browser = createHttpBrowser(address)
      await browser.enter('/launch/ml?size=small')
      const wait = Promise.withResolvers<void>()
      const isEarly = moment === 'before the old run has stopped'
      if (isEarly) world.behaviour.beforeStop = wait.promise
      else world.behaviour.beforeStart = wait.promise
      const reached = once(world.events, isEarly ? 'stopping' : 'made')
      const large = '/launch/ml?size=large'
      assert.equal((await browser.submit('/hub/choice', { link: large, stop: 'ml' })).status, 303)
      assert.equal((await browser.post('/hub/launches', { link: large })).status, 201)
      await reached
      await kill(child)
      delete world.behaviour.beforeStop
      delete world.behaviour.beforeStart
      wait.resolve()
      await letHubsDie({ database, db })
      const next = await startTestHub({ database, world, proxy, config: { courses } })
      cleanup.defer(() => next.stop())
      await until(async () => {
        const { run, state } = await db('servers').first('run', 'state')
        return run === 2 && state === 'ready'
      }, 'the next run')
      const objects = [...world.objects.values()]
      assert.deepEqual(
        objects.map(({ run, env }) => [run, env.SIZE]),
        [[2, 'l']],
      )
      assert.deepEqual(await db('choices').pluck('chosen'), ['{"size":"large"}'])
    })
  }
})
