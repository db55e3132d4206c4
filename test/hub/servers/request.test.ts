import assert from 'node:assert/strict'
import { findServer } from '../../../hub/db/servers/servers.ts'
import { findUser } from '../../../hub/db/users.ts'
import { pathName, requestServer } from '../../../hub/servers/request.ts'
import { stopServer } from '../../../hub/servers/stop.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { secrets, startTestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openParts } from '../parts.ts'

describe('paths of servers', () => {
  it('spell each name as one unique path segment', () => {
    const table = [
      ['ann', 'ann'],
      ['Ann.B-c_9', 'Ann.B-c_9'],
      ['a b', 'a~20b'],
      ['a~20b', 'a~7e20b'],
      ['lms:edx:é', 'lms~3aedx~3a~c3~a9'],
      ['.', '~2e'],
      ['..', '~2e~2e'],
      ['a/b', 'a~2fb'],
    ]
    for (const [name = '', segment] of table) assert.equal(pathName(name), segment)
  })
})

onEachDatabase('a launch of a ready server', (makeDatabase) => {
  it('gets a new run when the server begins to stop just after it was seen ready', async () => {
    const parts = await openParts(await makeDatabase())
    try {
      const { hub } = parts
      const { id, user } = await parts.makeReady()
      await hub.db('servers').where({ id }).update({ kid: 'gone' })
      const [owner, seen] = [await findUser(hub.db, user), await findServer(hub.db, id)]
      const course = hub.courses.all.demo
      assert.ok(owner && seen && course)
      let stopping: Promise<boolean> | undefined
      const { find } = secrets.keys
      // The launch asks for the key of the ready server that it has read, and now the server is stopped.
      hub.secrets = { ...secrets, keys: { ...secrets.keys, find: (kid) => find(stopNow(kid)) } }
      const stopNow = (kid: string) => {
        if (kid === 'gone') stopping ??= stopServer(hub, seen)
        return kid
      }
      const launches = () => hub.db('events').where({ kind: 'launched' })
      const before = await launches()
      await requestServer(hub, owner, course)
      // On PostgreSQL either of the two stops may come first.
      await stopping
      await until(async () => {
        const now = await findServer(hub.db, id)
        return now?.state === 'ready' && now.run === 2
      })
      // The launch has tried twice, and is one more launch in the history.
      assert.equal((await launches()).length, before.length + 1)
    } finally {
      await parts.stop()
    }
  })
})

onEachDatabase('the history of launches', (makeDatabase) => {
  it('names the notebook that a link opens, up to 300 characters, and none where the link names none', async () => {
    const hub = await startTestHub({ database: await makeDatabase() })
    try {
      const notebooks = ['week 1/intro.ipynb', `${'é'.repeat(350)}.ipynb`, undefined]
      for (const notebook of notebooks) {
        await hub.browser().open(`/tmplogin?${new URLSearchParams({ course: 'demo', ...(notebook && { notebook }) })}`)
      }
      const events: { detail: string | null }[] = await hub.db('events').where({ kind: 'launched' }).orderBy('id')
      assert.deepEqual(
        events.map(({ detail }) => detail && JSON.parse(detail)),
        [{ notebook: 'week 1/intro.ipynb' }, { notebook: 'é'.repeat(300) }, null],
      )
    } finally {
      await hub.stop()
    }
  })
})
