import assert from 'node:assert/strict'
import { openDatabase } from '../../../../hub/db/database.ts'
import {
  listSiteServers,
  type SiteListing,
  siteServerSorts,
  siteServersOf,
} from '../../../../hub/db/servers/lists/site-servers.ts'
import { ensureServer } from '../../../../hub/db/servers/server-moves.ts'
import { ensureUser } from '../../../../hub/db/users.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'

onEachDatabase('the list of all servers', (makeDatabase) => {
  let opened: Awaited<ReturnType<typeof openDatabase>>
  /** The id of ann. */
  let ann = ''

  beforeEach(async () => {
    opened = await openDatabase(await makeDatabase())
    const { db } = opened
    const rows = [
      ['ann', 'demo', { state: 'ready', queued: 3, started: 4, spare: false }],
      ['ann', 'stats', { state: 'stopped', queued: 1, ended: 2, spare: false }],
      ['Bo_b', 'demo', { state: 'failed', queued: 5, ended: 6, spare: false }],
      ['spare', 'demo', { state: 'ready', queued: 7, spare: true }],
    ] as const
    for (const [name, course, change] of rows) {
      const user = await ensureUser(db, { name, kind: 'person', authenticator: 'local', subject: name })
      if (user === undefined) throw new Error('there is no user')
      if (name === 'ann') ann = user.id
      const { id } = await db.transaction((trx) =>
        ensureServer(trx, { user: user.id, course, path: `/user/${name}/${course}/` }),
      )
      await db('servers').where({ id }).update(change)
    }
    const active = { run: 0, last_activity: 9, result: 'active', reason: '' }
    const { id } = await db('servers').where({ user: ann, course: 'demo' }).first('id')
    await db('activity').insert({ server: id, ...active })
  })
  afterEach(() => opened?.close())

  const found = async (asked: Partial<SiteListing> = {}) => {
    const usual = { state: 'all', search: '', courses: undefined, sort: 'state', offset: 0, limit: 10 } as const
    const { total, servers } = await listSiteServers(opened.db, { ...usual, ...asked })
    return [total, ...servers.map(({ server }) => `${server.state} ${server.course}`)]
  }

  it('has each but spares, those first that went wrong, in every order', async () => {
    const all = ['failed demo', 'ready demo', 'stopped stats']
    assert.deepEqual(await found(), [3, ...all])
    assert.deepEqual(await found({ sort: '-state' }), [3, ...all.toReversed()])
    assert.deepEqual(await found({ sort: '-active', limit: 1 }), [3, 'ready demo'])
    assert.deepEqual(await found({ sort: '-queued', offset: 1 }), [3, 'ready demo', 'stopped stats'])
    assert.deepEqual(await found({ sort: 'course', offset: 2 }), [3, 'stopped stats'])
    for (const sort of siteServerSorts)
      assert.deepEqual((await found({ sort })).toSorted(), [3, ...all].toSorted(), sort)
  })

  it('is filtered by state, courses and a literal part of the owner’s name', async () => {
    assert.deepEqual(await found({ state: 'attention' }), [2, 'failed demo', 'ready demo'])
    assert.deepEqual(await found({ courses: ['stats', 'gone'] }), [1, 'stopped stats'])
    assert.deepEqual(await found({ courses: [] }), [0])
    assert.deepEqual(await found({ search: 'o_B' }), [1, 'failed demo'])
    assert.deepEqual(await found({ search: 'n_' }), [0])
  })

  it('of some users has ages and activity', async () => {
    const own = await siteServersOf(opened.db, [ann, 'nobody'])
    assert.deepEqual(
      own.map(({ server, activityAge }) => [server.course, typeof activityAge]),
      [
        ['demo', 'number'],
        ['stats', 'undefined'],
      ],
    )
    assert.ok(own.every(({ age = 0, asked = 0 }) => age > 0 && asked > 0))
  })
})
