import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Knex } from 'knex'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { onEachDatabase } from '../../../helpers/engines/postgresql.ts'
import { createHttpBrowser, cull, hubUrl, startTestHub, type TestHub } from '../../../helpers/test-hub.ts'
import { until } from '../../../helpers/until.ts'
import { type KillWorld, kill, letHubsDie, openKillWorld, startHubProcess } from '../../kill-world.ts'

const open = { hub: { url: hubUrl, port: 0, insecureHttp: true, openMetrics: true } }
const demo = '/tmplogin?course=demo'
const words =
  'Your notebook needed more than the 512 MB of memory of this course, so a program in it was ended, most likely a kernel.'
const courses = { demo: { image: 'demo', limits: { memory: '512M' } } }

onEachDatabase('a program in a server that was ended for want of memory', (makeDatabase) => {
  let parts: KillWorld
  let db: Knex
  const cleanup = cleanupAfterEach()

  beforeEach(async () => {
    parts = await openKillWorld(cleanup, makeDatabase)
    ;({ db } = parts)
  })

  const startHere = async (): Promise<TestHub> => {
    const { database, world, proxy } = parts
    const hub = await startTestHub({ database, world, proxy, config: { courses, ...open } })
    cleanup.defer(() => hub.stop())
    return hub
  }

  const startProcess = () => startHubProcess(cleanup, parts, { courses })

  /** Has the engine tell that a program of this run was killed. */
  const killIn = (server: string, run: number, at: number) => {
    parts.world.memoryKills.push({ server, run, at })
    parts.world.events.emit('memory-kill')
  }
  const told = () => db('events').where({ kind: 'out-of-memory' }).orderBy('id').select('server', 'run', 'detail')
  const toldTimes = (count: number) => until(async () => (await told()).length === count)
  const lastTold = async () => Number((await db('installation').first('memory_told')).memory_told)
  const server = async () => db('servers').first('id', 'run', 'state')

  it('is told on the home page, where the notebook is opened and by the API, with the number, until it was read', async () => {
    const hub = await startHere()
    const browser = hub.browser()
    await browser.enter(demo)
    const { id } = await server()
    killIn(id, 1, 1_000_000)
    await toldTimes(1)
    const home = (await browser.navigate('/hub/home')).text
    assert.ok(home.includes(words))
    assert.match(home, /Its variables are lost; saved files are not\. Work with less data at once/)
    const [model] = (await cull(hub, 'GET', '')).json().items
    assert.deepEqual(
      model.servers.demo.troubles.map(({ kind, at, read }: Record<string, unknown>) => ({ kind, at, read })),
      [{ kind: 'memory', at: '1970-01-01T00:16:40.000Z', read: false }],
    )

    const launch = await browser.open(demo)
    const { state, ...progress } = await browser.follow(launch)
    assert.equal(state, 'ready')
    assert.ok(String((progress as { told?: string }).told).startsWith(words))
    const page = await browser.navigate(`/hub/launches/${launch}`)
    assert.ok(page.text.includes(`<p id="before" aria-live="polite" >${words}`))
    assert.match(page.text, /id="enter" data-tells="true"/)
    assert.equal((await browser.post(`/hub/launches/${launch}/read`)).status, 200)
    const after = (await browser.navigate(`/hub/launches/${launch}`)).text
    assert.match(after, /id="enter" data-tells="false"/)
    assert.doesNotMatch(after, /512 MB/)
    assert.doesNotMatch((await browser.navigate('/hub/home')).text, /512 MB/)

    killIn(id, 1, 1_060_000)
    await toldTimes(2)
    assert.ok((await browser.navigate('/hub/home')).text.includes(words), 'it is told anew when it happens again')
    await browser.submit(`/hub/servers/${id}/read`)
    assert.doesNotMatch((await browser.navigate('/hub/home')).text, /512 MB/)
    const { text } = await browser.fetch('/hub/metrics')
    assert.match(text, /^carrel_hub_out_of_memory_total\{ended="program"\} 2$/m)
  })

  it('is hidden by its owner only', async () => {
    const hub = await startHere()
    const browser = hub.browser()
    const { launch } = await browser.enter(demo)
    const { id } = await server()
    killIn(id, 1, 1_000_000)
    await toldTimes(1)
    const stranger = hub.browser()
    await stranger.enter(demo)
    assert.equal((await stranger.submit(`/hub/servers/${id}/read`)).status, 404)
    assert.equal((await stranger.post(`/hub/launches/${launch}/read`)).status, 403)
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    assert.equal((await browser.submit(`/hub/servers/${id}/read`, {}, foreign)).status, 403)
    assert.equal((await browser.post(`/hub/launches/${launch}/read`, {}, foreign)).status, 403)
    assert.ok((await browser.navigate('/hub/home')).text.includes(words))
  })

  it('is told once, however often the engine tells it, and not of a run that is over', async () => {
    const hub = await startHere()
    const browser = hub.browser()
    await browser.enter(demo)
    const { id } = await server()
    killIn(id, 1, 1_000_000)
    killIn(id, 1, 1_000_400)
    killIn(id, 1, 1_000_000)
    killIn(id, 2, 1_100_000)
    killIn('nothing-of-this-name', 1, 1_200_000)
    await until(async () => (await lastTold()) === 1_200_000)
    assert.equal((await told()).length, 1)
    await browser.submit(`/hub/servers/${id}/stop`)
    await until(async () => (await server()).state === 'stopped')
    assert.ok((await browser.navigate('/hub/home')).text.includes(words))
    killIn(id, 1, 1_300_000)
    await until(async () => (await lastTold()) === 1_300_000)
    await browser.enter(demo)
    assert.equal((await server()).run, 2)
    assert.doesNotMatch((await browser.navigate('/hub/home')).text, /512 MB/)
    assert.equal((await told()).length, 1)
  })

  it('is told by the next hub when the hub that listened was killed', async () => {
    const { world, database } = parts
    const asked = once(world.events, 'memory-asked')
    const { child, address } = await startProcess()
    const browser = createHttpBrowser(address)
    await browser.enter(demo)
    const { id } = await server()
    await asked
    // A second hub does not listen as long as the first one lives.
    if (!database.startsWith('sqlite:')) await startHere()
    killIn(id, 1, 1_000_000)
    await toldTimes(1)
    await kill(child)
    killIn(id, 1, 2_000_000)
    const hub = await startHere()
    if (!database.startsWith('sqlite:')) assert.deepEqual(world.memoryAsked, [0])
    await letHubsDie(parts)
    await toldTimes(2)
    assert.deepEqual(world.memoryAsked, [0, 1_000_000])
    const again = createHttpBrowser(hub.address)
    for (const [name, value] of browser.jar) again.jar.set(name, value)
    assert.ok((await again.navigate('/hub/home')).text.includes(words))
    assert.equal((await server()).run, 1)
  })

  it('is asked for again from the last one written when the database did not take one', async () => {
    const hub = await startHere()
    await hub.browser().enter(demo)
    const { id } = await server()
    killIn(id, 1, 1_000_000)
    await toldTimes(1)
    await db.schema.renameTable('troubles', 'troubles_away')
    killIn(id, 1, 2_000_000)
    await until(() => hub.log.some((line) => line.includes('a chore could not be done') && line.includes('"memory"')))
    await db.schema.renameTable('troubles_away', 'troubles')
    await toldTimes(2)
    assert.deepEqual(parts.world.memoryAsked, [0, 1_000_000])
  })
})
