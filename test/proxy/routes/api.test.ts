import assert from 'node:assert/strict'
import { routesDigest } from '../../../seats/route.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { accessOf, addRoute, api, ask, routeOf, start, startBackend, startFakeHub, startSite, token } from '../world.ts'

describe('the routes API', () => {
  const cleanup = cleanupAfterEach()

  const target = 'http://127.0.0.1:9'

  describe('as configurable-http-proxy has it', () => {
    it('lists the default target as the route of everything', async () => {
      const backend = await startBackend(cleanup)
      const proxy = await start(cleanup, { hubs: [backend.url] })
      const routes = JSON.parse((await api(proxy, 'GET', '/api/routes')).body)
      assert.deepEqual(Object.keys(routes), ['/'])
      assert.equal(routes['/'].target, backend.url)
      assert.equal((await ask(proxy.urls[0], '/any/where', { host: 'any.test' })).status, 200)
    })

    it('adds a route and keeps further keys of its writer', async () => {
      const proxy = await start(cleanup)
      const added = await api(proxy, 'POST', '/api/routes/user/ann', { target, user: 'ann', jupyterhub: true })
      assert.deepEqual([added.status, added.body], [201, ''])
      const { last_activity, ...route } = JSON.parse((await api(proxy, 'GET', '/api/routes/user/ann')).body)
      assert.deepEqual(route, { target, user: 'ann', jupyterhub: true })
      assert.match(last_activity, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.deepEqual(Object.keys(JSON.parse((await api(proxy, 'GET', '/api/routes')).body)), ['/user/ann'])
    })

    it('reads escapes in the path of a route', async () => {
      const backend = await startBackend(cleanup)
      const proxy = await start(cleanup)
      await api(proxy, 'POST', '/api/routes/user/a%20b%40c', { target: backend.url })
      assert.ok('/user/a b@c' in JSON.parse((await api(proxy, 'GET', '/api/routes')).body))
      for (const path of ['/user/a%20b@c/x', '/user/a%20b%40c/x', '/user/a%20b@c']) {
        assert.equal((await ask(proxy.urls[0], path)).status, 200, path)
      }
    })

    it('adds the route of everything with and without a slash', async () => {
      const proxy = await start(cleanup)
      for (const path of ['/api/routes', '/api/routes/']) {
        assert.equal((await api(proxy, 'POST', path, { target })).status, 201)
        assert.deepEqual(Object.keys(JSON.parse((await api(proxy, 'GET', '/api/routes')).body)), ['/'])
        assert.equal((await api(proxy, 'DELETE', path)).status, 204)
      }
    })

    it('removes a route, and answers 404 for one that does not exist', async () => {
      const proxy = await start(cleanup)
      await addRoute(proxy, { path: '/a/', target })
      assert.equal((await api(proxy, 'DELETE', '/api/routes/a')).status, 204)
      assert.equal((await api(proxy, 'DELETE', '/api/routes/a')).status, 404)
      assert.equal((await api(proxy, 'GET', '/api/routes/a')).status, 404)
    })

    it('overwrites a route', async () => {
      const proxy = await start(cleanup)
      await addRoute(proxy, { path: '/a/', target })
      await addRoute(proxy, { path: '/a/', target: 'http://127.0.0.1:10' })
      assert.equal(JSON.parse((await api(proxy, 'GET', '/api/routes/a')).body).target, 'http://127.0.0.1:10')
    })

    it('lists routes that were idle since a time, under both spellings', async () => {
      let clock = Date.parse('2026-01-01T00:00:00Z')
      const proxy = await start(cleanup, { forTests: { now: () => clock } })
      await addRoute(proxy, { path: '/old/', target })
      clock += 60_000
      await addRoute(proxy, { path: '/new/', target })
      for (const name of ['inactive_since', 'inactiveSince']) {
        const { body } = await api(proxy, 'GET', `/api/routes?${name}=2026-01-01T00:00:30.000Z`)
        assert.deepEqual(Object.keys(JSON.parse(body)), ['/old'])
        assert.equal((await api(proxy, 'GET', `/api/routes?${name}=yesterday`)).status, 400)
      }
    })

    const wrong: [string, string, string, unknown, number, RegExp][] = [
      ['a body that is no object', 'POST', '/api/routes/a', 'text', 400, /^Must specify 'target' as string/],
      ['a body without target', 'POST', '/api/routes/a', { tarjet: target }, 400, /^Must specify 'target' as string/],
      ['a target that is no string', 'POST', '/api/routes/a', { target: 1 }, 400, /^Must specify 'target' as string/],
      ['a target that is no URL', 'POST', '/api/routes/a', { target: 'here' }, 400, /^target: must be http/],
      ['a target with a scheme that is not spoken', 'POST', '/api/routes/a', { target: 'ftp://x' }, 400, /^target: /],
      ['a target with a password', 'POST', '/api/routes/a', { target: 'http://a:b@c' }, 400, /^target: /],
      ['a broken escape', 'GET', '/api/routes/%zz', undefined, 400, /escape/],
      ['a revision that is no number', 'DELETE', '/api/routes/a?revision=x', undefined, 400, /^revision: /],
      ['a negative revision', 'POST', '/api/routes/a', { target, revision: -1 }, 400, /^revision: /],
      ['an unknown method', 'PUT', '/api/routes/a', { target }, 405, /^$/],
      ['the API’s root', 'GET', '/api/', undefined, 404, /^$/],
      ['anything else', 'GET', '/api/routesx', undefined, 404, /^$/],
    ]
    for (const [what, method, path, body, status, answer] of wrong) {
      it(`answers ${status} to ${what}`, async () => {
        const proxy = await start(cleanup)
        const refused = await api(proxy, method, path, body)
        assert.equal(refused.status, status)
        assert.match(refused.body, answer)
      })
    }

    it('answers 400 to a body that is no JSON or too long', async () => {
      const proxy = await start(cleanup)
      for (const body of ['{', 'x'.repeat(1024 * 1024 + 1)]) {
        const { status } = await ask(proxy.apiUrl, '/api/routes/a', {
          method: 'POST',
          body,
          headers: { authorization: `token ${token}` },
        })
        assert.equal(status, 400)
      }
    })

    const strangers = [undefined, '', 'token', 'token ', `Token ${token}`, `Bearer ${token}`, `token ${token}x`, token]
    for (const authorization of strangers) {
      it(`answers 403, empty, before anything is looked at, to ${authorization?.replace(token, '…') ?? 'no token'}`, async () => {
        const proxy = await start(cleanup)
        const headers = authorization === undefined ? {} : { authorization }
        for (const [method, path] of [
          ['GET', '/api/routes'],
          ['POST', '/api/routes/a'],
          ['DELETE', '/api/routes/%zz'],
          ['PUT', '/nowhere'],
        ] as const) {
          const { status, body } = await ask(proxy.apiUrl, path, {
            method,
            headers,
            ...(method === 'POST' ? { body: '{' } : {}),
          })
          assert.deepEqual([status, body], [403, ''])
        }
      })
    }

    it('is not served at the public listener', async () => {
      const proxy = await start(cleanup)
      const { status } = await ask(proxy.urls[0], '/api/routes', { headers: { authorization: `token ${token}` } })
      assert.equal(status, 404)
    })

    it('reports its health without a token', async () => {
      const proxy = await start(cleanup)
      const { status, body } = await ask(proxy.apiUrl, '/health')
      assert.equal(status, 200)
      assert.equal(JSON.parse(body).status, 'OK')
    })
  })

  describe('with revisions', () => {
    const cleanupSite = cleanupAfterEach()
    const site = async (now?: () => number) =>
      startSite(cleanupSite, await startFakeHub(cleanupSite), { forTests: now && { now } })
    const put = (proxy: Awaited<ReturnType<typeof site>>, revision: number | undefined, changes = {}) => {
      const { path, ...route } = routeOf({ url: target }, { revision, ...changes })
      return api(proxy, 'POST', `/api/routes${path}`, route)
    }

    it('ignores a write that is not above the revision that it holds', async () => {
      const proxy = await site()
      assert.equal((await put(proxy, 5)).status, 201)
      for (const revision of [5, 4]) {
        const stale = await put(proxy, revision, { target: 'http://127.0.0.1:10' })
        assert.equal(stale.status, 409)
        assert.deepEqual(pick(JSON.parse(stale.body), 'error', 'revision'), { error: 'stale', revision: 5 })
        assert.equal((await api(proxy, 'DELETE', `/api/routes/user/ann/demo?revision=${revision}`)).status, 409)
      }
      assert.equal(JSON.parse((await api(proxy, 'GET', '/api/routes/user/ann/demo')).body).target, target)
      assert.equal((await put(proxy, 6, { target: 'http://127.0.0.1:10' })).status, 201)
    })

    it('remembers a removed route for ten minutes, also one that it never had', async () => {
      let clock = Date.now()
      const proxy = await site(() => clock)
      assert.equal((await api(proxy, 'DELETE', '/api/routes/user/ann/demo?revision=7')).status, 404)
      assert.equal((await put(proxy, 7)).status, 409)
      clock += 10 * 60_000 - 1
      assert.equal((await put(proxy, 6)).status, 409)
      clock += 1
      assert.equal((await put(proxy, 6)).status, 201)
    })

    it('takes a write without revision, but not an old one after it', async () => {
      const proxy = await site()
      await put(proxy, 5)
      assert.equal((await put(proxy, undefined)).status, 201)
      assert.equal((await put(proxy, 5)).status, 409)
      assert.equal((await api(proxy, 'DELETE', '/api/routes/user/ann/demo')).status, 204)
      assert.equal((await put(proxy, 5)).status, 409)
      assert.equal((await put(proxy, 6)).status, 201)
    })

    it('shows by a digest whether two tables are equal', async () => {
      const proxy = await site()
      const route = routeOf({ url: target }, { revision: 5 })
      await addRoute(proxy, route)
      await addRoute(proxy, { path: '/foreign/', target })
      const { instance, ...rest } = JSON.parse((await api(proxy, 'GET', '/api/routes?digest')).body)
      assert.deepEqual(rest, routesDigest([route]))
      assert.match(instance, /^[0-9a-f-]{36}$/)
      assert.notEqual(JSON.parse((await api(await site(), 'GET', '/api/routes?digest')).body).instance, instance)
    })

    it('names our routes with their slashes, and shows their access', async () => {
      const proxy = await site()
      await put(proxy, 5)
      const routes = JSON.parse((await api(proxy, 'GET', '/api/routes')).body)
      assert.deepEqual(pick(routes['/user/ann/demo/'], 'target', 'revision', 'access'), {
        target,
        revision: 5,
        access: accessOf(),
      })
    })

    it('refuses access at a proxy that cannot check it, or on a path with several spellings', async () => {
      const plain = await start(cleanupSite)
      const { path: _, ...route } = routeOf({ url: target })
      assert.match((await api(plain, 'POST', '/api/routes/a', route)).body, /^access: /)
      const proxy = await site()
      for (const path of ['/user/a%20b', '/user/%C3%A9', '/user//ann', '/user/..']) {
        const { status } = await api(proxy, 'POST', `/api/routes${path}`, route)
        assert.ok(status === 400 || path.endsWith('..'), path)
      }
      assert.match((await api(proxy, 'POST', '/api/routes/a', { ...route, access: {} })).body, /^access\.server: /)
      assert.match(
        (await api(proxy, 'POST', '/api/routes/a', { ...route, access: accessOf({ cors: ['*'] }) })).body,
        /^access\.cors/,
      )
    })

    it('keeps the last activity over a write that changes neither run nor address', async () => {
      let clock = Date.now()
      const proxy = await site(() => clock)
      const activity = async () =>
        Date.parse(JSON.parse((await api(proxy, 'GET', '/api/routes/user/ann/demo')).body).last_activity)
      const first = clock
      await put(proxy, 1)
      clock += 60_000
      await put(proxy, 2, { access: accessOf({ ended: ['x'] }) })
      assert.equal(await activity(), first)
      await put(proxy, 3, { access: accessOf({ run: 2 }) })
      assert.equal(await activity(), clock)
    })
  })
})

function pick(from: Record<string, unknown>, ...names: string[]) {
  return Object.fromEntries(names.map((name) => [name, from[name]]))
}
