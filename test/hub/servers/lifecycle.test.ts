import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConfigInput } from '../../../config/config.ts'
import type { SpawnerPlugin } from '../../../spawners/spawner.ts'
import {
  missingPostgresql,
  onEachDatabase,
  postgresqlDatabase,
  type TestDatabase,
} from '../../helpers/engines/postgresql.ts'
import {
  createFakeServers,
  dyingSpawner,
  type FakeServers,
  failingSpawner,
  neverSpawner,
  quickSpawner,
  slowSpawner,
} from '../../helpers/fake-spawners.ts'
import { requirePart } from '../../helpers/require.ts'
import {
  countRows,
  createHttpBrowser,
  cull,
  eventsOf,
  type HttpBrowser,
  redeem,
  startTestHub,
  type TestHub,
} from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

const demo = '/tmplogin?course=demo'

onEachDatabase('the life of a server', (makeDatabase) => {
  let hub: TestHub
  let world: FakeServers
  let browser: HttpBrowser
  afterEach(async () => {
    await hub?.stop()
    await world?.close()
  })
  const start = async (config: Partial<ConfigInput> = {}, of = createFakeServers()) => {
    world = of
    hub = await startTestHub({ database: await makeDatabase(), world, config })
    browser = hub.browser()
  }
  const row = () => hub.db('servers').first()
  const stop = async () => browser.submit(`/hub/servers/${(await row()).id}/stop`)
  const isIn = (state: string) => until(async () => (await row()).state === state)
  const kinds = async () => (await hub.db('events').orderBy('id').select('kind')).map(({ kind }) => kind)

  it('goes from queued over pulling and starting to ready, and reports each', async () => {
    let proceed = () => {}
    world = createFakeServers()
    const spawner = slowSpawner(world, new Promise<void>((resolve) => (proceed = resolve)))
    await start({ spawner }, world)
    const launch = await browser.open(demo)
    const stream = await fetch(`${hub.address}/hub/launches/${launch}/events`, { headers: { host: 'hub.test' } })
    let events = ''
    for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      events += part
      if (events.includes('Layer 2 of 5.')) proceed()
    }
    const states = eventsOf(events).map(({ state, message, percent }) => `${state} ${percent}: ${message}`)
    assert.deepEqual(states.at(-1), 'ready undefined: Your notebook is ready.')
    assert.ok(states.includes("pulling 40: Fetching the course's software. Layer 2 of 5."), states.join('\n'))
    const { state, run, owner, deadline, phase, percent, message } = await row()
    assert.deepEqual([state, run, owner, deadline, phase, percent, message], ['ready', 1, null, null, null, null, null])
    assert.deepEqual(await kinds(), ['signed-in', 'launched', 'started'])
  })

  it('fails with a reason for the learner and with details for the log only', async () => {
    world = createFakeServers()
    const error = Object.assign(new Error('There is no room left.'), {
      name: 'SpawnError',
      detail: 'engine said: \0 507',
    })
    await start({ spawner: failingSpawner(world, error) }, world)
    const launch = await browser.open(demo)
    await isIn('failed')
    const { state, message, reference } = await browser.follow(launch)
    assert.equal(state, 'failed')
    assert.match(message, /^There is no room left\. Try again/)
    assert.equal(reference, `${(await row()).id}-1`)
    assert.ok(hub.log.some((line) => line.includes('engine said') && line.includes((reference ?? '').slice(0, 20))))
    const page = await browser.navigate(`/hub/launches/${launch}`)
    assert.match(page.text, /Try again/)
    assert.doesNotMatch(page.text, /engine said/)
    assert.deepEqual(await kinds(), ['signed-in', 'launched', 'failed'])
    delete world.behaviour.startError
    await browser.enter(demo)
    assert.deepEqual([(await row()).run, (await row()).failure], [2, null])
  })

  it('hides the reason of a failure that the spawner has not written for people', async () => {
    world = createFakeServers()
    await start({ spawner: failingSpawner(world, new TypeError('x is not a function')) }, world)
    const { message } = await browser.follow(await browser.open(demo))
    assert.doesNotMatch(message, /function/)
    await isIn('failed')
    assert.equal((await row()).failure_detail, 'x is not a function')
  })

  it('fails at its time limit, leaves nothing, and records why it may be out of reach', async () => {
    world = createFakeServers()
    const courses = { demo: { image: 'demo', startTimeoutSeconds: 0.5 } }
    await start({ spawner: neverSpawner(world), courses }, world)
    const { message } = await browser.follow(await browser.open(demo))
    assert.match(message, /did not answer within 0.5 seconds/)
    await isIn('failed')
    assert.equal((await row()).failure_detail, 'Only this machine reaches it.')
    assert.equal(world.objects.size, 0)
  })

  /** Returns a spawner that fetches an image for so long before it starts anything. */
  const pullingSpawner = (quick: SpawnerPlugin, milliseconds: number): SpawnerPlugin => ({
    ...quick,
    async open(context) {
      const spawner = await quick.open(context)
      return {
        ...spawner,
        async start(spec, starting) {
          starting.report({ phase: 'pulling' })
          await sleep(milliseconds, undefined, { signal: starting.signal })
          return spawner.start(spec, starting)
        },
      }
    },
  })

  it('has a separate time limit for fetching the image', async () => {
    world = createFakeServers()
    const courses = { demo: { image: 'demo', startTimeoutSeconds: 2, pullTimeoutSeconds: 30 } }
    await start({ spawner: pullingSpawner(quickSpawner(world), 2500), courses }, world)
    const { message } = await browser.follow(await browser.open(demo))
    assert.match(message, /ready/)
  })

  it('fails with a message when fetching the image exceeds its limit', async () => {
    world = createFakeServers()
    const courses = { demo: { image: 'demo', pullTimeoutSeconds: 0.2 } }
    await start({ spawner: pullingSpawner(quickSpawner(world), 60_000), courses }, world)
    const { message } = await browser.follow(await browser.open(demo))
    assert.match(message, /not fetched within 0.2 seconds/)
    await isIn('failed')
  })

  it('fails as soon as its program has ended while it was starting', async () => {
    world = createFakeServers()
    await start({ spawner: dyingSpawner(world) }, world)
    const { message } = await browser.follow(await browser.open(demo))
    assert.match(message, /program ended \(out of memory\)/)
    await isIn('failed')
    assert.match((await row()).failure_detail, /exit code 3\nKilled/)
    assert.equal(world.objects.size, 0)
  })

  it('is stopped by its user while it starts, and nothing is left', async () => {
    world = createFakeServers()
    await start({ spawner: slowSpawner(world, new Promise(() => {})) }, world)
    const made = once(world.events, 'made')
    const launch = await browser.open(demo)
    await made
    assert.equal((await stop()).status, 303)
    await isIn('stopped')
    assert.equal(world.objects.size, 0)
    assert.match((await browser.follow(launch)).message, /was stopped/)
    assert.deepEqual(await kinds(), ['signed-in', 'launched', 'stopped'])
  })

  it('loses its route before it is stopped, and a failed stop is tried again', async () => {
    await start()
    await browser.enter(demo)
    world.behaviour.stopFailures = 1
    const stopping = once(world.events, 'stopping').then(() => hub.proxy.routes.size)
    await stop()
    assert.equal(await stopping, 0)
    await isIn('stopped')
    assert.equal(world.stops.length, 2)
    assert.equal(world.objects.size, 0)
  })

  it('starts once more when launches come while it stops', async () => {
    await start()
    await browser.enter(demo)
    let proceed = () => {}
    world.behaviour.beforeStop = new Promise<void>((resolve) => (proceed = resolve))
    const stopping = once(world.events, 'stopping')
    await stop()
    await stopping
    const launches = await Promise.all([browser.open(demo), browser.open(demo), browser.open(demo)])
    assert.match((await browser.navigate(`/hub/launches/${launches[0]}`)).text, /a new one starts right after/)
    delete world.behaviour.beforeStop
    proceed()
    for (const launch of launches) assert.equal((await browser.follow(launch)).state, 'ready')
    const { id, run, state } = await row()
    assert.deepEqual([run, state], [2, 'ready'])
    assert.deepEqual(world.made, [`carrel-${id}-1`, `carrel-${id}-2`])
    assert.equal((await redeem(hub, (await browser.enter(demo)).ticket)).json().seat.run, 2)
  })

  it('starts again by a click when it has ended meanwhile', async () => {
    await start()
    await browser.enter(demo)
    const [object] = world.objects.values()
    assert.ok(object)
    object.status = { state: 'exited', code: 137 }
    object.listener.close()
    object.listener.closeAllConnections()
    await browser.enter(demo)
    assert.equal((await row()).run, 2)
    assert.equal(world.objects.size, 1)
  })

  it('is left alone by a click when its state is unknown', async () => {
    await start()
    await browser.enter(demo)
    const [object] = world.objects.values()
    object?.listener.close()
    object?.listener.closeAllConnections()
    world.behaviour.pollError = new Error('the engine does not answer')
    const page = await browser.navigate(demo)
    assert.equal(page.status, 200)
    assert.equal((await row()).run, 1)
    delete world.behaviour.pollError
  })

  it('is refused and not queued when the queue is full', async () => {
    world = createFakeServers()
    let proceed = () => {}
    const spawner = slowSpawner(world, new Promise<void>((resolve) => (proceed = resolve)))
    await start({ spawner, limits: { startsAtOnce: 1, waiting: 1 } }, world)
    const launches = [await hub.browser().open(demo), await hub.browser().open(demo)]
    await assert.rejects(hub.browser().open(demo), /429.*queue_full.*few minutes/s)
    const [queued] = await hub.db('servers').where({ state: 'queued' }).count({ count: '*' })
    assert.equal(Number(queued?.count), 1)
    proceed()
    for (const launch of launches) assert.equal((await browser.follow(launch)).state, 'ready')
  })

  it('waits in the queue with a position, courses take turns, and startsAtOnce is kept', async () => {
    world = createFakeServers()
    let proceed = () => {}
    const spawner = slowSpawner(world, new Promise<void>((resolve) => (proceed = resolve)))
    await start({ spawner, limits: { startsAtOnce: 1 } }, world)
    const links = ['/launch/demo', '/launch/demo', '/launch/demo', '/launch/third']
    const launches: string[] = []
    for (const link of links) launches.push(await hub.browser().open(link))
    const pages = await Promise.all(launches.map((launch) => browser.navigate(`/hub/launches/${launch}`)))
    const said = pages.map(({ text }) => /role="status"[^>]*>([^<]*)</.exec(text)?.[1])
    assert.deepEqual(said.slice(1), [
      'You are number 2 in the queue.',
      'You are number 3 in the queue.',
      'You are next.',
    ])
    const [moving] = await hub.db('servers').where({ state: 'starting' }).count({ count: '*' })
    assert.equal(Number(moving?.count), 1)
    proceed()
    for (const launch of launches) assert.equal((await browser.follow(launch)).state, 'ready')
    const order = world.made.map((name) => name.split('-')[1])
    const rows = await hub.db('servers').select('id', 'course')
    assert.deepEqual(
      order.map((id) => rows.find((one) => one.id === id)?.course),
      ['demo', 'third', 'demo', 'demo'],
    )
  })

  it('waits while the limit of servers is reached', async () => {
    await start({ limits: { servers: 1 } })
    await browser.enter(demo)
    const other = hub.browser()
    const launch = await other.open(demo)
    assert.match((await other.navigate(`/hub/launches/${launch}`)).text, /You are next/)
    await stop()
    assert.equal((await other.follow(launch)).state, 'ready')
  })

  it('ends for all servers, queued ones too, when the hub is asked to stop them', async () => {
    await start({ limits: { servers: 2 } })
    for (let count = 0; count < 3; count += 1) {
      const one = hub.browser()
      const launch = await one.open(demo)
      if (count < 2) await one.follow(launch)
    }
    await hub.stopServers(5)
    assert.equal(world.objects.size, 0)
    assert.deepEqual(
      (await hub.db('servers').distinct('state')).map(({ state }) => state),
      ['stopped'],
    )
  })

  it('goes on by itself after its hub has lost its hold on the row', async () => {
    world = createFakeServers()
    let proceed = () => {}
    await start({ spawner: slowSpawner(world, new Promise<void>((resolve) => (proceed = resolve))) }, world)
    const made = once(world.events, 'made')
    const launch = await browser.open(demo)
    await made
    // The new epoch invalidates the hold of the start, so the hub finds its own row without a task for it.
    await hub.db('servers').update({ epoch: 7 })
    proceed()
    assert.equal((await browser.follow(launch)).state, 'ready')
    assert.equal(world.made.length, 1)
  })

  it('of a temporary user ends in two steps, and a launch in between gets a new user', async () => {
    await start()
    await browser.enter(demo)
    const { name } = await hub.db('users').first('name')
    const remove = (condition?: object) => cull(hub, 'DELETE', `/${name}`, condition)
    assert.equal((await remove()).json().error, 'in_use')
    await stop()
    await isIn('stopped')
    assert.equal((await remove()).json().error, 'in_use', 'a launch is younger than two minutes')
    await hub.db('launches').update({ created: hub.db.raw('created - 121000') })
    assert.equal((await remove({ last_activity: new Date(1).toISOString() })).json().error, 'changed')
    const [{ items }] = [(await cull(hub, 'GET', '?limit=10')).json()]
    assert.equal((await remove({ last_activity: items[0].last_activity })).status, 202)
    browser.jar.delete('carrel-first')
    const page = await browser.navigate(demo)
    assert.equal(page.status, 200)
    await until(async () => (await countRows(hub.db, 'users')).users === 0)
    assert.deepEqual(await countRows(hub.db, 'servers', 'sessions', 'launches'), {
      servers: 0,
      sessions: 0,
      launches: 0,
    })
    await browser.enter(demo)
    assert.deepEqual(await countRows(hub.db, 'users'), { users: 1 })
  })

  it('never has both a launch and a removal of one user', async () => {
    await start()
    for (let round = 0; round < 5; round += 1) {
      const one = hub.browser()
      await one.enter(demo)
      const { id, user } = await hub.db('servers').orderBy('created', 'desc').first('id', 'user')
      await one.submit(`/hub/servers/${id}/stop`)
      await until(async () => (await hub.db('servers').where({ id }).first('state')).state === 'stopped')
      await hub.db('launches').update({ created: 1 })
      const { name } = await hub.db('users').where({ id: user }).first('name')
      const [removal, launched] = await Promise.all([cull(hub, 'DELETE', `/${name}`), one.navigate(demo)])
      assert.ok([202, 409].includes(removal.status), removal.text)
      assert.notEqual(launched.status, 500)
      const state = (await hub.db('users').where({ id: user }).first('state'))?.state
      const server = (await hub.db('servers').where({ id }).first('state'))?.state
      if (removal.status === 202) assert.ok(server === undefined || server === 'stopped', `removed while ${server}`)
      else assert.equal(state, 'active')
    }
  })
})

describe('several hubs on one PostgreSQL', () => {
  let database: TestDatabase
  let world: FakeServers
  let first: TestHub
  let second: TestHub

  before(function () {
    requirePart(this, 'postgresql', missingPostgresql())
  })
  beforeEach(async () => {
    database = await postgresqlDatabase()
    world = createFakeServers()
    first = await startTestHub({ database: database.url, world })
    second = await startTestHub({ database: database.url, world, proxy: first.proxy })
  })
  afterEach(async () => {
    await second?.stop()
    await first?.stop()
    await world?.close()
    await database?.remove()
  })

  it('start each server once', async () => {
    const hubs = [first, second]
    const entered = Array.from({ length: 12 }, (_, index) => hubs[index % 2] ?? first).map((hub) =>
      hub.browser().enter(demo),
    )
    await Promise.all(entered)
    assert.equal(new Set(world.made).size, 12)
    assert.equal(world.made.length, 12)
    assert.deepEqual(world.stops, [])
  })

  it('share sessions and launches, so that ten clicks on both make one server', async () => {
    const browser = first.browser()
    browser.setNonce()
    const tabs = Array.from({ length: 10 }, (_, index) => {
      const tab = createHttpBrowser((index % 2 === 0 ? first : second).address)
      for (const [name, value] of browser.jar) tab.jar.set(name, value)
      return tab
    })
    const launched = await Promise.all(tabs.map((tab) => tab.post('/hub/launches', { link: demo })))
    assert.deepEqual([...new Set(launched.map(({ status }) => status))], [201])
    for (const [index, answer] of launched.entries()) {
      const elsewhere = createHttpBrowser((index % 2 === 0 ? second : first).address)
      assert.equal((await elsewhere.follow(answer.json().launch)).state, 'ready')
    }
    assert.deepEqual(await countRows(first.db, 'users', 'sessions', 'servers'), { users: 1, sessions: 1, servers: 1 })
    assert.equal(world.made.length, 1)
  })

  it('stop a server that the other one is starting', async () => {
    world.behaviour.beforeStart = new Promise(() => {})
    const browser = first.browser()
    const made = once(world.events, 'made')
    await browser.open(demo)
    await made
    const { id } = await first.db('servers').first('id')
    const other = createHttpBrowser(second.address)
    for (const [name, value] of browser.jar) other.jar.set(name, value)
    assert.equal((await other.submit(`/hub/servers/${id}/stop`)).status, 303)
    await until(async () => (await first.db('servers').first('state')).state === 'stopped')
    assert.equal(world.objects.size, 0)
    delete world.behaviour.beforeStart
  })

  it('take over a server only when its hub is believed dead', async () => {
    world.behaviour.beforeStart = new Promise(() => {})
    const made = once(world.events, 'made')
    const launch = await first.browser().open(demo)
    await made
    const { owner, epoch } = await first.db('servers').first('owner', 'epoch')
    await new Promise((resolve) => setTimeout(resolve, 1200))
    const still = await first.db('servers').first('owner', 'epoch')
    assert.deepEqual({ ...still }, { owner, epoch })
    delete world.behaviour.beforeStart
    await first
      .db('hubs')
      .where({ id: owner })
      .update({ seen: first.db.raw('seen - 31000') })
    assert.equal((await second.browser().follow(launch)).state, 'ready')
    assert.equal(world.made.length, 1)
    assert.ok(second.log.some((line) => line.includes('took over')))
  })
})
