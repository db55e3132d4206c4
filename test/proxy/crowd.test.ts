import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { WebSocket } from 'ws'
import { addressOf } from '../../net/endpoint.ts'
import type { RunningProxy } from '../../proxy/proxy.ts'
import { createOpenConnections } from '../../proxy/requests/open-connections.ts'
import { keepRoutes, loadRoutes } from '../../proxy/routes/routes-file.ts'
import type { Access } from '../../seats/route.ts'
import { cleanupAfterEach } from '../helpers/cleanup.ts'
import {
  accessOf,
  addRoute,
  api,
  cookieOf,
  openWebSocket,
  outcome,
  ownPage,
  routeOf,
  seatOf,
  serversUrl,
  silent,
  startBackend,
  startSite,
  temporaryFolder,
} from './world.ts'

const servers = 500
const seatsEach = 20
const webSocketsEach = 2

describe('a crowd at one proxy', () => {
  const cleanup = cleanupAfterEach()
  let proxy: RunningProxy
  let backend: { url: string }
  beforeEach(async () => {
    backend = await startBackend(cleanup)
    proxy = await startSite(cleanup, backend, { routesFile: join(await temporaryFolder(cleanup), 'routes.json') })
  })

  const pathOf = (index: number) => `/user/u${index}/demo/`
  const accessAt = (index: number, changes: Partial<Access> = {}) =>
    accessOf({ server: `s${index}`, user: `u${index}`, label: `label${index}000`, ended: [`old-${index}`], ...changes })
  const write = (index: number, revision: number, changes: Partial<Access> = {}) =>
    addRoute(proxy, routeOf(backend, { path: pathOf(index), revision, access: accessAt(index, changes) }))
  const cookieAt = (index: number, id: string) =>
    cookieOf(seatOf({ id, server: `s${index}`, user: `u${index}` }), accessAt(index))

  async function addServers(): Promise<number[]> {
    const indexes = Array.from({ length: servers }, (_, index) => index)
    for (const index of indexes) await write(index, 1)
    return indexes
  }

  it('of ten thousand seats is let in, each to its own server only', async function () {
    this.timeout(300_000)
    const agent = new Agent({ keepAlive: true, maxSockets: 16 })
    cleanup.defer(() => agent.destroy())
    const statusOf = async (path: string, cookie: string) => {
      const headers = { host: 'nb.test', ...ownPage, cookie }
      const req = request({ ...addressOf(proxy.urls[0]), path, headers, agent })
      req.end()
      const [res] = (await once(req, 'response')) as [IncomingMessage]
      await text(res)
      return res.statusCode
    }
    const indexes = await addServers()
    const statuses = await Promise.all(
      indexes.flatMap((index) =>
        Array.from({ length: seatsEach }, (_, at) => statusOf(`${pathOf(index)}api`, cookieAt(index, `seat-${at}`))),
      ),
    )
    assert.equal(statuses.length, 10_000)
    assert.deepEqual([...new Set(statuses)], [200])
    const others = indexes.map((index) => statusOf(`${pathOf((index + 1) % servers)}api`, cookieAt(index, 'seat-0')))
    assert.deepEqual([...new Set(await Promise.all(others))], [403])
  })

  it('of a thousand WebSockets loses those of a user who signs out, and no others', async function () {
    this.timeout(300_000)
    const indexes = await addServers()
    const sockets = new Map<string, WebSocket>()
    const closed = new Set<string>()
    for (const index of indexes) {
      const opened = Array.from({ length: webSocketsEach }, async (_, at) => {
        const name = `${index}/${at}`
        const headers = { origin: serversUrl, cookie: cookieAt(index, `seat-${at}`) }
        const socket = openWebSocket(proxy.urls[0], `${pathOf(index)}api/kernels/1/channels`, headers)
        cleanup.defer(() => socket.terminate())
        socket.on('close', () => closed.add(name))
        sockets.set(name, socket)
        assert.equal(await outcome(socket), 'open')
      })
      await Promise.all(opened)
    }
    assert.equal(sockets.size, 1000)

    const ended = ['7/0', '8/0', '8/1', '9/0', '9/1']
    const endings = ended.map((name) => once(sockets.get(name) ?? assert.fail(name), 'close'))
    await write(7, 2, { ended: ['old-7', 'seat-0'] })
    await write(8, 2, { since: Date.now() + 60_000 })
    assert.equal((await api(proxy, 'DELETE', `/api/routes${pathOf(9)}?revision=2`)).status, 204)
    await Promise.all(endings)

    // The remaining users still get answers, one after the other through this proxy.
    const left = [...sockets].filter(([name]) => !ended.includes(name))
    for (const [name, socket] of left) {
      socket.send(name)
      const [echo] = await Promise.race([once(socket, 'message'), once(socket, 'close')])
      assert.equal(String(echo), name)
    }
    assert.deepEqual([...closed].sort(), ended)
  })

  it('is not searched through when a user of one server signs out', () => {
    const openConnections = createOpenConnections()
    let looks = 0
    const watched = Object.defineProperty(seatOf({ server: 'other' }), 'user', { get: () => (looks += 1) })
    for (let i = 0; i < 1000; i += 1) openConnections.add({ seat: watched, end: () => assert.fail('it was not meant') })
    let ends = 0
    openConnections.add({ seat: seatOf(), end: () => (ends += 1) })
    openConnections.recheck('s1', accessOf({ ended: ['seat-1'] }), Date.now())
    assert.deepEqual({ ends, looks }, { ends: 1, looks: 0 })
  })

  it('is written to disk a few routes at a time, so that other work need not wait for all of them', async () => {
    const file = join(await temporaryFolder(cleanup), 'routes.json')
    let turn = 0
    const perTurn = new Map<number, number>()
    const entries = Array.from({ length: 5000 }, (_, index) => ({
      route: routeOf(backend, { path: pathOf(index), access: accessAt(index) }),
      get extra() {
        perTurn.set(turn, (perTurn.get(turn) ?? 0) + 1)
        return {}
      },
      lastActivity: 0,
    }))
    const count = () => {
      turn += 1
      counting = setImmediate(count)
    }
    let counting = setImmediate(count)
    try {
      await keepRoutes(file, () => ({ entries, removed: [] }), silent, { everyMilliseconds: 60_000 }).close()
    } finally {
      clearImmediate(counting)
    }
    assert.ok(Math.max(...perTurn.values()) <= 500, `${Math.max(...perTurn.values())} routes in one turn`)
    const saved = await loadRoutes(file, silent)
    assert.equal(saved.entries.length, 5000)
    assert.deepEqual(saved.entries.at(-1)?.route, entries.at(-1)?.route)
  })
})
