import assert from 'node:assert/strict'
import { openDatabase } from '../../../../hub/db/database.ts'
import { addTraffic } from '../../../../hub/db/servers/activity.ts'
import {
  countSiteUsers,
  listSiteUsers,
  type SiteUserFilter,
  type userSorts,
} from '../../../../hub/db/servers/lists/site-users.ts'
import { ensureServer } from '../../../../hub/db/servers/server-moves.ts'
import { addToken, tokensNamed } from '../../../../hub/db/tokens.ts'
import { ensureUser } from '../../../../hub/db/users.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'

onEachDatabase('the list of all users', (makeDatabase) => {
  let opened: Awaited<ReturnType<typeof openDatabase>>
  const ids = new Map<string, string>()

  beforeEach(async () => {
    opened = await openDatabase(await makeDatabase())
    const { db } = opened
    const rows = [
      ['ann', 'person', 'oidc', { display_name: 'Ann Smith', group_lists: '{"oidc":["staff","ann\'s \\"own\\""]}' }],
      ['bob', 'person', 'oidc', { group_lists: '{"oidc":["staffroom"],"@import":["staff"]}', state: 'blocked' }],
      [
        'carl',
        'person',
        'local',
        { display_name: 'Émile Zola', group_lists: '{"local":["staff"],"__proto__":["staff"]}' },
      ],
      ['lms:7', 'learner', 'lms', { group_lists: '{"oidc":["staff"]}' }],
      ['chosen', 'person', 'oidc', { subject: 'chosen:x', group_lists: '{"oidc":["staff"]}' }],
      ['spare', 'temporary', 'temporary', { state: 'spare' }],
    ] as const
    for (const [name, kind, authenticator, change] of rows) {
      const user = await ensureUser(db, { name, kind, authenticator, subject: name })
      if (user === undefined) throw new Error('there is no user')
      ids.set(name, user.id)
      await db('users').where({ id: user.id }).update(change)
    }
  })
  afterEach(() => opened?.close())

  const names = async (filter: Partial<SiteUserFilter>) => {
    const all = { search: '', ...filter }
    const users = await listSiteUsers(opened.db, all, { sort: 'name', offset: 0, limit: 10 })
    assert.equal(await countSiteUsers(opened.db, all), users.length)
    return users.map(({ name }) => name).sort()
  }

  it('is filtered by name, kind, way in and state, and never has a spare', async () => {
    assert.deepEqual(await names({}), ['ann', 'bob', 'carl', 'chosen', 'lms:7'])
    assert.deepEqual(await names({ search: 'SMI' }), ['ann'])
    for (const search of ['Émile', 'émile', 'ÉMILE Z']) assert.deepEqual(await names({ search }), ['carl'], search)
    assert.deepEqual(await names({ kind: 'learner' }), ['lms:7'])
    assert.deepEqual(await names({ kind: 'temporary' }), [])
    assert.deepEqual(await names({ authenticator: 'oidc', state: 'active' }), ['ann', 'chosen'])
  })

  it('is in the order of names, or of the last activity of servers or the last launch, whichever was later', async () => {
    const { db } = opened
    const at = async (name: string, lastLaunch: number, activity?: number) => {
      const id = ids.get(name) ?? ''
      await db('users').where({ id }).update({ last_launch: lastLaunch })
      if (activity === undefined) return
      const server = await db.transaction((trx) =>
        ensureServer(trx, { user: id, course: 'demo', path: `/user/${name}/demo/` }),
      )
      await addTraffic(db, [{ server: server.id, run: 1, at: activity }])
    }
    await at('ann', 5000)
    await at('bob', 1000, 9000)
    await at('carl', 7000, 2000)
    await at('chosen', 3000)
    await at('lms:7', 8000)
    const listed = async (sort: (typeof userSorts)[number], offset = 0) =>
      (await listSiteUsers(db, { search: '' }, { sort, offset, limit: 3 })).map(({ name }) => name)
    const byName = ['ann', 'bob', 'carl', 'chosen', 'lms:7']
    const bySeen = ['chosen', 'ann', 'carl', 'lms:7', 'bob']
    for (const [sort, order] of [
      ['name', byName],
      ['-name', byName.toReversed()],
      ['seen', bySeen],
      ['-seen', bySeen.toReversed()],
    ] as const)
      assert.deepEqual([...(await listed(sort)), ...(await listed(sort, 3))], order, sort)
    const [bob] = await listSiteUsers(db, { search: 'bob' }, { sort: 'name', offset: 0, limit: 1 })
    assert.equal(bob?.lastActive, 9000)
  })

  it('is filtered by a group as it counts: of persons with proven names, by the sources that are asked', async () => {
    const group = { group: 'staff', names: ['carl', 'lms:7'], sources: ['oidc'], authenticators: ['oidc', 'local'] }
    assert.deepEqual(await names({ group }), ['ann', 'carl'])
    assert.deepEqual(await names({ group: { ...group, sources: ['oidc', '@import'] } }), ['ann', 'bob', 'carl'])
    assert.deepEqual(await names({ group: { ...group, names: [], sources: ['__proto__'] } }), ['carl'])
    assert.deepEqual(await names({ group: { ...group, names: [], sources: ['$', "'"] } }), [])
    assert.deepEqual(await names({ group: { ...group, names: [], group: 'ann\'s "own"' } }), ['ann'])
    assert.deepEqual(await names({ group: { ...group, authenticators: ['local'] } }), ['carl'])
    assert.deepEqual(await names({ group: { ...group, names: [], sources: [] } }), [])
  })

  it('beside it, finds living tokens by a literal part of their names', async () => {
    const { db } = opened
    const user = ids.get('ann') ?? ''
    for (const note of ['Nightly 100%', 'nightly', 'other', 'Été'])
      await addToken(db, { user, note, milliseconds: 60_000 })
    await addToken(db, { user, note: 'nightly, gone', milliseconds: -1 })
    assert.deepEqual((await tokensNamed(db, 'NIGHT', 10)).map(({ note }) => note).sort(), ['Nightly 100%', 'nightly'])
    assert.deepEqual(
      (await tokensNamed(db, '0%', 10)).map(({ note }) => note),
      ['Nightly 100%'],
    )
    assert.deepEqual(
      (await tokensNamed(db, 'été', 10)).map(({ note }) => note),
      ['Été'],
    )
    assert.equal((await tokensNamed(db, '', 1)).length, 1)
  })
})
