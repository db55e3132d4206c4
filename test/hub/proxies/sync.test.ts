import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { WebSocket } from 'ws'
import type { Hub } from '../../../hub/hub.ts'
import type { ProxyClient } from '../../../hub/proxies/clients.ts'
import { startSync } from '../../../hub/proxies/sync.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase, sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import {
  areOpen,
  closedBy,
  type Door,
  type FrontDoors,
  openAt,
  openCourse,
  type SeatedUser,
  startDoor,
  startFrontDoors,
  takeSeat,
} from '../../helpers/front-doors.ts'
import { type Gateway, startGateway } from '../../helpers/gateway.ts'
import { secrets } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'
import { visitorsAndPeople } from '../people.ts'

const program = join(import.meta.dirname, '..', '..', 'helpers', 'door-process.ts')

onEachDatabase('a proxy that is away while something ends', (makeDatabase) => {
  let world: FrontDoors
  let dir: string
  let ann: SeatedUser
  let bob: SeatedUser
  let away: { child: ChildProcess; door: Door }
  /** What the hub reaches the proxy's routes API by. */
  let gateway: Gateway
  const stops: (() => Promise<void>)[] = []

  /** Starts a proxy process, on the public port of an earlier one if `at` names it. */
  async function startAway(hub: string, at?: Door): Promise<typeof away> {
    const ports = at === undefined ? [] : [new URL(at.urls[0]).port]
    const args = [program, hub, join(dir, 'routes.json'), ...ports]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')
    return { child, door: JSON.parse(line) as Door }
  }

  const letHubIn = () => gateway.forwardTo(Number(new URL(away.door.apiUrl).port))

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-away-'))
    gateway = await startGateway()
    const { proxyToken: token, keys } = secrets
    world = await startFrontDoors({
      database: await makeDatabase(),
      config: { authenticators: visitorsAndPeople() },
      async open(hub) {
        const near = await startDoor({ hubs: [hub], token, keys })
        stops.push(() => near.stop())
        away = await startAway(hub)
        letHubIn()
        return [near, { ...away.door, apiUrl: `http://127.0.0.1:${gateway.port}` }]
      },
    })
    // A person, whose server runs on when she signs out.
    const browser = world.hub.browser()
    await browser.submit('/hub/login/local', { username: 'ann', password: 'right' })
    ann = await takeSeat(world, browser, (await browser.enter('/launch/demo')).ticket)
    bob = await openCourse(world)
  })
  afterEach(async () => {
    for (const socket of [...ann.sockets, ...bob.sockets]) socket.terminate()
    away.child.kill('SIGKILL')
    await world?.stop()
    for (const stop of stops.splice(0)) await stop()
    await gateway.close()
    await rm(dir, { recursive: true })
  })

  const untilOnDisk = () =>
    until(async () => {
      const text = await readFile(join(dir, 'routes.json'), 'utf8').catch(() => '')
      return [ann, bob].every(({ path }) => text.includes(path))
    })
  const signOut = async () => (await ann.browser.submit('/hub/logout')).text
  const at = (user: SeatedUser, door: 0 | 1) => [user.sockets[door] as WebSocket]

  it('closes what has ended when it is back, as the page has announced', async () => {
    away.child.kill('SIGSTOP')
    await closedBy(world.hub.db, at(ann, 0), async () =>
      assert.match(
        await signOut(),
        /A part of this site \(one of 2 proxies\) did not answer\. What is open there closes when it is back\./,
      ),
    )
    assert.ok(areOpen(at(ann, 1)))
    await closedBy(world.hub.db, at(ann, 1), async () => away.child.kill('SIGCONT'))
    await assert.rejects(openAt(away.door, ann))
    assert.ok(areOpen(bob.sockets))
  })

  it('refuses a seat that was signed out while it was dead, although its file still allows it', async () => {
    await untilOnDisk()
    away.child.kill('SIGKILL')
    await once(away.child, 'exit')
    const page = await signOut()
    assert.match(page, /one of 2 proxies/)
    away = await startAway(world.hubAddress, away.door)
    letHubIn()
    await assert.rejects(openAt(away.door, ann))
    bob.sockets.push(await openAt(away.door, bob))
  })

  it('serves the routes of its file while no hub answers, and asks until one does', async () => {
    await untilOnDisk()
    away.child.kill('SIGKILL')
    await once(away.child, 'exit')
    await signOut()
    away = await startAway('http://127.0.0.1:1', away.door)
    const socket = await openAt(away.door, ann)
    // From here on the hub can reach the proxy, and finds it by itself.
    await closedBy(world.hub.db, [socket], async () => letHubIn())
    bob.sockets.push(await openAt(away.door, bob))
  })
})

onEachDatabase('a route that a proxy refuses', (makeDatabase) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await makeDatabase())
  })
  afterEach(async () => parts.stop())

  it('does not keep the other routes from a proxy that has lost all', async () => {
    const { hub, proxy, makeReady, log } = parts
    const servers = [await makeReady(), await makeReady(), await makeReady()]
    for (const bad of servers) {
      proxy.restart()
      const [client] = hub.proxies.all
      assert.ok(client)
      const put = client.put
      client.put = async (route) => {
        if (route.path === bad.path) throw new Error('refused')
        await put(route)
      }
      await parts.sync()
      client.put = put
      assert.deepEqual(
        [...proxy.routes.keys()].sort(),
        servers.flatMap(({ path }) => (path === bad.path ? [] : path)).sort(),
      )
    }
    assert.ok(log.some((line) => line.includes('a route could not be brought up to date')))
  })
})

onEachDatabase('a proxy that has missed a write', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('is asked again within a second, whether it answers or not', async () => {
    const { hub, stop } = await openParts(await makeDatabase())
    cleanup.defer(() => stop())
    const [client] = hub.proxies.all
    assert.ok(client)
    let patience = Number.POSITIVE_INFINITY
    let pause = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    client.digest = async (milliseconds = Number.POSITIVE_INFINITY) => {
      const at = performance.now()
      // The shortest pause, since any of them is longer on a busy machine.
      pause = Math.min(pause, at - last)
      ;[patience, last] = [milliseconds, at]
      throw new Error('away')
    }
    client.put = () => Promise.reject(new Error('away'))
    const sync = startSync(hub)
    cleanup.defer(() => sync.stop())
    await hub.proxies.put({ path: '/x/', target: 'http://127.0.0.1:1' })
    await until(() => patience + pause < 1000)
  })
})

describe('what the log says of a proxy that is not up to date', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  let parts: Parts
  let client: ProxyClient

  beforeEach(async () => {
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    parts = await openParts(database.url)
    cleanup.defer(() => parts.stop())
    const [first] = parts.hub.proxies.all
    assert.ok(first)
    client = first
  })

  const follow = (hub: Hub = parts.hub) => {
    const { stop } = startSync(hub)
    cleanup.defer(stop)
  }
  const warnings = (message: string) =>
    parts.log
      .map((line): Record<string, unknown> => JSON.parse(line))
      .filter(({ level, msg }) => level === 40 && msg === message)
  const notUpToDate = 'a proxy could not be brought up to date'
  /** Gives the hub a database that fails where these tables are asked. */
  const without = (...tables: string[]): Hub => {
    const db = new Proxy(parts.hub.db, {
      apply(target, self, args: [string]) {
        if (tables.some((table) => args[0].startsWith(table))) throw new Error('the disk is full')
        return Reflect.apply(target, self, args)
      },
    })
    return { ...parts.hub, db }
  }

  it('is the reason while the proxy is behind, every five seconds and not at every attempt', async () => {
    await client.digest()
    let attempts = 0
    client.digest = async () => {
      attempts += 1
      throw new Error('not what a proxy says')
    }
    follow()
    await until(() => warnings(notUpToDate).length === 1)
    client.put = () => Promise.reject(new Error('away'))
    await parts.hub.proxies.put({ path: '/x/', target: 'http://127.0.0.1:1' })
    const before = attempts
    await until(() => warnings(notUpToDate).length === 2)
    await until(() => attempts >= before + 4)
    await until(() => warnings(notUpToDate).length === 3)
    const [second, third] = warnings(notUpToDate).slice(1)
    const apart = Number(third?.time) - Number(second?.time)
    assert.ok(apart > 4900, `${apart} ms`)
    assert.ok(
      warnings(notUpToDate).every(({ proxy, reason }) => proxy === client.url && reason === 'not what a proxy says'),
    )
  })

  it('is nothing while the proxy starts and is silent', async () => {
    let attempts = 0
    client.isStarting = () => true
    client.digest = async () => {
      attempts += 1
      throw new Error('away')
    }
    follow()
    await until(() => attempts > 0)
    client.put = () => Promise.reject(new Error('away'))
    await parts.hub.proxies.put({ path: '/x/', target: 'http://127.0.0.1:1' })
    await until(() => attempts > 2)
    assert.deepEqual(warnings(notUpToDate), [])
  })

  it('is a fault of the database also while the proxy starts, and does not name the proxy', async () => {
    client.isStarting = () => true
    follow(without('installation'))
    const [warning] = await until(() => {
      const found = warnings('the database could not say which hub keeps the proxies up to date')
      return found.length > 0 && found
    })
    assert.deepEqual([warning?.reason, warning?.proxy], ['the disk is full', undefined])
    assert.deepEqual(warnings(notUpToDate), [])
  })

  it('is a fault of the database also when the routes cannot be read while the proxy starts', async () => {
    let hasAnswered = false
    const { digest } = client
    client.isStarting = () => !hasAnswered
    client.digest = async (milliseconds) => {
      const answer = await digest(milliseconds)
      hasAnswered = true
      return answer
    }
    follow(without('servers'))
    const [warning] = await until(() => {
      const found = warnings(notUpToDate)
      return found.length > 0 && found
    })
    assert.equal(warning?.reason, 'the disk is full')
  })
})
