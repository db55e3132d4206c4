import assert from 'node:assert/strict'
import { bearerOf, expireTokens, makeToken, revokeToken } from '../../../hub/access/user-tokens.ts'
import { removeExpired } from '../../../hub/db/expiry.ts'
import { keepSeat } from '../../../hub/db/seats/seats.ts'
import { useToken } from '../../../hub/db/tokens.ts'
import { findUser } from '../../../hub/db/users.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { openParts, type Parts } from '../parts.ts'
import { visitorsAndPeople } from '../people.ts'

onEachDatabase('the hub’s decision about a token for a proxy', (makeDatabase) => {
  let hub: TestHub
  let secret: string
  let server: { id: string; user: string; run: number }

  beforeEach(async () => {
    hub = await startTestHub({
      database: await makeDatabase(),
      // Guests exist only where each server has a host of its own.
      config: { authenticators: visitorsAndPeople(), servers: { url: 'http://*.nb.test' } },
    })
    const ann = await enter('ann')
    secret = ann.secret
    server = ann.server
  })
  afterEach(async () => hub?.stop())

  async function enter(username: string) {
    const browser = hub.browser()
    await browser.submit('/hub/login/local', { username, password: 'right' })
    await browser.enter('/launch/demo')
    const page = await browser.submit('/hub/token', { note: 'x', days: '1' })
    const { id: user } = await hub.db('users').where({ name: username }).first('id')
    const { id, run } = await hub.db('servers').where({ user }).first()
    return { secret: String(/carrel-user-[\w-]{43}/.exec(page.text)?.[0]), server: { id, user, run } }
  }

  async function admission(
    token: unknown = secret,
    changes: object = {},
    authorization = `token ${secrets.proxyToken}`,
  ) {
    const body = { token, server: server.id, run: server.run, ...changes }
    const { status, json } = await createHttpBrowser(hub.address).fetch('/hub/api/admissions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify(body),
    })
    return { status, ...json() }
  }

  it('gives the token one seat at the run, and writes nothing while the seat is valid for hours', async () => {
    const before = await hub.db('tokens').first()
    const { status, seat, milliseconds } = await admission()
    assert.equal(status, 200)
    assert.deepEqual(
      { ...seat, id: '', issued: 0 },
      { id: '', server: server.id, run: 1, user: server.user, issued: 0 },
    )
    assert.ok(milliseconds > 86_000_000 && milliseconds <= 86_400_000, milliseconds)
    const row = await hub.db('seats').where({ id: seat.id }).first()
    assert.deepEqual([row.session, row.user], [`token:${before.id}`, server.user])
    assert.deepEqual((await admission()).seat, seat)
    assert.equal((await hub.db('seats').where({ session: row.session })).length, 1)
    await hub
      .db('seats')
      .where({ id: seat.id })
      .update({ expires: row.expires - 7 * 3_600_000 })
    const later = (await admission()).seat
    assert.equal(later.id, seat.id)
    assert.ok(later.issued >= seat.issued)
  })

  it('gives a seat that is issued after the moment at which all earlier ones had ended', async () => {
    const { seat } = await admission()
    const since = seat.issued + 1
    while (Date.now() <= since) await admission('x')
    await hub.db('servers').update({ since })
    assert.ok((await admission()).seat.issued >= since)
  })

  it('is the same 404 for everything that opens nothing', async () => {
    const bob = await enter('bob')
    await hub.db('tokens').insert({
      ...{ id: 'expired', hash: 'x', user: server.user, note: '', created: 0, expires: 1, last_used: null },
    })
    const cases: [unknown, object][] = [
      [bob.secret, {}],
      [secret, { server: bob.server.id }],
      [secret, { run: 2 }],
      [secret, { run: 0 }],
      [secret, { run: '1' }],
      [secret, { server: 'none' }],
      [secret, { more: 1 }],
      [`${secret}x`, {}],
      [`carrel-user-${'x'.repeat(43)}`, {}],
      ['x'.repeat(10_000), {}],
      ['', {}],
      [null, {}],
      [{ secret }, {}],
    ]
    for (const [token, changes] of cases) {
      const { status, error } = await admission(token, changes)
      assert.deepEqual([status, error], [404, 'not_found'], JSON.stringify([token, changes]).slice(0, 200))
    }
    assert.equal((await hub.db('seats').where('session', 'like', 'token:%')).length, 0)
  })

  it('leaves no seat behind when a revocation and admissions happen at the same time', async () => {
    for (let round = 0; round < 15; round += 1) {
      const { secret: spare } = await enter('ann')
      const { id } = await hub.db('tokens').orderBy('created', 'desc').first('id')
      const path = `/hub/api/users/ann/tokens/${id}`
      const revoke = () =>
        createHttpBrowser(hub.address).fetch(path, { method: 'DELETE', headers: { authorization: `token ${secret}` } })
      const [revoked, ...admitted] = await Promise.all([revoke(), admission(spare), admission(spare), admission(spare)])
      assert.equal(revoked.status, 204)
      assert.ok(admitted.every(({ status }) => status === 200 || status === 404))
      assert.deepEqual(await hub.db('seats').where({ session: `token:${id}`, ended: false }), [])
    }
  })

  it('is for proxies only', async () => {
    for (const authorization of [`token ${secrets.cullerToken}`, `token ${secret}`, '']) {
      assert.equal((await admission(secret, {}, authorization)).status, 403)
    }
  })

  const states: [string, () => Promise<unknown>][] = [
    ['has expired', () => hub.db('tokens').update({ expires: Date.now() - 1 })],
    ['belongs to a blocked user', () => hub.db('users').update({ state: 'blocked' })],
    ['belongs to a user who is being removed', () => hub.db('users').update({ state: 'deleting' })],
    ['belongs to a learner', () => hub.db('users').update({ kind: 'learner' })],
    ['is for a server that is not ready', () => hub.db('servers').update({ state: 'stopped' })],
  ]
  for (const [what, happens] of states) {
    it(`refuses a token that ${what}`, async () => {
      assert.equal((await admission()).status, 200)
      await happens()
      assert.equal((await admission()).status, 404)
    })
  }

  it('admits the token of a guest as long as the user is a guest', async () => {
    const bob = await enter('bob')
    const guest = { server: server.id, user: bob.server.user, role: 'share', created: 0 }
    await hub.db('guests').insert(guest)
    assert.equal((await admission(bob.secret)).seat.user, bob.server.user)
    await hub.db('guests').delete()
    assert.equal((await admission(bob.secret)).status, 404)
  })

  it('ends the seat of a revoked token at the proxies before the revocation is answered', async () => {
    const { seat } = await admission()
    const api = (method: string, path: string) =>
      createHttpBrowser(hub.address).fetch(`/hub/api/users/ann/tokens${path}`, {
        method,
        headers: { authorization: `token ${secret}` },
      })
    const { id } = (await api('GET', '')).json().api_tokens[0]
    assert.equal((await api('DELETE', `/${id}`)).status, 204)
    const route = [...hub.proxy.routes.values()].find((one) => one.access?.server === server.id)
    assert.deepEqual(route?.access?.ended, [seat.id])
    assert.equal((await admission()).status, 404)
  })
})

onEachDatabase('tokens and time', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(() => parts?.stop())

  async function seated() {
    const { hub } = parts
    const server = await parts.makeReady()
    const user = await findUser(hub.db, server.user)
    assert.ok(user)
    const { token, secret } = await makeToken(hub, user, {
      note: 'x',
      seconds: 60,
      precondition: async () => true,
      by: user,
    })
    const session = `token:${token.id}`
    const seat = await keepSeat(hub.db, { session, user: user.id, server: server.id, run: server.run }, server.since)
    const route = () => parts.proxy.routes.get(server.path)?.access
    return { server, token, secret, seat, route }
  }

  it('end the seats of an expired token, and leave those of others', async () => {
    const { hub } = parts
    const [one, other] = [await seated(), await seated()]
    await hub.db('tokens').where({ id: one.token.id }).update({ expires: 1 })
    await expireTokens(hub)
    assert.deepEqual(one.route()?.ended, [one.seat.id])
    assert.deepEqual(other.route()?.ended, [])
    assert.equal(await bearerOf(hub, one.secret), undefined)
    assert.ok(await useToken(hub.db, other.secret))
    assert.equal((await hub.db('tokens')).length, 1)
  })

  it('let a revocation end a seat that is older than a cookie lives', async () => {
    const { hub } = parts
    const { token, seat, route } = await seated()
    await hub.db('seats').update({ expires: 1 })
    await removeExpired(hub.db)
    await revokeToken(hub, token)
    assert.deepEqual(route()?.ended, [seat.id])
  })

  it('forget seats of runs that are over', async () => {
    const { hub } = parts
    await seated()
    await hub.db('seats').update({ expires: 1 })
    await hub.db('servers').update({ run: 2 })
    await removeExpired(hub.db)
    assert.deepEqual(await hub.db('seats'), [])
  })
})
