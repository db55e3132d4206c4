import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { RunningProxy } from '../../../proxy/proxy.ts'
import { keepRoutes } from '../../../proxy/routes/routes-file.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { until } from '../../helpers/until.ts'
import {
  accessOf,
  addRoute,
  api,
  ask,
  cookieOf,
  ownPage,
  routeOf,
  silent,
  startBackend,
  startFakeHub,
  startSite,
  temporaryFolder,
} from '../world.ts'

describe('the routes on disk', () => {
  const cleanup = cleanupAfterEach()

  const open = async (routesFile: string, now?: () => number) =>
    startSite(cleanup, await startFakeHub(cleanup), { routesFile, forTests: now && { now } })
  const digest = async (proxy: RunningProxy) => {
    const { instance: _, ...rest } = JSON.parse((await api(proxy, 'GET', '/api/routes?digest')).body)
    return rest
  }

  it('are served at once after a restart, without the hub, with removed routes and the last activity', async () => {
    const file = join(await temporaryFolder(cleanup), 'routes.json')
    const backend = await startBackend(cleanup)
    let clock = Date.now()
    const first = await open(file, () => clock)
    await addRoute(first, routeOf(backend, { revision: 5, access: accessOf({ ended: ['x'] }) }))
    await addRoute(first, { path: '/foreign/', target: backend.url, ...{ user: 'ann' } })
    await api(first, 'DELETE', '/api/routes/user/bob?revision=9')
    const [before, added] = [await digest(first), clock]
    clock += 5000
    await first.stop()

    const second = await open(file, () => clock)
    assert.deepEqual(await digest(second), before)
    const route = JSON.parse((await api(second, 'GET', '/api/routes/user/ann/demo')).body)
    assert.equal(Date.parse(route.last_activity), added)
    assert.deepEqual(route.access.ended, ['x'])
    assert.equal(JSON.parse((await api(second, 'GET', '/api/routes/foreign')).body).user, 'ann')
    const late = routeOf(backend, { revision: 8 })
    assert.equal((await api(second, 'POST', '/api/routes/user/bob', { ...late, path: undefined })).status, 409)
    const { status } = await ask(second.urls[0], '/user/ann/demo/lab', { headers: { ...ownPage, cookie: cookieOf() } })
    assert.equal(status, 200)
  })

  it('survive a kill -9', async () => {
    const folder = await temporaryFolder(cleanup)
    const file = join(folder, 'routes.json')
    const backend = await startBackend(cleanup)
    const program = join(import.meta.dirname, '..', 'proxy-process.ts')
    const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    cleanup.defer(() => child.kill('SIGKILL'))
    const [line] = await once(createInterface(child.stdout), 'line')
    const proxy = {
      ...(JSON.parse(line) as { urls: [string]; apiUrl: string }),
      reload: async () => {},
      stop: async () => {},
    }
    await addRoute(proxy, routeOf(backend, { revision: 5 }))
    // The write to disk follows within a second; the answer does not wait for it.
    for (let text = ''; !text.includes('"revision":5'); text = await readFile(file, 'utf8').catch(() => '')) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    child.kill('SIGKILL')
    await once(child, 'exit')

    const second = await open(file)
    const { status } = await ask(second.urls[0], '/user/ann/demo/lab', { headers: { ...ownPage, cookie: cookieOf() } })
    assert.equal(status, 200)
  })

  it('are replaced by the hub’s, of which an unusable one closes its own server only', async () => {
    const file = join(await temporaryFolder(cleanup), 'routes.json')
    const backend = await startBackend(cleanup)
    const hub = await startFakeHub(cleanup)
    const bobs = routeOf(backend, { path: '/user/bob/demo/', access: accessOf({ server: 's2', label: 'label0002' }) })
    const first = await startSite(cleanup, hub, { routesFile: file })
    for (const route of [routeOf(backend), bobs]) await addRoute(first, route)
    await first.stop()

    const ended = Array.from({ length: 10_001 }, (_, index) => `seat${index}`)
    Object.assign(hub.known, { revision: 1_000, routes: [{ ...routeOf(backend), access: accessOf({ ended }) }, bobs] })
    const second = await startSite(cleanup, hub, { routesFile: file })
    const open = (path: string) => ask(second.urls[0], path, { headers: { ...ownPage, cookie: cookieOf() } })
    assert.equal((await open('/user/ann/demo/api')).status, 424)
    assert.equal((await digest(second)).count, 1)
  })

  it('hold no secret, and only the owner may read them', async () => {
    const file = join(await temporaryFolder(cleanup), 'routes.json')
    const backend = await startBackend(cleanup)
    const proxy = await open(file)
    await addRoute(proxy, routeOf(backend))
    await ask(proxy.urls[0], '/user/ann/demo/lab', { headers: { ...ownPage, cookie: cookieOf() } })
    await proxy.stop()
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    const text = await readFile(file, 'utf8')
    assert.doesNotMatch(text, /carrel-server-|v1\.k1/)
    assert.deepEqual(Object.keys(JSON.parse(text).routes[0]).sort(), [
      'access',
      'extra',
      'lastActivity',
      'path',
      'revision',
      'target',
    ])
  })

  for (const content of ['', '{', '{"version":2}', '{"version":1,"routes":[{"path":"x"}],"removed":[]}', '[]']) {
    it(`are set aside when they read ${content || 'nothing'}`, async () => {
      const folder = await temporaryFolder(cleanup)
      const file = join(folder, 'routes.json')
      await writeFile(file, content)
      const proxy = await open(file)
      assert.equal((await digest(proxy)).count, 0)
      assert.equal(await readFile(`${file}.unreadable`, 'utf8'), content)
    })
  }

  it('are written at most once in a while, and at the end with the last change', async () => {
    const folder = await temporaryFolder(cleanup)
    const file = join(folder, 'routes.json')
    let reads = 0
    const kept = keepRoutes(
      file,
      () => {
        reads += 1
        return { entries: [], removed: [{ path: '/a/', revision: reads, at: 0 }] }
      },
      silent,
      { everyMilliseconds: 60_000 },
    )
    for (let i = 0; i < 100; i += 1) kept.touch()
    await until(() => reads === 1, 'the first write')
    for (let i = 0; i < 100; i += 1) kept.touch()
    await Promise.all([kept.close(), kept.close()])
    assert.equal(reads, 2)
    assert.equal(JSON.parse(await readFile(file, 'utf8')).removed[0].revision, 2)
    assert.deepEqual(await readdir(folder), ['routes.json'])
  })

  it('that cannot be written do not stop the proxy', async () => {
    const folder = await temporaryFolder(cleanup)
    const file = join(folder, 'routes.json')
    await mkdir(`${file}.new`)
    const proxy = await open(file)
    await addRoute(proxy, routeOf({ url: 'http://127.0.0.1:1' }))
    assert.equal((await digest(proxy)).count, 1)
  })
})
