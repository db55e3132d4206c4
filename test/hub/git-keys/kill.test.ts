import assert from 'node:assert/strict'
import { openAdminClient } from '../../../bin/admin/hub-client.ts'
import { credentialsFor } from '../../../hub/git-keys/credentials.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeBuilds, serveBuilds } from '../../helpers/fakes/fake-builds.ts'
import { secrets } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { kill, letHubsDie, openKillWorld, startHubHere, startHubProcess } from '../kill-world.ts'
import { keyPath } from './world.ts'

const url = 'https://git.example.org/python'

onEachDatabase('a hub that is killed while the key of a repository is replaced', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  for (const [where, dieAt, expected] of [
    ['before the new one is written, leaves the old one whole', undefined, 'old'],
    ['when it is written and no one was told, leaves the new one whole', 'a repository got a key', 'new'],
  ] as const) {
    it(where, async function () {
      this.timeout(300_000)
      const killed = await openKillWorld(cleanup, makeDatabase)
      const { url: buildsUrl, close } = await serveBuilds(createFakeBuilds())
      cleanup.defer(close)
      const settings = {
        courses: { demo: { image: '@python' } },
        builds: { url: buildsUrl, images: { python: { git: url } } },
      }
      const client = await openAdminClient({ data: killed.dataDir, hub: undefined }, {})
      cleanup.defer(() => client.close())
      const give = (token: string) => client.call({ method: 'PUT', path: keyPath, body: { token } })
      const log = { debug: () => undefined } as never
      const kept = () => credentialsFor({ db: killed.db, secrets, log }, 'image:python', url)
      const first = await startHubHere(cleanup, killed, settings)
      await give('old')
      await first.stop()
      const second = await startHubProcess(cleanup, killed, { ...settings, ...(dieAt && { dieAt }) })
      const given = () =>
        give('new').then(
          () => 'done',
          () => 'cut off',
        )
      if (dieAt === undefined) {
        const trx = await killed.db.transaction()
        // The row stays locked, so that the hub waits in the middle of its transaction.
        await trx('git_keys').update({ failure: null })
        const giving = given()
        await until(() => isWaiting())
        await kill(second.child)
        await trx.rollback()
        assert.equal(await giving, 'cut off')
      } else assert.equal(await given(), 'cut off')
      assert.deepEqual(await kept(), { token: expected })
      await letHubsDie(killed)
      await startHubHere(cleanup, killed, settings)
      await give('newest')
      assert.deepEqual(await kept(), { token: 'newest' })

      /** Says whether the hub has begun what it cannot end. SQLite has no list of those who wait. */
      async function isWaiting(): Promise<boolean> {
        if (killed.database.startsWith('sqlite:')) return true
        const rows = await killed.db('pg_locks').where({ granted: false })
        return rows.length > 0
      }
    })
  }
})
