import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import {
  areOpen,
  type Door,
  type FrontDoors,
  openAt,
  openCourse,
  type SeatedUser,
  startDoor,
  startFrontDoors,
  untilClosed,
} from '../../helpers/front-doors.ts'
import { secrets } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'

const program = join(import.meta.dirname, '..', '..', 'helpers', 'door-process.ts')

onEachDatabase('a proxy that is away while something ends', (makeDatabase) => {
  let world: FrontDoors
  let dir: string
  let ann: SeatedUser
  let bob: SeatedUser
  let away: { child: ChildProcess; door: Door }
  const stops: (() => Promise<void>)[] = []

  /** Starts a proxy process, on the ports of an earlier one if `at` names it. */
  async function startAway(hub: string, at?: Door): Promise<typeof away> {
    const ports = at === undefined ? [] : [at.urls[0], at.apiUrl].map((url) => new URL(url).port)
    const args = [program, hub, join(dir, 'routes.json'), ...ports]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')
    return { child, door: JSON.parse(line) as Door }
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'carrel-away-'))
    const { proxyToken: token, keys } = secrets
    world = await startFrontDoors({
      database: await makeDatabase(),
      async open(hub) {
        const near = await startDoor({ hubs: [hub], token, keys })
        stops.push(() => near.stop())
        away = await startAway(hub)
        return [near, away.door]
      },
    })
    ann = await openCourse(world)
    bob = await openCourse(world)
  })
  afterEach(async () => {
    for (const socket of [...ann.sockets, ...bob.sockets]) socket.terminate()
    away.child.kill('SIGKILL')
    await world?.stop()
    for (const stop of stops.splice(0)) await stop()
    await rm(dir, { recursive: true })
  })

  const untilOnDisk = () =>
    until(async () => {
      const text = await readFile(join(dir, 'routes.json'), 'utf8').catch(() => '')
      return [ann, bob].every(({ path }) => text.includes(path))
    })
  const signOut = async () => (await ann.browser.submit('/hub/logout')).text
  const at = (user: SeatedUser, door: 0 | 1) => [user.sockets[door] as WebSocket]
  const within = async (milliseconds: number, what: Promise<unknown>) =>
    assert.notEqual(await Promise.race([what, sleep(milliseconds, 'late')]), 'late')

  it('closes what has ended within a second of its return, as the page has announced', async () => {
    away.child.kill('SIGSTOP')
    const near = untilClosed(at(ann, 0))
    const page = signOut()
    await within(1000, near)
    assert.match(
      await page,
      /A part of this site \(one of 2 proxies\) did not answer\. What is open there closes when it is back\./,
    )
    assert.ok(areOpen(at(ann, 1)))
    const closed = untilClosed(at(ann, 1))
    away.child.kill('SIGCONT')
    await within(1000, closed)
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
    await assert.rejects(openAt(away.door, ann))
    bob.sockets.push(await openAt(away.door, bob))
  })

  it('serves the routes of its file while no hub answers, and asks until one does', async () => {
    await untilOnDisk()
    away.child.kill('SIGKILL')
    await once(away.child, 'exit')
    await signOut()
    const began = performance.now()
    away = await startAway('http://127.0.0.1:1', away.door)
    const socket = await openAt(away.door, ann)
    assert.ok(performance.now() - began < 10_000)
    // The hub finds the returned proxy by itself.
    await within(2000, untilClosed([socket]))
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
