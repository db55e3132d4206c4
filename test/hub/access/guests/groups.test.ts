import assert from 'node:assert/strict'
import type { PasswordAuthenticator } from '../../../../authenticators/authenticator.ts'
import { sqliteDatabase, type TestDatabase } from '../../../helpers/engines/postgresql.ts'
import { enterAsGuest, guestsAt, openSchool, type School, share } from './school.ts'

describe('groups that an authenticator says', () => {
  let said: Record<string, string[]>
  const campus: PasswordAuthenticator = {
    kind: 'password',
    name: 'local',
    label: 'Sign in',
    groups: ['tutors', 'colleagues', 'operators'],
    authenticate: async (name) => ({ subject: name, name, ...(said[name] && { groups: said[name] }) }),
  }
  let database: TestDatabase
  let school: School
  beforeEach(async () => {
    said = {}
    database = await sqliteDatabase()
    const groups = { colleagues: ['carl'], others: [] }
    school = await openSchool(database.url, { authenticators: [campus], groups, admins: ['group:operators'] })
  })
  afterEach(async () => {
    await school.hub.stop()
    await database.remove()
  })

  const lists = async (name: string) => JSON.parse((await school.hub.db('users').where({ name }).first()).group_lists)

  it('make a person staff from the sign-in on, and end at the first sign-in that does not say them', async () => {
    said.eve = ['tutors']
    assert.equal((await enterAsGuest(school.hub, await school.as('eve'), school.server.path)).status, 200)
    assert.deepEqual(guestsAt(school.hub, school.server.path), [await school.userId('eve')])
    said.eve = []
    const again = await school.as('eve')
    assert.deepEqual(guestsAt(school.hub, school.server.path), [])
    assert.equal((await enterAsGuest(school.hub, again, school.server.path)).status, 403)
    const events = await school.hub.db('events').where({ kind: 'groups-changed' }).orderBy('id').pluck('detail')
    assert.deepEqual(
      events.map((detail) => JSON.parse(detail).groups),
      ['tutors', ''],
    )
  })

  it('may come from an authenticator with the name of a property that every object has', async () => {
    const other = await sqliteDatabase()
    const named = await openSchool(other.url, { authenticators: [campus, { ...campus, name: 'constructor' }] })
    const browser = named.hub.browser()
    assert.equal((await browser.submit('/hub/login/constructor', { username: 'x', password: 'right' })).status, 303)
    await named.hub.stop()
    await other.remove()
  })

  it('make an admin where the config says so, and take that away with the tokens that the admin made for others', async () => {
    said.eve = ['operators']
    const eve = await school.as('eve')
    assert.equal((await eve.navigate('/hub/admin')).status, 200)
    const [secret] = /carrel-user-[\w-]{43}/.exec((await eve.submit('/hub/token', { note: 'x', days: '1' })).text) ?? []
    const headers = { authorization: `token ${secret}`, 'content-type': 'application/json' }
    const path = '/hub/api/users/ann/tokens'
    const made = await school.hub.browser().fetch(path, { method: 'POST', headers, body: '{}' })
    const { token } = made.json()
    const asAnn = () => school.hub.browser().fetch('/hub/api/user', { headers: { authorization: `token ${token}` } })
    assert.deepEqual([made.status, (await asAnn()).status], [201, 200])
    said.eve = []
    await school.as('eve')
    assert.equal((await eve.navigate('/hub/admin')).status, 403)
    assert.equal((await asAnn()).status, 403)
    assert.equal(await school.hub.db('tokens').whereNotNull('made_by').first(), undefined)
  })

  it('are never a name: no person has an account called like one, and an account called so has no role', async () => {
    const browser = school.hub.browser()
    const answer = await browser.submit('/hub/login/local', { username: 'group:tutors', password: 'x' })
    assert.equal(answer.status, 403)
    const eve = await school.as('eve')
    for (const name of ['group:tutors', 'group:operators']) {
      await school.hub
        .db('users')
        .where({ id: await school.userId('eve') })
        .update({ name })
      assert.equal((await enterAsGuest(school.hub, eve, school.server.path)).status, 403)
      assert.equal((await eve.navigate('/hub/admin')).status, 403)
      await school.hub.db('users').where({ name }).update({ name: 'eve' })
    }
  })

  it('open servers that are shared with the group, as those of the config do', async () => {
    await share(school.ann, 'group', 'colleagues')
    said.eve = ['colleagues']
    for (const name of ['eve', 'carl']) {
      assert.equal((await enterAsGuest(school.hub, await school.as(name), school.server.path)).status, 200, name)
    }
  })

  it('are only those that the config asks for', async () => {
    said.eve = ['others', 'group:tutors', 'Tutors', 'tutors ', '__proto__']
    assert.equal((await enterAsGuest(school.hub, await school.as('eve'), school.server.path)).status, 403)
    assert.deepEqual(await lists('eve'), {})
  })

  it('count no more when the config stops asking for them, or when another source has said them', async () => {
    said.eve = ['tutors']
    const eve = await school.as('eve')
    const user = await school.userId('eve')
    const put = (value: object) =>
      school.hub
        .db('users')
        .where({ id: user })
        .update({ group_lists: JSON.stringify(value) })
    await put({ elsewhere: ['tutors'], local: ['others'] })
    assert.equal((await enterAsGuest(school.hub, eve, school.server.path)).status, 403)
    await school.as('eve')
    assert.deepEqual(await lists('eve'), { elsewhere: ['tutors'], local: ['tutors'] })
    assert.equal((await enterAsGuest(school.hub, eve, school.server.path)).status, 200)
  })
})
