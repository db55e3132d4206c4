import assert from 'node:assert/strict'
import { openDatabase } from '../../../../hub/db/database.ts'
import {
  countSiteUsers,
  listSiteUsers,
  type SiteUserFilter,
  userSorts,
} from '../../../../hub/db/servers/lists/site-users.ts'
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
      ['carl', 'person', 'local', { group_lists: '{"local":["staff"],"__proto__":["staff"]}' }],
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
    assert.deepEqual(await names({ kind: 'learner' }), ['lms:7'])
    assert.deepEqual(await names({ kind: 'temporary' }), [])
    assert.deepEqual(await names({ authenticator: 'oidc', state: 'active' }), ['ann', 'chosen'])
    for (const sort of userSorts)
      assert.equal((await listSiteUsers(opened.db, { search: '' }, { sort, offset: 1, limit: 3 })).length, 3)
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
    for (const note of ['Nightly 100%', 'nightly', 'other']) await addToken(db, { user, note, milliseconds: 60_000 })
    await addToken(db, { user, note: 'nightly, gone', milliseconds: -1 })
    assert.deepEqual((await tokensNamed(db, 'NIGHT', 10)).map(({ note }) => note).sort(), ['Nightly 100%', 'nightly'])
    assert.deepEqual(
      (await tokensNamed(db, '0%', 10)).map(({ note }) => note),
      ['Nightly 100%'],
    )
    assert.equal((await tokensNamed(db, '', 1)).length, 1)
  })
})
