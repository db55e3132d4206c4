import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { addressOf } from '../../../net/endpoint.ts'
import type { RunningProxy } from '../../../proxy/proxy.ts'
import type { Access } from '../../../seats/route.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { accessOf, addRoute, cookieOf, ownPage, routeOf, seatOf, startBackend, startSite } from '../world.ts'

describe('a cookie that the proxy remembers', () => {
  const cleanup = cleanupAfterEach()
  let proxy: RunningProxy
  let target: { url: string }
  /** Opens one connection for the requests of many browsers, as a TLS terminator does. */
  let agent: Agent
  beforeEach(async () => {
    target = await startBackend(cleanup)
    proxy = await startSite(cleanup, target)
    agent = new Agent({ keepAlive: true, maxSockets: 1 })
    cleanup.defer(() => agent.destroy())
  })

  const write = (revision: number, changes: Partial<Access> = {}) =>
    addRoute(proxy, routeOf(target, { revision, access: accessOf(changes) }))

  const cookie = cookieOf()

  /** Returns 200, or the code of the refusal. */
  async function enter(sent: string | undefined, path = '/user/ann/demo/api'): Promise<number | string> {
    const headers = { host: 'nb.test', ...ownPage, ...(sent === undefined ? {} : { cookie: sent }) }
    const req = request({ ...addressOf(proxy.urls[0]), path, headers, agent })
    req.end()
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    const answer = JSON.parse(await text(res)) as { error?: string }
    return answer.error ?? res.statusCode ?? 0
  }

  it('gives no access to other browsers on its connection', async () => {
    await write(1)
    const forged = cookie.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))
    const foreign = cookieOf(seatOf({ id: 'seat-2', user: 'u2' }))
    assert.equal(await enter(cookie), 200)
    assert.equal(await enter(undefined), 'seat_missing')
    assert.equal(await enter(foreign), 'seat_ended')
    assert.equal(await enter(forged), 'seat_invalid')
    assert.equal(await enter(cookie), 200)
  })

  it('gives no access to another server with an equal route', async () => {
    await write(1)
    const access = accessOf({ server: 's2' })
    await addRoute(proxy, routeOf(target, { path: '/user/bob/demo/', revision: 2, access }))
    assert.equal(await enter(cookie), 200)
    assert.equal(await enter(cookie, '/user/bob/demo/api'), 'seat_invalid')
  })

  const ends: [string, Partial<Access>, string][] = [
    ['its seat is among those that have ended', { ended: ['seat-1'] }, 'seat_ended'],
    ['all earlier seats have ended', { since: Date.now() + 60_000 }, 'seat_ended'],
    ['the server is another user’s', { user: 'u2' }, 'seat_ended'],
    ['a new run begins', { run: 2 }, 'seat_invalid'],
  ]
  for (const [what, changes, expected] of ends) {
    it(`gives no access any more when ${what}`, async () => {
      await write(1)
      assert.equal(await enter(cookie), 200)
      await write(2, changes)
      assert.equal(await enter(cookie), expected)
    })
  }

  it('gives no access any more when its user is no longer a guest', async () => {
    const guest = cookieOf(seatOf({ id: 'seat-2', user: 'u2' }))
    await write(1, { guests: ['u2'] })
    assert.equal(await enter(guest), 200)
    await write(2)
    assert.equal(await enter(guest), 'seat_ended')
    assert.equal(await enter(cookie), 200)
  })
})
