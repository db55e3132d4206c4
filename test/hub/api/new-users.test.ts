import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import type { PasswordAuthenticator } from '../../../authenticators/authenticator.ts'
import { temporary } from '../../../authenticators/temporary.ts'
import type { ConfigInput } from '../../../config/config.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { type Answer, countRows, createHttpBrowser, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { people } from '../people.ts'

/** Identifies everyone, by a subject that is not the name. */
const school: PasswordAuthenticator = {
  ...people,
  name: 'school',
  authenticate: async (username) => ({ subject: `id of ${username}`, name: username, displayName: `The ${username}` }),
}

onEachDatabase('accounts that admins make', (makeDatabase) => {
  let hub: TestHub
  let root = ''

  async function start(config: Partial<ConfigInput> = {}): Promise<void> {
    hub = await startTestHub({
      database: await makeDatabase(),
      config: { authenticators: [temporary(), people], admins: ['root'], ...config },
    })
    root = await tokenOf('root')
  }
  afterEach(async () => hub?.stop())

  async function tokenOf(username: string): Promise<string> {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username, password: 'right' })
    const page = await browser.submit('/hub/token', { note: 'x', days: '1' })
    return /carrel-user-[\w-]{43}/.exec(page.text)?.[0] ?? ''
  }

  const ask = (method: string, path: string, body?: unknown, secret = root): Promise<Answer> =>
    createHttpBrowser(hub.address).fetch(`/hub/api${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `token ${secret}` },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const names = (answer: Answer) => answer.json().map(({ name }: { name: string }) => name)

  describe('with one authenticator for persons', () => {
    beforeEach(() => start())

    it('are answered in their order, and those that exist are passed over', async () => {
      const made = await ask('POST', '/users', { usernames: ['zoe', 'ann', 'zoe', 'Ünal Ö'], admin: false })
      assert.deepEqual([made.status, names(made)], [201, ['zoe', 'ann', 'Ünal Ö']])
      const [{ created, last_activity, ...zoe }] = made.json()
      assert.equal(created, last_activity)
      assert.deepEqual(zoe, {
        kind: 'user',
        name: 'zoe',
        temporary: false,
        admin: false,
        groups: [],
        server: null,
        pending: null,
        age_seconds: 0,
        idle_seconds: 0,
        servers: {},
      })
      const more = await ask('POST', '/users', { usernames: ['ann', 'root', 'bob'] })
      assert.deepEqual([more.status, names(more)], [201, ['bob']])
      const none = await ask('POST', '/users', { usernames: ['ann', 'bob'] })
      assert.deepEqual([none.status, none.json().message], [409, 'All 2 users already exist.'])
      assert.deepEqual(await countRows(hub.db, 'users'), { users: 5 })
      const { id } = await hub.db('users').where({ name: 'root' }).first('id')
      const history = await hub.db('events').where({ kind: 'user-made' })
      assert.deepEqual(new Set(history.map(({ detail }) => detail)), new Set([JSON.stringify({ by: id })]))
      assert.equal(history.length, 4)
    })

    it('are made one by one too', async () => {
      const made = await ask('POST', '/users/ann')
      assert.deepEqual([made.status, made.json().name], [201, 'ann'])
      const again = await ask('POST', '/users/ann', {})
      assert.deepEqual([again.status, again.json().message], [409, 'User ann already exists.'])
      assert.equal((await ask('DELETE', '/users/ann')).status, 202)
    })

    it('are ten thousand in one request, in few statements', async () => {
      const usernames = Array.from({ length: 10_000 }, (_, number) => `learner-${number}-of-the-big-school`)
      const made = await ask('POST', '/users', { usernames })
      assert.equal(made.status, 201)
      assert.deepEqual(names(made), usernames)
      assert.deepEqual(await countRows(hub.db, 'users', 'events'), { users: 10_001, events: 10_002 })
      assert.equal((await ask('POST', '/users', { usernames: [...usernames, 'one more'] })).status, 400)
    })

    it('are refused when the request is not right, and then nobody is added', async () => {
      const bad: [unknown, string][] = [
        ['', 'bad_users'],
        ['[]', 'bad_users'],
        ['{', 'bad_json'],
        [{ usernames: [] }, 'bad_users'],
        [{ usernames: 'ann' }, 'bad_users'],
        [{ usernames: ['ann', 7] }, 'bad_users'],
        [{ usernames: ['ann'], roles: ['admin'] }, 'bad_users'],
        [{ usernames: ['ann'], authenticator: 'nobody' }, 'which_authenticator'],
        [{ usernames: ['ann'], admin: true }, 'admins_in_config'],
        ...[
          '',
          ' ',
          ' ann',
          'a\u0000b',
          'a\nb',
          '\ud800',
          'x'.repeat(129),
          'lms:edx:1',
          'LMS:edx:1',
          'group:tutors',
          '01234567-89ab-cdef-0123-456789abcdef',
        ].map((name): [unknown, string] => [{ usernames: ['ann', name] }, 'bad_names']),
      ]
      for (const [body, error] of bad) {
        const answer = await ask('POST', '/users', body)
        assert.deepEqual([answer.status, answer.json().error], [400, error], JSON.stringify(body))
      }
      const long = await ask('POST', '/users', { usernames: ['x'.repeat(2_100_000)] })
      assert.equal(long.status, 413)
      assert.equal((await ask('POST', '/users/ann', { note: 'x'.repeat(20_000) })).status, 413)
      assert.equal((await ask('POST', '/users/ann', { admin: true })).json().error, 'admins_in_config')
      assert.equal((await ask('POST', '/users/lms%3Aedx%3A1', {})).json().error, 'bad_names')
      assert.deepEqual(await countRows(hub.db, 'users'), { users: 1 })
    })

    it('belong to the person who signs in by that name, with what was made there before', async () => {
      const [{ name }] = (await ask('POST', '/users', { usernames: ['ann'] })).json()
      assert.equal((await ask('POST', `/users/${name}/servers/demo`)).status, 201)
      const before = await hub.db('users').where({ name }).first()
      const secret = await tokenOf('ann')
      assert.deepEqual((await ask('GET', '/user', undefined, secret)).json().servers.demo.ready, true)
      const after = await hub.db('users').where({ name }).first()
      assert.deepEqual([after.id, after.subject, after.authenticator], [before.id, 'ann', 'local'])
    })

    it('take no admin’s token that is revoked in the meantime', async () => {
      const other = await tokenOf('root')
      const usernames = Array.from({ length: 200 }, (_, number) => `user-${number}`)
      const [made] = await Promise.all([
        ask('POST', '/users', { usernames }, other),
        hub.db('tokens').where({ note: 'x' }).delete(),
      ])
      assert.ok([201, 403].includes(made.status))
      assert.equal((await ask('POST', '/users', { usernames: ['late'] }, other)).status, 403)
    })
  })

  describe('with several authenticators for persons', () => {
    beforeEach(() => start({ authenticators: [temporary(), people, school] }))

    it('say which of them identifies the person, and no other does', async () => {
      const open = await ask('POST', '/users', { usernames: ['ann'] })
      assert.deepEqual([open.status, open.json().error], [400, 'which_authenticator'])
      assert.match(open.json().message, /local, school/)
      const temporaryOne = await ask('POST', '/users', { usernames: ['ann'], authenticator: 'temporary' })
      assert.equal(temporaryOne.status, 400)
      assert.equal((await ask('POST', '/users/ann', { authenticator: 'school' })).status, 201)
      const stranger = await hub.browser().submit('/hub/login/local', { username: 'ann', password: 'right' })
      assert.equal(stranger.status, 409)
      const ann = hub.browser()
      assert.equal((await ann.submit('/hub/login/school', { username: 'ann', password: 'right' })).status, 303)
      const row = await hub.db('users').where({ name: 'ann' }).first()
      assert.deepEqual([row.subject, row.display_name], ['id of ann', 'The ann'])
    })
  })

  it('are refused where nobody could sign in', async () => {
    const database = await makeDatabase()
    hub = await startTestHub({ database, config: { authenticators: [temporary(), people], admins: ['root'] } })
    root = await tokenOf('root')
    await hub.stop()
    hub = await startTestHub({ database, config: { authenticators: [temporary()], admins: ['root'] } })
    assert.equal((await ask('POST', '/users', { usernames: ['ann'] })).status, 403, 'the way in of an admin is gone')
    const command = request({
      socketPath: join(hub.dataDir, 'admin.sock'),
      method: 'POST',
      path: '/hub/api/users',
      headers: { 'content-type': 'application/json' },
    }).end(JSON.stringify({ usernames: ['ann'] }))
    const [answer]: IncomingMessage[] = await once(command, 'response')
    assert.match((await answer?.toArray())?.join('') ?? '', /"no_authenticator"/)
  })

  describe('where there is one course', () => {
    beforeEach(() => start({ authenticators: [people], courses: { demo: { image: 'demo' } } }))

    it('have that course’s server as their server without a name', async () => {
      await ask('POST', '/users/ann', {})
      assert.equal((await ask('POST', '/users/ann/server')).status, 201)
      for (const path of ['/users/ann/server', '/users/ann/servers/', '/users/ann/servers/demo']) {
        const again = await ask('POST', path)
        assert.deepEqual([again.status, again.json().message], [400, 'ann:demo is already running'], path)
      }
      assert.equal((await ask('DELETE', '/users/ann/server')).status, 202)
      await until(async () => (await ask('DELETE', '/users/ann/server')).status === 204)
    })
  })

  it('have no server without a name where there are several courses', async () => {
    await start()
    await ask('POST', '/users/ann', {})
    for (const method of ['POST', 'DELETE']) {
      const answer = await ask(method, '/users/ann/server', {})
      assert.deepEqual([answer.status, answer.json().error], [400, 'which_course'])
    }
    assert.deepEqual(await countRows(hub.db, 'servers'), { servers: 0 })
  })
})
