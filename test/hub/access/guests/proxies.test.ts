import assert from 'node:assert/strict'
import { type WebSocket, WebSocketServer } from 'ws'
import type { RunningProxy } from '../../../../proxy/proxy.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { areOpen, closedBy, type FrontDoors, startDoor, startFrontDoors } from '../../../helpers/front-doors.ts'
import { type HttpBrowser, hubUrl, secrets } from '../../../helpers/test-hub.ts'
import { ask, keptCookies, openWebSocket, outcome, ownPage } from '../../../proxy/world.ts'
import { openAsGuest, ownHosts, schoolConfig, share, unshare } from './school.ts'

/** A user of ann's server, with a WebSocket at each proxy. */
interface SeatedUser {
  name: string
  browser: HttpBrowser
  cookie: string
  sockets: WebSocket[]
}

onEachDatabase('guests at two real proxies', (makeDatabase) => {
  let world: FrontDoors
  let proxies: RunningProxy[]
  let host: string
  let path: string
  let everybody: SeatedUser[]

  beforeEach(async () => {
    proxies = []
    const { proxyToken: token, keys } = secrets
    world = await startFrontDoors({
      database: await makeDatabase(),
      config: schoolConfig(),
      async open(hubAddress) {
        const options = { hubs: [hubAddress], token, keys, serversUrl: ownHosts.url }
        for (let i = 0; i < 2; i += 1) proxies.push(await startDoor(options))
        return proxies
      },
    })
    const ann = await signIn('ann')
    const { ticket } = await ann.enter('/launch/demo')
    const server = await world.hub.db('servers').first('label', 'path')
    host = `${server.label}.nb.test`
    path = server.path
    for (const { listener } of world.hub.world.objects.values()) {
      const sockets = new WebSocketServer({ noServer: true })
      listener.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, () => undefined))
    }
    everybody = [await takeSeatOf('ann', ann, ticket)]
    await share(ann, 'user', 'ben')
    for (const name of ['ben', 'grace']) {
      const browser = await signIn(name)
      everybody.push(await takeSeatOf(name, browser, await ticketOf(browser)))
    }
  })

  afterEach(async () => {
    for (const { sockets } of everybody) for (const socket of sockets) socket.terminate()
    await world?.stop()
    for (const proxy of proxies) await proxy.stop()
  })

  async function signIn(name: string): Promise<HttpBrowser> {
    const browser = world.hub.browser()
    await browser.submit('/hub/login/local', { username: name, password: 'right' })
    return browser
  }

  async function ticketOf(browser: HttpBrowser): Promise<string> {
    const { launch } = await openAsGuest(browser, path)
    return (await browser.post(`/hub/launches/${launch}/ticket`)).json().ticket
  }

  async function takeSeatOf(name: string, browser: HttpBrowser, ticket: string): Promise<SeatedUser> {
    const entered = await ask(proxies[0]?.urls[0] ?? '', '/_carrel/seat', {
      method: 'POST',
      host,
      headers: { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' },
      body: `ticket=${ticket}`,
    })
    assert.equal(entered.status, 303, entered.body)
    const cookie = keptCookies(entered.headers['set-cookie'])
    const sockets = await Promise.all(proxies.map((proxy) => openAt(proxy, cookie)))
    return { name, browser, cookie, sockets }
  }

  async function openAt(proxy: RunningProxy, cookie: string): Promise<WebSocket> {
    const headers = { cookie, host, origin: `http://${host}` }
    const socket = openWebSocket(proxy.urls[0], `${path}api/events/subscribe`, headers)
    const how = await outcome(socket)
    if (how !== 'open') throw new Error(`the WebSocket was answered with ${how}`)
    return socket
  }

  const seated = (name: string) => everybody.find((one) => one.name === name) as SeatedUser

  /** Asserts that the act itself closes only this user's sockets, at both proxies, and ends the seat. */
  async function ends(name: string, act: () => Promise<unknown>): Promise<void> {
    const { sockets, cookie } = seated(name)
    await closedBy(world.hub.db, sockets, act)
    for (const proxy of proxies) {
      const saved = await ask(proxy.urls[0], `${path}api/contents/a.ipynb`, {
        method: 'PUT',
        host,
        headers: { cookie, ...ownPage },
        body: '{}',
      })
      assert.equal(saved.status, 403)
      assert.match(saved.body, /seat_ended/)
      await assert.rejects(openAt(proxy, cookie))
    }
    for (const other of everybody) if (other.name !== name) assert.ok(areOpen(other.sockets), `${other.name} stays`)
  }

  it('are connected beside the owner', async () => {
    for (const { sockets } of everybody) assert.ok(areOpen(sockets))
  })

  it('end when the share does', () => ends('ben', () => unshare(seated('ann').browser, 'user', 'ben')))

  it('end when they sign out', () => ends('ben', () => seated('ben').browser.submit('/hub/logout')))

  it('end when they sign out everywhere, from another browser', async () => {
    const other = await signIn('ben')
    await ends('ben', () => other.submit('/hub/logout', { everywhere: 'true' }))
  })

  for (const verb of ['block', 'remove'])
    it(`end when an admin chooses ${verb}`, async () => {
      const root = await signIn('root')
      await ends('ben', async () => {
        const { id } = await world.hub.db('users').where({ name: 'ben' }).first('id')
        const answer = await root.submit(`/hub/admin/users/${id}/${verb}`)
        assert.equal(answer.status, 303, answer.text)
      })
      assert.deepEqual(await world.hub.db('guests').select('role'), [{ role: 'staff' }])
    })

  it('stay when the owner signs out', () => ends('ann', () => seated('ann').browser.submit('/hub/logout')))

  it('all end with the server', async () => {
    const { id } = await world.hub.db('servers').first('id')
    const sockets = everybody.flatMap((one) => one.sockets)
    await closedBy(world.hub.db, sockets, () => seated('grace').browser.submit(`/hub/course/demo/servers/${id}/stop`))
  })

  it('cannot redeem a ticket after the share has ended', async () => {
    const ben = seated('ben')
    const ticket = await ticketOf(ben.browser)
    await unshare(seated('ann').browser, 'user', 'ben')
    await assert.rejects(takeSeatOf('ben', ben.browser, ticket), /ticket_unknown/)
  })
})
