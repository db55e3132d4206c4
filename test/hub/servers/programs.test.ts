import assert from 'node:assert/strict'
import type { ConfigInput } from '../../../config/config.ts'
import { findServer, type Server } from '../../../hub/db/servers/servers.ts'
import { createSilenceWatch } from '../../../hub/servers/health/silence.ts'
import { idlenessOfAll } from '../../../hub/servers/idleness.ts'
import { probeQuietServers } from '../../../hub/servers/probe.ts'
import { requestServer } from '../../../hub/servers/request.ts'
import { collectTraffic } from '../../../hub/servers/traffic.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { until } from '../../helpers/until.ts'
import { openParts, type Parts } from '../parts.ts'

const minute = 60_000
const signal = new AbortController().signal
const stripped = { command: ['serve', '{port}'], prefix: 'stripped' as const, ready: '/healthz' }
const courses = {
  demo: { image: 'demo', program: stripped },
  kept: { image: 'kept', program: { ...stripped, prefix: 'kept' as const } },
  socket: { image: 'socket', program: { ...stripped, command: ['serve', '{socket}'], listens: 'socket' as const } },
} satisfies ConfigInput['courses']

onEachDatabase('a server with a web program', (make) => {
  let parts: Parts
  beforeEach(async () => {
    parts = await openParts(await make(), { courses })
  })
  afterEach(() => parts.stop())

  const objectOf = ({ id }: Server) => {
    const object = [...parts.world.objects.values()].find(({ server }) => server === id)
    assert.ok(object)
    return object
  }
  const openIn = async (slug: string) => {
    const course = parts.hub.courses.all[slug]
    assert.ok(course)
    const user = await parts.makeUser()
    return { course, user, server: await requestServer(parts.hub, user, course) }
  }
  const isIn = async ({ id }: Server, state: string) => {
    await until(async () => (await findServer(parts.hub.db, id))?.state === state, state)
    return (await findServer(parts.hub.db, id)) as Server
  }
  const idlenessOf = async (server: Server) => (await idlenessOfAll(parts.hub, [server]))(server)
  const quietFor = async (server: Server, milliseconds: number) => {
    const route = parts.proxy.routes.get(server.path)
    if (route !== undefined) route.lastActivity = Date.now() - milliseconds
    await parts.hub.db('activity').delete()
    await collectTraffic(parts.hub)
  }

  it('is waited for at its own path, and shows the hub no token of its own', async () => {
    const server = await parts.makeReady()
    const { asked, spec } = objectOf(server)
    assert.deepEqual([...new Set(asked.map(({ address }) => address))], ['/healthz'])
    assert.deepEqual([...new Set(asked.map(({ authorization }) => authorization))], [undefined])
    assert.deepEqual(spec.command, ['serve', '8888'])
    const { server: kept } = await openIn('kept')
    await isIn(kept, 'ready')
    assert.equal(objectOf(kept).asked[0]?.address, `${kept.path}healthz`)
  })

  it('has a route that says how it is reached, and one of Jupyter says nothing', async () => {
    const server = await parts.makeReady()
    const { access } = parts.proxy.routes.get(server.path) ?? {}
    assert.deepEqual(access?.program, { prefix: 'stripped', look: '/healthz', authorization: 'none' })
    parts.proxy.restart()
    await parts.sync()
    assert.deepEqual(parts.proxy.routes.get(server.path)?.access?.program, access?.program)
  })

  it('keeps the program of its run when the config has another by then', async () => {
    const server = await parts.makeReady()
    const course = parts.hub.courses.all.demo
    assert.ok(course)
    parts.hub.courses.all.demo = { ...course, program: 'jupyter' }
    parts.proxy.restart()
    await parts.sync()
    assert.equal(parts.proxy.routes.get(server.path)?.access?.program?.prefix, 'stripped')
    delete parts.hub.courses.all.demo
    parts.proxy.restart()
    await parts.sync()
    assert.equal(parts.proxy.routes.get(server.path)?.access?.program?.look, '/healthz')
  })

  it('is idle by its traffic alone, and is not asked what it is doing', async () => {
    const server = await parts.makeReady()
    await quietFor(server, minute)
    assert.equal((await idlenessOf(server)).activity, 'active')
    await quietFor(server, 10 * minute)
    assert.equal((await idlenessOf(server)).activity, 'unknown', 'nothing was said of it yet')
    await probeQuietServers(parts.hub, signal)
    const { activity, idleMilliseconds = 0, reason } = await idlenessOf(server)
    assert.deepEqual([activity, Math.round(idleMilliseconds / minute)], ['idle', 10])
    assert.match(reason, /nothing passes/)
    assert.deepEqual([...new Set(objectOf(server).asked.map(({ address }) => address))], ['/healthz'])
    const route = parts.proxy.routes.get(server.path)
    assert.ok(route)
    route.lastActivity = Date.now()
    await collectTraffic(parts.hub)
    assert.equal((await idlenessOf(server)).activity, 'active')
  })

  it('is looked at by its own path', async () => {
    const server = await parts.makeReady()
    await quietFor(server, 10 * minute)
    const { asked } = objectOf(server)
    const before = asked.length
    await createSilenceWatch(parts.hub)(signal)
    assert.deepEqual(
      asked.slice(before).map(({ address }) => address),
      ['/healthz'],
    )
  })

  it('is asked by its own path whether it lives when it is opened again', async () => {
    const { course, user, server } = await openIn('demo')
    await isIn(server, 'ready')
    const { asked } = objectOf(server)
    const before = asked.length
    await requestServer(parts.hub, user, course)
    assert.deepEqual(
      asked.slice(before).map(({ address }) => address),
      ['/healthz'],
    )
  })

  it('that listens on sockets only is not started where there are none, and staff read why', async () => {
    const { server } = await openIn('socket')
    const { failure, failureDetail, failureLasts } = await isIn(server, 'failed')
    assert.match(failure ?? '', /cannot be reached here/)
    assert.match(failureDetail ?? '', /listens is 'socket'/)
    assert.equal(failureLasts, true)
    assert.equal(parts.world.objects.size, 0)
  })
})
