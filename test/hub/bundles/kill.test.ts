import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { filesIn } from '../../../hub/bundles/archive.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { startFakeProxy } from '../../helpers/fake-proxy.ts'
import { createFakeServers } from '../../helpers/fake-spawners.ts'
import { createHttpBrowser, lookInto, secrets, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

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
      const world = createFakeServers({ beforeBundle: new Promise(() => undefined) })
      const proxy = await startFakeProxy(secrets.proxyToken)
      const database = await makeDatabase()
      const dataDir = await mkdtemp(join(tmpdir(), 'carrel-kill-'))
      const db = lookInto(database)
      cleanup.defer(() => rm(dataDir, { recursive: true, force: true }))
      cleanup.defer(() => world.close())
      cleanup.defer(() => proxy.stop())
      cleanup.defer(() => db.destroy())

      const settings = { database, proxy: proxy.url, world: await world.serve(), dataDir, courses: courses('first') }
      const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'hub-process.ts')], {
        env: { ...process.env, CARREL_TEST_HUB: JSON.stringify(settings) },
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const gone = once(child, 'exit')
      cleanup.defer(() => void child.kill('SIGKILL'))
      const [address] = await once(child.stdout, 'data')
      const laying = once(world.events, 'bundle')
      await createHttpBrowser(String(address).trim()).open('/tmplogin?course=demo')
      const [digest] = await laying
      child.kill('SIGKILL')
      await gone
      delete world.behaviour.beforeBundle
      // Only hubs on PostgreSQL look whether the other one lives: a hub on SQLite is alone.
      if (!database.startsWith('sqlite:')) await db('hubs').update({ seen: db.raw('seen - 31000') })

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
