import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { filesIn } from '../../helpers/fakes/files-in.ts'
import { createHttpBrowser, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { kill, letHubsDie, openKillWorld, startHubProcess } from '../kill-world.ts'

onEachDatabase('a hub that is killed while it lays files into a server', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  const courses = (content?: string) => ({
    demo: { image: 'demo', ...(content && { files: { '/srv/course': { 'dates.json': { content } } } }) },
  })

  for (const [what, files] of [
    ['other files', 'of the next hub'],
    ['none', undefined],
  ] as const) {
    it(`leaves the start to a hub whose config has ${what}: the server gets those that its start began with`, async () => {
      const all = await openKillWorld(cleanup, makeDatabase)
      const { world, proxy, database } = all
      world.behaviour.beforeBundle = new Promise(() => undefined)
      const { child, address } = await startHubProcess(cleanup, all, { courses: courses('first') })
      const laying = once(world.events, 'bundle')
      await createHttpBrowser(address).open('/tmplogin?course=demo')
      const [digest] = await laying
      await kill(child)
      delete world.behaviour.beforeBundle
      await letHubsDie(all)

      const next = await startTestHub({ database, world, proxy, config: { courses: courses(files) } })
      cleanup.defer(() => next.stop())
      await until(async () => (await next.db('servers').first('state')).state === 'ready')
      const [object, ...others] = world.objects.values()
      assert.deepEqual([object?.run, others], [1, []])
      assert.deepEqual(
        object?.bundles.map((bundle) => bundle.digest),
        [digest],
      )
      const [file] = await filesIn(Buffer.from(world.bundles.get(digest) ?? '', 'base64'))
      assert.match(String(file && 'content' in file && file.content), /"first"/)
    })
  }
})
