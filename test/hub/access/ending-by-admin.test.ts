import assert from 'node:assert/strict'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import {
  areOpen,
  closedBy,
  type FrontDoors,
  openAt,
  openCourse,
  type SeatedUser,
  startFrontDoors,
} from '../../helpers/front-doors.ts'
import { type Answer, createHttpBrowser, type HttpBrowser } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

onEachDatabase('an admin’s actions, at three proxies', (makeDatabase) => {
  let world: FrontDoors
  let root: HttpBrowser
  let ann: SeatedUser
  let bob: SeatedUser

  const signIn = async (name: string) => {
    const browser = world.hub.browser()
    const answer = await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return { browser, answer }
  }

  beforeEach(async () => {
    const config = { authenticators: visitorsAndPeople(), admins: ['root', 'rooty'] }
    world = await startFrontDoors({ database: await makeDatabase(), config })
    root = (await signIn('root')).browser
    ann = await openCourse(world, (await signIn('ann')).browser)
    bob = await openCourse(world, (await signIn('bob')).browser)
  })
  afterEach(async () => {
    for (const socket of [...ann.sockets, ...bob.sockets]) socket.terminate()
    await world?.stop()
  })

  const idOf = async (name: string): Promise<string> => (await world.hub.db('users').where({ name }).first('id')).id
  const stateOf = async (name: string) => (await world.hub.db('users').where({ name }).first('state'))?.state
  const act = async (what: string, name: string, browser = root) =>
    browser.submit(`/hub/admin/users/${await idOf(name)}/${what}`)

  async function endsAnnsAlone(how: () => Promise<unknown>): Promise<void> {
    await closedBy(world.hub.db, ann.sockets, how)
    for (const door of world.doors) await assert.rejects(openAt(door, ann))
    assert.equal((await ann.browser.navigate('/hub/home')).status, 302)
    assert.ok(areOpen(bob.sockets))
    assert.equal((await bob.browser.navigate('/hub/home')).status, 200)
  }

  const refusedAsBlocked = (answer: Answer) => {
    assert.equal(answer.status, 403)
    assert.match(answer.text, /This account is blocked here/)
  }

  it('a block ends sessions, seats and servers, suspends tokens until it is lifted, and deletes nothing', async () => {
    const secret = await makeToken(ann.browser)
    await endsAnnsAlone(() => act('block', 'ann'))
    refusedAsBlocked((await signIn('ann')).answer)
    assert.equal((await api('GET', '/user', secret)).status, 403)
    await until(async () => (await world.hub.db('servers').where({ path: ann.path }).first()).state === 'stopped')
    assert.match((await root.navigate('/hub/admin?q=AN')).text, />ann<\/a><\/th>.*blocked<\/span>/s)

    await act('unblock', 'ann')
    assert.equal((await signIn('ann')).answer.status, 303)
    assert.equal((await api('GET', '/user', secret)).status, 200)
  })

  it('a block that only another hub has written ends a session in use', async () => {
    await world.hub.db('users').where({ name: 'ann' }).update({ state: 'blocked' })
    assert.equal((await ann.browser.navigate('/hub/home')).status, 302)
    // The hub that wrote the block has died, so this one stops the server.
    await until(async () => (await world.hub.db('servers').where({ path: ann.path }).first()).state === 'stopped')
  })

  it('a block during a stop cancels the launch that waits for it', async () => {
    await world.hub.db('servers').where({ path: ann.path }).update({ state: 'stopping', restart: true, owner: null })
    await act('block', 'ann')
    await until(async () => (await world.hub.db('servers').where({ path: ann.path }).first()).state === 'stopped')
  })

  it('a sign-out ends the user’s sessions and seats', async () => {
    await endsAnnsAlone(() => act('sign-out', 'ann'))
    assert.equal((await signIn('ann')).answer.status, 303)
  })

  it('a removal is confirmed first, and deletes the user', async () => {
    const page = await root.navigate(`/hub/admin/users/${await idOf('ann')}/remove`)
    assert.match(page.text, /Remove for good/)
    assert.equal(await stateOf('ann'), 'active')
    await endsAnnsAlone(() => act('remove', 'ann'))
    await until(async () => (await stateOf('ann')) === undefined)
    assert.equal(await world.hub.db('servers').where({ path: ann.path }).first(), undefined)
    assert.equal(await stateOf('bob'), 'active')
  })

  it('an admin’s API token blocks, signs out and removes', async () => {
    const secret = await makeToken(root)
    assert.equal((await api('PATCH', '/users/ann', secret, { blocked: 'yes' })).status, 400)
    await endsAnnsAlone(async () => {
      const answer = await api('PATCH', '/users/ann', secret, { blocked: true })
      assert.deepEqual(answer.json(), { name: 'ann', blocked: true, unconfirmed_proxies: 0 })
    })
    await api('PATCH', '/users/ann', secret, { blocked: false })
    assert.equal(await stateOf('ann'), 'active')
    assert.equal((await api('POST', '/users/ann/sign-out', secret)).status, 200)
    assert.equal((await api('DELETE', '/users/ann', secret)).status, 202)
    assert.equal(await stateOf('ann'), 'deleting')
  })

  it('all are refused to other users and other sites, and block and removal for the admin’s own account', async () => {
    const secret = await makeToken(bob.browser)
    assert.equal((await api('PATCH', '/users/ann', secret, { blocked: true })).status, 403)
    assert.equal((await api('DELETE', '/users/ann', secret)).status, 403)
    assert.equal((await bob.browser.navigate('/hub/admin')).status, 403)
    for (const what of ['block', 'remove', 'sign-out']) assert.equal((await act(what, 'ann', bob.browser)).status, 403)
    for (const what of ['block', 'remove']) assert.equal((await act(what, 'root')).status, 409)
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    assert.equal((await root.submit(`/hub/admin/users/${await idOf('ann')}/block`, {}, foreign)).status, 403)
    assert.deepEqual(await Promise.all(['ann', 'root'].map(stateOf)), ['active', 'active'])
  })

  it('a stop of a server ends its seats', async () => {
    const { id } = await world.hub.db('servers').where({ path: ann.path }).first('id')
    await closedBy(world.hub.db, ann.sockets, async () =>
      assert.equal((await root.submit(`/hub/admin/servers/${id}/stop`)).status, 303),
    )
  })

  it('a search lists users by a literal part of their name', async () => {
    assert.match((await root.navigate('/hub/admin')).text, /1 to 3 of 3/)
    assert.match((await root.navigate('/hub/admin?q=BO')).text, /1 to 1 of 1/)
    for (const q of ['%25', '_', '%5C']) assert.match((await root.navigate(`/hub/admin?q=${q}`)).text, /No user/)
  })

  async function makeToken(browser: HttpBrowser): Promise<string> {
    const page = await browser.submit('/hub/token', { note: 'test', days: '1' })
    return /carrel-user-[\w-]+/.exec(page.text)?.[0] ?? page.text
  }

  function api(method: string, path: string, secret: string, body?: unknown): Promise<Answer> {
    return createHttpBrowser(world.hub.address).fetch(`/hub/api${path}`, {
      method,
      headers: { authorization: `token ${secret}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }
})
