import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ConfigInput } from '../../../config/config.ts'
import { createBundleSweep } from '../../../hub/bundles/sweep.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { kill, letHubsDie, openKillWorld, startHubProcess } from '../kill-world.ts'
import { openParts } from '../parts.ts'
import { answer, startedIn } from './question-hub.ts'

const courses: ConfigInput['courses'] = {
  data: { image: 'data', questions: { table: { kind: 'file', path: '/srv/data', required: true } } },
}

onEachDatabase('a hub that is killed after a user has handed in a file', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  for (const moment of ['before the start', 'while the file is laid', 'when the server is made'] as const) {
    it(`loses nothing of it and leaves nothing: ${moment}`, async () => {
      const all = await openKillWorld(cleanup, makeDatabase)
      const { world, proxy, database, db } = all
      const { child, address } = await startHubProcess(cleanup, all, { activity: {}, courses })
      const browser = createHttpBrowser(address)
      const link = '/launch/data'
      browser.setNonce()
      assert.equal((await browser.post('/hub/launches', { link })).json().error, 'choose_first')
      assert.equal((await answer(browser, link, { table: { name: 'a.csv', content: 'a,b\n' } })).status, 303)
      const wait = Promise.withResolvers<void>()
      if (moment === 'while the file is laid') world.behaviour.beforeBundle = wait.promise
      else world.behaviour.beforeStart = wait.promise
      if (moment !== 'before the start') {
        const reached = once(world.events, moment === 'while the file is laid' ? 'bundle' : 'made')
        assert.equal((await browser.post('/hub/launches', { link })).status, 201)
        await reached
      }
      await kill(child)
      delete world.behaviour.beforeStart
      delete world.behaviour.beforeBundle
      wait.resolve()
      await letHubsDie({ database, db })

      // The next hub has a folder of its own, so the file can come from the database only.
      const next = await startTestHub({ database, world, proxy, config: { courses } })
      const later = createHttpBrowser(next.address)
      for (const [name, value] of browser.jar) later.jar.set(name, value)
      if (moment === 'before the start') assert.equal((await later.post('/hub/launches', { link })).status, 201)
      await until(async () => (await db('servers').first('state'))?.state === 'ready', 'the server')
      assert.deepEqual((await startedIn(world)).files, { '/srv/data/a.csv': 'a,b\n' })
      assert.deepEqual(
        [...world.objects.values()].map(({ run }) => run),
        [1],
      )
      await next.stop()

      for (const table of ['launches', 'tickets', 'sessions', 'activity', 'servers', 'users']) await db(table).delete()
      await db('definitions').where('content', 'like', '%/srv/data%').delete()
      const parts = await openParts(database, { courses })
      cleanup.defer(() => parts.stop())
      const sweep = createBundleSweep(parts.hub)
      await sweep()
      await sweep()
      assert.equal((await db('bundles').select('digest')).length, 1, 'what was used lately stays for a while')
      await db('bundles').update({ used: db.raw('used - 700000') })
      await sweep()
      await sweep()
      assert.deepEqual([await db('bundles').select('digest'), await db('answers').select('user')], [[], []])
    })
  }
})
