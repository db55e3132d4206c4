import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import {
  type Answer,
  createHttpBrowser,
  type HttpBrowser,
  hubUrl,
  secrets,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

const day = 86_400

onEachDatabase('users’ API tokens', (makeDatabase) => {
  let hub: TestHub
  let ann: HttpBrowser

  beforeEach(async () => {
    hub = await startTestHub({
      database: await makeDatabase(),
      config: { authenticators: visitorsAndPeople(), admins: ['root'] },
    })
    ann = await signedIn('ann')
  })
  afterEach(async () => hub?.stop())

  async function signedIn(username: string): Promise<HttpBrowser> {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username, password: 'right' })
    return browser
  }

  async function makeToken(browser: HttpBrowser, note = 'nightly export', days = '7'): Promise<string> {
    const page = await browser.submit('/hub/token', { note, days })
    assert.equal(page.status, 200, page.text)
    const [secret] = /carrel-user-[\w-]{43}/.exec(page.text) ?? []
    assert.ok(secret)
    return secret
  }

  function ask(secret: string | undefined, method: string, path: string, body?: unknown): Promise<Answer> {
    return createHttpBrowser(hub.address).fetch(`/hub/api${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(secret !== undefined && { authorization: `token ${secret}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  describe('the page', () => {
    it('makes a token, shows it once, lists and revokes it', async () => {
      assert.match((await ann.navigate('/hub/home')).text, /<a href="\/hub\/token">/)
      const secret = await makeToken(ann, '<b>night & job</b>')
      assert.equal((await ask(secret, 'GET', '/user')).status, 200)
      const page = await ann.navigate('/hub/token')
      assert.doesNotMatch(page.text, /carrel-user-/)
      assert.match(page.text, /&#60;b&#62;night &#38; job&#60;\/b&#62;/)
      assert.match(page.text, />in 7 days </)
      const [action] = /\/hub\/token\/\w+\/revoke/.exec(page.text) ?? []
      const question = await ann.navigate(String(action))
      assert.match(
        question.text,
        /Revoke &#60;b&#62;night.*are refused from then on.*last used just now.*Keep the token/s,
      )
      assert.equal((await ask(secret, 'GET', '/user')).status, 200)
      assert.equal((await ann.submit(String(action))).status, 303)
      assert.equal((await ask(secret, 'GET', '/user')).status, 403)
      assert.equal((await ann.submit(String(action))).status, 404)
    })

    it('says when a proxy has not confirmed a revocation', async () => {
      await ann.enter('/launch/demo')
      const secret = await makeToken(ann)
      const { id: server, run } = await hub.db('servers').first()
      await ask(secrets.proxyToken, 'POST', '/admissions', { token: secret, server, run })
      hub.proxy.broken = true
      const { id } = await hub.db('tokens').first('id')
      const { headers } = await ann.submit(`/hub/token/${id}/revoke`)
      const page = await ann.navigate(String(headers.location))
      assert.match(
        page.text,
        /role="status">nightly export is revoked\.<.*role="alert">A part of this site \(one of 1 proxies\)/s,
      )
    })

    it('shows and revokes only the user’s own tokens', async () => {
      await makeToken(ann)
      const { id } = await hub.db('tokens').first('id')
      const bob = await signedIn('bob')
      assert.match((await ann.navigate('/hub/token')).text, /nightly export/)
      assert.doesNotMatch((await bob.navigate('/hub/token')).text, /nightly export/)
      assert.equal((await bob.submit(`/hub/token/${id}/revoke`)).status, 404)
      assert.equal((await hub.browser().navigate('/hub/token')).status, 302)
      assert.equal((await hub.db('tokens')).length, 1)
    })

    it('does nothing for another site’s page', async () => {
      await makeToken(ann)
      const { id } = await hub.db('tokens').first('id')
      const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
      for (const path of ['/hub/token', `/hub/token/${id}/revoke`]) {
        assert.equal((await ann.submit(path, { note: 'x', days: '7' }, foreign)).status, 403)
        assert.equal((await ann.navigate(`${path}?note=x&days=7`)).status, 200)
      }
      assert.equal((await hub.db('tokens')).length, 1)
    })

    it('takes a name and a lifetime, and nothing else', async () => {
      for (const fields of [{}, { note: ' ', days: '7' }, { note: 'x', days: '-1' }, { note: 'x', days: 'x' }]) {
        assert.equal((await ann.submit('/hub/token', fields as Record<string, string>)).status, 400)
      }
      await makeToken(ann, 'x', '99999')
      const { created, expires } = await hub.db('tokens').first()
      assert.ok(expires - created <= 365 * day * 1000 + 1000)
    })
  })

  describe('the API', () => {
    it('answers as JupyterHub does', async () => {
      for (const path of ['', '/'])
        assert.deepEqual(Object.keys((await ask(undefined, 'GET', path)).json()), ['version'])
      const secret = await makeToken(ann)
      const made = await ask(secret, 'POST', '/users/ann/tokens', { note: 'second', expires_in: 60 })
      assert.equal(made.status, 201)
      const { token, id, ...rest } = made.json()
      assert.match(token, /^carrel-user-[\w-]{43}$/)
      assert.deepEqual([rest.kind, rest.user, rest.note], ['api_token', 'ann', 'second'])
      assert.equal(Date.parse(rest.expires_at) - Date.parse(rest.created), 60_000)
      const { api_tokens } = (await ask(token, 'GET', '/users/ann/tokens')).json()
      assert.deepEqual(
        api_tokens.map((one: { note: string; token?: string }) => [one.note, one.token]),
        [
          ['nightly export', undefined],
          ['second', undefined],
        ],
      )
      const one = (await ask(secret, 'GET', `/users/ann/tokens/${id}`)).json()
      assert.equal(typeof one.last_activity, 'string')
      const self = (await ask(token, 'GET', '/user')).json()
      assert.deepEqual([self.name, self.kind, self.admin, self.token_id], ['ann', 'user', false, id])
      assert.ok(self.scopes.includes('access:servers!user=ann'))
      assert.equal((await ask(secret, 'DELETE', `/users/ann/tokens/${id}`)).status, 204)
      assert.equal((await ask(secret, 'DELETE', `/users/ann/tokens/${id}`)).status, 404)
      assert.equal((await ask(token, 'GET', '/user')).status, 403)
    })

    it('gives 90 days by default, and refuses more than the longest lifetime', async () => {
      const secret = await makeToken(ann)
      const usual = (await ask(secret, 'POST', '/users/ann/tokens')).json()
      assert.equal(Date.parse(usual.expires_at) - Date.parse(usual.created), 90 * day * 1000)
      const bad = [{ expires_in: 366 * day }, { expires_in: 0 }, { expires_in: -5 }, { expires_in: 1.5 }, { note: 7 }]
      for (const body of [...bad, { scopes: ['access:servers'] }]) {
        assert.equal((await ask(secret, 'POST', '/users/ann/tokens', body)).status, 400, JSON.stringify(body))
      }
    })

    it('does not show another user, nor reveal whether there is one', async () => {
      const secret = await makeToken(ann)
      const bobs = await makeToken(await signedIn('bob'))
      const { id } = await hub.db('tokens').orderBy('created', 'desc').first('id')
      for (const name of ['bob', 'nobody']) {
        const paths = ['', '/tokens', `/tokens/${id}`].map((path) => ['GET', path])
        const changes = [
          ['POST', '/tokens'],
          ['DELETE', `/tokens/${id}`],
          ['POST', '/servers/demo'],
          ['DELETE', '/servers/demo'],
        ]
        for (const [method, path] of [...paths, ...changes] as [string, string][]) {
          const { status, text } = await ask(secret, method, `/users/${name}${path}`, method === 'GET' ? undefined : {})
          assert.deepEqual([status, JSON.parse(text).error], [404, 'not_found'], `${method} ${name}${path}`)
        }
      }
      assert.equal((await ask(secret, 'GET', '/users')).status, 403)
      assert.equal((await ask(secret, 'DELETE', '/users/ann', {})).status, 403)
      assert.equal((await ask(secret, 'POST', '/seats', {})).status, 403)
      assert.equal((await ask(secret, 'POST', '/admissions', {})).status, 403)
      assert.equal((await ask(bobs, 'GET', '/user')).json().name, 'bob')
    })

    it('lets admins act for every user, and gives the culler nothing new', async () => {
      const root = await makeToken(await signedIn('root'))
      assert.equal((await ask(root, 'GET', '/users')).json().length, 2)
      assert.equal((await ask(root, 'GET', '/users/ann')).json().name, 'ann')
      assert.equal((await ask(root, 'GET', '/users/nobody')).status, 404)
      assert.equal((await ask(root, 'POST', '/users/ann/tokens', {})).status, 201)
      for (const path of ['/user', '/users/ann/tokens']) {
        assert.equal((await ask(secrets.cullerToken, 'GET', path)).status, 403)
      }
      assert.equal((await ask(secrets.cullerToken, 'POST', '/users/ann/servers/demo', {})).status, 403)
    })

    it('takes no cookie, no two credentials and no token in the query', async () => {
      const secret = await makeToken(ann)
      assert.equal((await ann.fetch('/hub/api/user')).status, 403)
      assert.equal((await ann.post('/hub/api/users/ann/tokens', {})).status, 403)
      const twice = { authorization: [`token ${secret}`, `token ${secret}`] } as unknown as Record<string, string>
      assert.equal((await createHttpBrowser(hub.address).fetch('/hub/api/user', { headers: twice })).status, 403)
      assert.equal((await createHttpBrowser(hub.address).fetch(`/hub/api/user?token=${secret}`)).status, 403)
    })

    it('starts and stops servers', async () => {
      const secret = await makeToken(ann)
      const started = await ask(secret, 'POST', '/users/ann/servers/demo')
      assert.deepEqual([started.status, started.text], [201, ''])
      const again = await ask(secret, 'POST', '/users/ann/servers/demo', {})
      assert.deepEqual([again.status, again.json().message], [400, 'ann:demo is already running'])
      const { servers } = (await ask(secret, 'GET', '/users/ann')).json()
      assert.deepEqual([servers.demo.ready, servers.demo.url], [true, '/user/ann/demo/'])
      assert.equal((await ask(secret, 'DELETE', '/users/ann/servers/demo')).status, 202)
      await until(async () => (await hub.db('servers').first('state')).state === 'stopped')
      assert.equal((await ask(secret, 'DELETE', '/users/ann/servers/demo')).status, 204)
      assert.deepEqual((await ask(secret, 'GET', '/users/ann')).json().servers, {})
      const all = (await ask(secret, 'GET', '/users/ann?include_stopped_servers')).json()
      assert.equal(all.servers.demo.stopped, true)
      for (const slug of ['nothing', 'constructor', '__proto__']) {
        assert.equal((await ask(secret, 'POST', `/users/ann/servers/${slug}`, {})).status, 404, slug)
      }
      assert.equal((await ask(secret, 'POST', '/users/ann/servers/demo', { image: 'evil' })).status, 400)
    })
  })

  describe('are refused', () => {
    const broken: [string, (secret: string) => string][] = [
      ['another letter', (secret) => secret.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
      ['a letter more', (secret) => `${secret}A`],
      ['a letter less', (secret) => secret.slice(0, -1)],
      ['in capitals', (secret) => secret.toUpperCase()],
      ['without its beginning', (secret) => secret.slice('carrel-user-'.length)],
      ['as a server’s', (secret) => secret.replace('user', 'server')],
      ['with NUL', (secret) => `${secret}%00`],
      ['followed by another', (secret) => `${secret}, token ${secret}`],
      ['very long', (secret) => secret.repeat(200)],
    ]
    for (const [how, change] of broken) {
      it(how, async () => {
        assert.equal((await ask(change(await makeToken(ann)), 'GET', '/user')).status, 403)
      })
    }

    it('when they have expired, and are missing from the list', async () => {
      const [secret, other] = [await makeToken(ann), await makeToken(ann, 'other')]
      await hub
        .db('tokens')
        .where({ note: 'nightly export' })
        .update({ expires: Date.now() - 1000 })
      assert.equal((await ask(secret, 'GET', '/user')).status, 403)
      assert.equal((await ask(other, 'GET', '/users/ann/tokens')).json().api_tokens.length, 1)
    })

    it('while their user is blocked or being removed, and work again afterwards', async () => {
      const secret = await makeToken(ann)
      for (const [state, status] of [
        ['blocked', 403],
        ['deleting', 403],
        ['active', 200],
      ]) {
        await hub.db('users').where({ name: 'ann' }).update({ state })
        assert.equal((await ask(secret, 'GET', '/user')).status, status)
      }
    })

    it('to learners of an LMS, who can neither make nor use one', async () => {
      const secret = await makeToken(ann)
      await hub.db('users').where({ name: 'ann' }).update({ kind: 'learner' })
      assert.equal((await ask(secret, 'GET', '/user')).status, 403)
      assert.equal((await ann.submit('/hub/token', { note: 'x', days: '7' })).status, 403)
      assert.equal((await ann.navigate('/hub/token')).status, 403)
      assert.doesNotMatch((await ann.navigate('/hub/home')).text, /hub\/token/)
      const root = await makeToken(await signedIn('root'))
      assert.equal((await ask(root, 'POST', '/users/ann/tokens', {})).status, 403)
    })
  })

  it('belong to temporary users too, and end with them', async () => {
    const visitor = hub.browser()
    await visitor.enter('/tmplogin?course=demo')
    const secret = await makeToken(visitor)
    const { name } = (await ask(secret, 'GET', '/user')).json()
    assert.equal((await ask(secret, 'GET', `/users/${name}`)).json().servers.demo.ready, true)
    assert.match((await visitor.navigate('/hub/logout')).text, /no way back to them, and your API tokens end/)
    assert.doesNotMatch((await visitor.navigate('/hub/home')).text, /Sign out everywhere/)
    await visitor.submit('/hub/logout')
    assert.equal((await ask(secret, 'GET', '/user')).status, 403)
    assert.equal((await hub.db('tokens')).length, 0)
  })

  it('of a person stay valid after a sign-out', async () => {
    const secret = await makeToken(ann)
    await ann.submit('/hub/logout', { everywhere: 'true' })
    assert.equal((await ask(secret, 'GET', '/user')).status, 200)
  })

  it('are a hundred at most', async () => {
    const secret = await makeToken(ann)
    for (let count = 1; count < 100; count += 1) {
      assert.equal((await ask(secret, 'POST', '/users/ann/tokens', {})).status, 201)
    }
    const made = await Promise.all([1, 2, 3].map(() => ask(secret, 'POST', '/users/ann/tokens', {})))
    assert.deepEqual(
      made.map((answer) => answer.status),
      [409, 409, 409],
    )
  })

  it('are kept as hashes, never logged, and their use is written once a minute', async () => {
    const secret = await makeToken(ann)
    await ask(secret, 'GET', '/user')
    const { last_used, hash } = await hub.db('tokens').first()
    assert.match(hash, /^[0-9a-f]{64}$/)
    await ask(secret, 'GET', '/user')
    assert.equal((await hub.db('tokens').first()).last_used, last_used)
    await hub.db('tokens').update({ last_used: last_used - 61_000 })
    await ask(secret, 'GET', '/user')
    assert.ok((await hub.db('tokens').first()).last_used >= last_used)
    await ask(secret, 'POST', '/users/ann/tokens', { note: secret, nothing: secret })
    await createHttpBrowser(hub.address).fetch(`/hub/api/user?token=${secret}`)
    await createHttpBrowser(hub.address).fetch('/hub/api/user', {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', origin: hubUrl },
      body: `{"${secret}`,
    })
    assert.ok(hub.log.length > 5)
    assert.ok(!hub.log.join('').includes(secret))
    assert.ok(!JSON.stringify(await hub.db('tokens')).includes(secret))
    assert.ok(!JSON.stringify(await hub.db('events')).includes(secret))
  })
})
