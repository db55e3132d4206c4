import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { identifyProcess } from '../../../net/machine/process-identity.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  api,
  ask,
  cookieOf,
  hubUrl,
  ownPage,
  routeOf,
  startBackend,
  temporaryFolder,
  token,
} from '../world.ts'
import { isGone, openAtBoth, openSeats, startWorkers, untilReplaced, type Workers } from './world.ts'

describe('a proxy with two workers', () => {
  const cleanup = cleanupAfterEach()
  const start = (...more: [string[]?, Record<string, string>?]) => startWorkers(cleanup, ...more)
  const seated = { ...ownPage, cookie: cookieOf() }
  /** Asks over so many new connections, and returns the statuses that came. */
  const statuses = async ({ proxy }: Workers, path = '/user/ann/demo/x', count = 20) => {
    const came = new Set<number>()
    for (let i = 0; i < count; i += 1) came.add((await ask(proxy.urls[0], path, { headers: seated })).status)
    return [...came]
  }

  it('has a route in every worker when the write is answered', async () => {
    const world = await start()
    for (let revision = 2; revision < 22; revision += 1) {
      const path = `/user/ann/c${revision}/`
      await addRoute(world.proxy, routeOf(world.backend, { path, revision }))
      assert.deepEqual(await statuses(world, `${path}x`, 6), [200])
      assert.equal((await api(world.proxy, 'DELETE', `/api/routes${path}?revision=${revision + 100}`)).status, 204)
      assert.deepEqual(await statuses(world, `${path}x`, 6), [424])
    }
  })

  it('has the route of a redeemed ticket in every worker when the ticket is answered', async () => {
    const world = await start()
    for (let run = 2; run < 8; run += 1) {
      const route = routeOf(world.backend, { revision: run, access: accessOf({ run }) })
      const seat = { id: 'seat-2', server: 's1', run, kid: 'k1', user: 'u1', framed: false, issued: Date.now() }
      const ticket = `ticket-of-run-number-${run}`
      world.hub.tickets.set(ticket, { seat, to: '/user/ann/demo/lab', route })
      const form = { origin: hubUrl, 'content-type': 'application/x-www-form-urlencoded' }
      const options = { method: 'POST', headers: form, body: `ticket=${ticket}` }
      const { status, headers } = await ask(world.proxy.urls[0], '/_carrel/seat', options)
      assert.equal(status, 303)
      const cookie = String(headers['set-cookie']?.find((line) => line.includes('seat'))).split(';')[0]
      for (let i = 0; i < 6; i += 1) {
        const asked = await ask(world.proxy.urls[0], '/user/ann/demo/x', {
          headers: { ...ownPage, cookie: cookie ?? '' },
        })
        assert.equal(asked.status, 200)
      }
    }
  })

  it('closes what an ended seat has open, at all workers', async () => {
    const { proxy, backend } = await start()
    const sockets = await openSeats(cleanup, proxy)
    await addRoute(proxy, routeOf(backend, { revision: 2, access: accessOf({ ended: ['seat-1'] }) }))
    await until(() => sockets.every((socket) => socket.readyState === socket.CLOSED), 'all have closed')
  })

  it('loses a killed worker with its connections, and no others', async () => {
    const world = await start()
    const [first, second] = await openAtBoth(cleanup, world.proxy)
    const old = world.proxy.pidOf(1)
    process.kill(old, 'SIGKILL')
    await Promise.all(first.map(({ socket }) => socket.closed || once(socket, 'close')))
    assert.deepEqual(await statuses(world), [200])
    await untilReplaced(world.proxy, 1, old)
    assert.deepEqual(await statuses(world), [200])
    for (const one of second) assert.equal(await one.isAlive(), true)
  })

  it('gives a new worker the whole table before its first connection', async () => {
    const world = await start()
    for (let n = 2; n < 402; n += 1)
      await addRoute(world.proxy, routeOf(world.backend, { path: `/user/ann/c${n}/`, revision: n }))
    const old = [1, 2].map((slot) => world.proxy.pidOf(slot))
    for (const pid of old) process.kill(pid, 'SIGKILL')
    // The connections wait in the queue of the socket until a worker is there, or find none.
    const ready = Promise.all(old.map((pid, index) => untilReplaced(world.proxy, index + 1, pid)))
    let isReady = false
    ready.then(() => {
      isReady = true
    })
    const came = new Set<number>()
    while (!isReady) {
      const asked = ask(world.proxy.urls[0], '/user/ann/c401/x', { headers: seated }).catch(() => undefined)
      const status = (await asked)?.status
      if (status !== undefined) came.add(status)
    }
    assert.deepEqual(
      [...came, ...(await statuses(world, '/user/ann/c401/x'))].filter((status) => status !== 200),
      [],
    )
  })

  it('finds a stopped worker by itself, while the other one accepts all connections', async () => {
    const world = await start()
    const [first, second] = await openAtBoth(cleanup, world.proxy)
    const old = world.proxy.pidOf(1)
    process.kill(old, 'SIGSTOP')
    assert.deepEqual(await statuses(world), [200])
    await untilReplaced(world.proxy, 1, old)
    assert.equal(isGone(old), true)
    await Promise.all(first.map(({ socket }) => socket.closed || once(socket, 'close')))
    for (const one of second) assert.equal(await one.isAlive(), true)
  })

  it('finds a worker whose event loop is blocked', async () => {
    const block = pathToFileURL(`${import.meta.dirname}/block.ts`)
    const blocked = `${await temporaryFolder(cleanup)}/blocked`
    const world = await start([], { NODE_OPTIONS: `--import=${block}`, CARREL_TEST_BLOCKED: blocked })
    const old = world.proxy.pidOf(2)
    process.kill(old, 'SIGUSR2')
    await until(() => existsSync(blocked), 'the worker is blocked')
    assert.deepEqual(await statuses(world), [200])
    await untilReplaced(world.proxy, 2, old)
    assert.equal(isGone(old), true)
  })

  it('answers a write when a worker that does not confirm is gone, with all that it had open', async () => {
    const world = await start()
    const { proxy, backend } = world
    const sockets = await openSeats(cleanup, proxy)
    const old = proxy.pidOf(1)
    process.kill(old, 'SIGSTOP')
    await addRoute(proxy, routeOf(backend, { revision: 2, access: accessOf({ ended: ['seat-1'] }) }))
    assert.equal(isGone(old), true)
    assert.ok(proxy.lines.some(({ msg, worker }) => worker === 1 && msg.includes('did not confirm a route')))
    await until(() => sockets.every((socket) => socket.readyState === socket.CLOSED), 'all have closed')
    await untilReplaced(proxy, 1, old)
    assert.deepEqual(await statuses(world), [403])
  })

  it('does not say by its digest that it has a route which a worker lacks', async () => {
    const { proxy, backend } = await start()
    const old = proxy.pidOf(1)
    process.kill(old, 'SIGSTOP')
    const writing = addRoute(proxy, routeOf(backend, { revision: 7 }))
    await until(async () => (await ask(proxy.apiUrl, '/health')).status === 200)
    await api(proxy, 'GET', '/api/routes?digest')
    assert.equal(isGone(old), true)
    await writing
  })

  it('shows the latest activity of all workers, and takes what a killed worker may have seen for activity', async () => {
    const world = await start()
    const { proxy, backend } = world
    await addRoute(proxy, routeOf(backend, { path: '/user/ann/idle/', revision: 2 }))
    const activity = async (path: string) => {
      const { body } = await api(proxy, 'GET', `/api/routes${path}`)
      return Date.parse((JSON.parse(body) as { last_activity: string }).last_activity)
    }
    for (const [slot, kept] of (await openAtBoth(cleanup, proxy)).entries()) {
      const since = Date.now()
      await until(() => Date.now() > since)
      const [one] = kept
      assert.equal(one?.slot, slot + 1)
      const { cookie } = seated
      const head = `host: nb.test\r\ncookie: ${cookie}\r\nsec-fetch-site: same-origin\r\nsec-fetch-mode: cors\r\n`
      one?.socket.write(`GET /user/ann/demo/x HTTP/1.1\r\n${head}\r\n`)
      await until(async () => (await activity('/user/ann/demo')) > since, 'the activity is known')
    }
    const before = await activity('/user/ann/idle')
    const old = proxy.pidOf(1)
    process.kill(old, 'SIGKILL')
    await untilReplaced(proxy, 1, old)
    assert.ok((await activity('/user/ann/idle')) > before)
  })

  it('keeps what a worker had seen that is ended gently', async () => {
    const { proxy, backend } = await start()
    await addRoute(proxy, routeOf(backend, { path: '/user/ann/idle/', revision: 2 }))
    const activity = async () => (await api(proxy, 'GET', '/api/routes/user/ann/idle')).body
    const before = await activity()
    const old = proxy.pidOf(1)
    process.kill(old, 'SIGTERM')
    await untilReplaced(proxy, 1, old)
    assert.equal(await activity(), before)
  })

  it('ends its workers with the owner', async () => {
    const { proxy } = await start()
    const pids = [proxy.pidOf(1), proxy.pidOf(2)]
    proxy.child.kill('SIGKILL')
    await until(() => pids.every(isGone), 'the workers are gone')
  })

  it('ends a stopped worker that a killed owner has left, when it starts again', async () => {
    const routesFile = `${await temporaryFolder(cleanup)}/routes.json`
    const args = [`--routes=${routesFile}`]
    const { proxy } = await start(args)
    const left = proxy.pidOf(1)
    process.kill(left, 'SIGSTOP')
    const ended = once(proxy.child, 'exit')
    proxy.child.kill('SIGKILL')
    await ended
    await until(() => isGone(proxy.pidOf(2)), 'the other worker is gone')
    assert.equal(isGone(left), false)
    const port = new URL(proxy.urls[0]).port
    const again = await start([...args, `--port=${port}`])
    // A process that has ended stays in the list of processes until the system takes it out.
    assert.equal(await identifyProcess(left), undefined)
    assert.deepEqual(await statuses(again), [200])
    await again.proxy.stop()
    assert.deepEqual(await readdir(dirname(routesFile)), ['routes.json'])
  })

  it('gives what is under way its grace at SIGTERM, and leaves nothing behind', async () => {
    const held: ServerResponse[] = []
    const { proxy } = await start()
    const slow = await startBackend(cleanup, (_req, res) => void held.push(res))
    await addRoute(proxy, routeOf(slow, { revision: 2 }))
    const answers = Array.from({ length: 8 }, () => ask(proxy.urls[0], '/user/ann/demo/x', { headers: seated }))
    await until(() => held.length === 8, 'all requests are under way')
    const pids = [proxy.pidOf(1), proxy.pidOf(2)]
    const ended = once(proxy.child, 'exit')
    proxy.child.kill('SIGTERM')
    await until(() => proxy.lines.some(({ msg }) => msg === 'stopping'), 'the owner stops')
    for (const res of held) res.end('done')
    assert.deepEqual(new Set((await Promise.all(answers)).map(({ body }) => body)), new Set(['done']))
    assert.deepEqual(await ended, [0, null])
    await until(() => pids.every(isGone), 'the workers are gone')
  })

  it('passes secrets to workers by environment, and never as an argument or into the log', async () => {
    const { proxy } = await start(['--log-level=trace'])
    for (const slot of [1, 2]) {
      const command = await readFile(`/proc/${proxy.pidOf(slot)}/cmdline`, 'utf8')
      assert.ok(command.includes('--workers=2'))
      assert.equal(command.includes(token), false)
    }
    assert.equal(JSON.stringify(proxy.lines).includes(token), false)
  })
})
