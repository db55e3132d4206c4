import assert from 'node:assert/strict'
import { once } from 'node:events'
import { accessOf, addRoute, api, ask, cookieOf, ownPage, routeOf, siteForEach, startBackend } from '../world.ts'

const route = '/api/routes/user/ann/demo/'

describe('a look at a server', () => {
  const site = siteForEach()
  const look = async (seconds = '5') => {
    const { status, body } = await api(site.proxy, 'GET', `${route}?look=${seconds}`)
    return { status, ...(status === 200 ? JSON.parse(body) : { body }) }
  }

  it('finds one that answers, and asks it without a token and for nothing but its version', async () => {
    const { status, silent, access, target } = await look()
    assert.deepEqual([status, silent, access, target], [200, false, accessOf(), site.backend.url])
    assert.deepEqual(
      site.backend.requests.map(({ method, url, headers }) => [method, url, headers.authorization, headers.cookie]),
      [['GET', '/user/ann/demo/api', undefined, undefined]],
    )
  })

  it('finds one that takes connections and never answers', async () => {
    const mute = await startBackend(site.cleanup, () => undefined)
    await addRoute(site.proxy, routeOf(mute, { revision: 2 }))
    assert.equal((await look('0.2')).silent, true)
  })

  it('tells the last activity, as which the look itself does not count', async () => {
    const before = await look()
    assert.equal((await look()).last_activity, before.last_activity)
    const asked = await ask(site.proxy.urls[0], '/user/ann/demo/lab', { headers: { ...ownPage, cookie: cookieOf() } })
    assert.equal(asked.status, 200)
    assert.notEqual((await look()).last_activity, before.last_activity)
  })

  it('says nothing of a server whose place another run has taken meanwhile', async () => {
    const mute = await startBackend(site.cleanup, () => undefined)
    await addRoute(site.proxy, routeOf(mute, { revision: 2 }))
    const asked = once(mute.server, 'request')
    const looking = look('0.5')
    await asked
    await addRoute(site.proxy, routeOf(site.backend, { revision: 3, access: accessOf({ run: 2 }) }))
    assert.equal((await looking).status, 404)
  })

  it('is answered with 404 where there is no route, and with 400 where no learner’s server is', async () => {
    assert.equal((await api(site.proxy, 'GET', '/api/routes/nobody?look=1')).status, 404)
    await addRoute(site.proxy, { path: '/foreign/', target: site.backend.url })
    const { status, body } = await api(site.proxy, 'GET', '/api/routes/foreign?look=1')
    assert.deepEqual([status, body], [400, "look: this route leads to no learner's server\n"])
    assert.deepEqual(site.backend.requests, [])
  })

  for (const seconds of ['', '0', '0.0', '-1', '61', '1e1', '0x5', 'for-ever', '1.2345']) {
    it(`refuses to last ${JSON.stringify(seconds)} seconds`, async () => {
      const { status, body } = await look(seconds)
      assert.equal(status, 400)
      assert.match(body, /^look: is a number of seconds, more than 0 and at most 60/)
      assert.deepEqual(site.backend.requests, [])
    })
  }
})
