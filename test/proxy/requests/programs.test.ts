import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ProgramAccess } from '../../../seats/route.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  api,
  ask,
  cookieOf,
  openWebSocket,
  ownPage,
  routeOf,
  siteForEach,
  startBackend,
} from '../world.ts'

const path = '/user/ann/demo/'
const program: ProgramAccess = { prefix: 'stripped', look: '/healthz?x=1', authorization: 'none' }
const headers = { cookie: cookieOf(), ...ownPage }
const typed = {
  cookie: cookieOf(),
  'sec-fetch-site': 'none',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

describe('a program that sees no prefix', () => {
  const site = siteForEach({ route: { access: accessOf({ program }) } })
  const seen = () => site.backend.requests.at(-1)

  it('sees paths and queries as if it had a host of its own, and is told of the prefix', async () => {
    const url = site.proxy.urls[0]
    const { status } = await ask(url, `${path}static/a%20b?x=1`, {
      headers: { ...headers, 'x-forwarded-prefix': '/evil' },
    })
    assert.equal(status, 200)
    assert.equal(seen()?.url, '/static/a%20b?x=1')
    assert.equal(seen()?.headers['x-forwarded-prefix'], '/user/ann/demo')
    assert.equal(seen()?.headers.host, 'nb.test')
    await ask(url, `${path}upload`, { method: 'POST', headers, body: 'x' })
    assert.deepEqual([seen()?.method, seen()?.url, seen()?.body], ['POST', '/upload', 'x'])
  })

  it('gets no token that it does not check', async () => {
    await ask(site.proxy.urls[0], path, { headers: { ...headers, authorization: 'Basic eDp5' } })
    assert.equal(seen()?.headers.authorization, undefined)
  })

  it('has a first page with a slash at its end, so that relative addresses lead into it', async () => {
    const url = site.proxy.urls[0]
    const { status, headers: got } = await ask(url, '/user/ann/demo?token=x&a=1', { headers: typed })
    assert.deepEqual([status, got.location], [303, `${path}?a=1`])
    assert.equal(site.backend.requests.length, 0)
    await ask(url, '/user/ann/demo?a=1', { headers })
    assert.equal(seen()?.url, '/?a=1', 'a program that asks is no browser')
  })

  it('opens WebSockets without the prefix, and their traffic is activity', async () => {
    const before = await lastActivity()
    const socket = openWebSocket(site.proxy.urls[0], `${path}ws?x=1`, { origin: 'http://nb.test', cookie: cookieOf() })
    await once(socket, 'open')
    assert.equal(seen()?.url, '/ws?x=1')
    assert.equal(seen()?.headers['x-forwarded-prefix'], '/user/ann/demo')
    socket.send('hello')
    const [echo] = await once(socket, 'message')
    assert.equal(String(echo), 'hello')
    await until(async () => {
      socket.send('again')
      return (await lastActivity()) > before
    }, 'its activity is noted')
    socket.close()
  })

  it('is looked at by its own path', async () => {
    const { body } = await api(site.proxy, 'GET', `/api/routes${path}?look=5`)
    assert.equal((JSON.parse(body) as { silent: boolean }).silent, false)
    assert.equal(seen()?.url, '/healthz?x=1')
  })

  async function lastActivity(): Promise<number> {
    const { body } = await api(site.proxy, 'GET', `/api/routes${path}`)
    return Date.parse((JSON.parse(body) as { last_activity: string }).last_activity)
  }
})

describe('an answer of a program that sees no prefix', () => {
  const site = siteForEach({ route: false })

  it('has the prefix in its redirects and cookies', async () => {
    const backend = await startBackend(site.cleanup, (_req, res) => {
      res.writeHead(302, {
        location: '/login?next=%2F',
        'set-cookie': ['sid=1; Path=/; HttpOnly', 'seat-label0001=evil'],
      })
      res.end()
    })
    await addRoute(site.proxy, routeOf(backend, { access: accessOf({ program }) }))
    const { status, headers: got } = await ask(site.proxy.urls[0], `${path}x`, { headers })
    assert.deepEqual([status, got.location], [302, `${path}login?next=%2F`])
    assert.deepEqual(got['set-cookie'], [`sid=1; HttpOnly; Path=${path}`])
  })
})

describe('the token of a server', () => {
  const site = siteForEach({ route: false })
  const shown = async (authorization: ProgramAccess['authorization']) => {
    const access = accessOf({ program: { ...program, prefix: 'kept', authorization } })
    await addRoute(site.proxy, routeOf(site.backend, { access, revision: 2 }))
    await ask(site.proxy.urls[0], `${path}x`, { headers })
    assert.equal(site.backend.requests.at(-1)?.url, `${path}x`)
    assert.equal(site.backend.requests.at(-1)?.headers['x-forwarded-prefix'], undefined)
    return site.backend.requests.at(-1)?.headers.authorization ?? ''
  }

  it('is shown in the way that the program checks', async () => {
    assert.match(await shown('bearer'), /^Bearer carrel-server-/)
  })

  it('is shown as a password too', async () => {
    const [, coded = ''] = /^Basic (.*)$/.exec(await shown('basic')) ?? []
    assert.match(Buffer.from(coded, 'base64').toString(), /^carrel:carrel-server-/)
  })

  it('is shown as Jupyter has it', async () => {
    assert.match(await shown('token'), /^token carrel-server-/)
  })
})

describe('a route to a program', () => {
  const site = siteForEach({ route: false })

  it('is refused where it says what this version does not know, so that no program gets what was meant otherwise', async () => {
    const access = { ...accessOf(), program: { ...program, rewrite: 'all' } }
    const { status, body } = await api(site.proxy, 'POST', `/api/routes${path}`, { ...routeOf(site.backend), access })
    assert.deepEqual([status, /access\.program/.test(body)], [400, true])
    const look = { ...accessOf(), program: { ...program, look: 'http://evil.example/' } }
    assert.equal(
      (await api(site.proxy, 'POST', `/api/routes${path}`, { ...routeOf(site.backend), access: look })).status,
      400,
    )
    const split = { ...accessOf(), program: { ...program, look: '/ HTTP/1.1\r\nx: y' } }
    assert.equal(
      (await api(site.proxy, 'POST', `/api/routes${path}`, { ...routeOf(site.backend), access: split })).status,
      400,
    )
  })

  it('is answered as it was written', async () => {
    await addRoute(site.proxy, routeOf(site.backend, { access: accessOf({ program }) }))
    const { body } = await api(site.proxy, 'GET', `/api/routes${path}`)
    assert.deepEqual((JSON.parse(body) as { access: { program: unknown } }).access.program, program)
  })
})
