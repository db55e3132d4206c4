import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createHttpBrowser, cull } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { type ContentWorld, openContentWorld, pullEnded } from '../content/content-world.ts'
import { type KillWorld, kill, letHubsDie, openKillWorld, startHubHere, startHubProcess } from '../kill-world.ts'
import { makeIdle, openDesk } from './desk-world.ts'

const path = 'week1/intro.ipynb'

function cells(...sources: string[]): string {
  const cell = { cell_type: 'code', metadata: {}, execution_count: null, outputs: [] }
  const all = sources.map((source, at) => ({ ...cell, id: `c${at}`, source }))
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: all })
}

onEachDatabase('a hub that is killed while it does what a strip asks', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  let content: ContentWorld
  let killed: KillWorld
  let hub: Awaited<ReturnType<typeof startHubProcess>>

  beforeEach(async function () {
    this.timeout(300_000)
    content = await openContentWorld(cleanup)
    await content.course.commit({ [path]: cells('a = 1', 'b = 1') })
    killed = await openKillWorld(cleanup, makeDatabase)
    Object.assign(killed.world.behaviour, { files: {}, bytes: {} })
    hub = await startHubProcess(cleanup, killed, content.config)
    await pullEnded(killed)
  })

  async function startNext({ isKilled }: { isKilled: boolean }): Promise<void> {
    await letHubsDie(killed)
    const start = isKilled ? startHubProcess : startHubHere
    hub = { ...hub, ...(await start(cleanup, killed, content.config)) }
  }

  it('leaves a merge to the next one, and loses neither side', async function () {
    this.timeout(300_000)
    const { behaviour } = killed.world
    const desk = await openDesk(hub, createHttpBrowser(hub.address), `/launch/demo/${path}`)
    const ask = (method: 'GET' | 'POST', rest: string, body?: object) => desk.ask(method, rest, body, {}, hub.address)
    const read = () => Buffer.from(behaviour.bytes?.[path] ?? '', 'base64').toString()
    const sources = () => JSON.parse(read()).cells.map(({ source }: { source: string }) => source)
    let pushes = 1
    // Killed when hers lies aside, and when the other is in its place and hers is not removed yet.
    for (const changes of [3, 4]) {
      const isPlaced = changes === 4
      pushes += 1
      await content.course.commit({ [path]: cells('a = 1', `b = ${pushes}`) })
      const { id } = await killed.db('jobs').orderBy('id', 'desc').first('id')
      await killed.db('pulls').update({ due: 0 })
      await pullEnded(killed, id)
      const { digest } = await killed.db('notebooks').first('digest')
      const before = await killed.db('copies').first('digest')
      const mine = cells(`a = ${pushes}  # mine`, sources()[1])
      Object.assign(behaviour.bytes ?? {}, { [path]: Buffer.from(mine).toString('base64') })
      await killed.db('versions').delete()
      const offer = (await ask('GET', `offer?path=${encodeURIComponent(path)}`)).json()
      const gone = once(hub.child, 'exit')
      let left: number = changes
      behaviour.beforeChange = () => {
        left -= 1
        if (left === 0) hub.child.kill('SIGKILL')
        return left <= 0 ? 500 : undefined
      }
      const taken = { path, take: 'merged', mine: offer.mine, theirs: offer.theirs }
      await assert.rejects(ask('POST', 'offer', taken))
      await gone
      delete behaviour.beforeChange
      await startNext({ isKilled: !isPlaced })
      await until(async () => (await killed.db('swaps')).length === 0)
      const merged = [`a = ${pushes}  # mine`, `b = ${pushes}`]
      assert.deepEqual(Object.keys(behaviour.files ?? {}).sort(), ['week1', path])
      assert.equal((await killed.db('copies').first('digest')).digest, isPlaced ? digest : before.digest)
      if (!isPlaced) {
        assert.equal(read(), mine)
        assert.deepEqual((await ask('POST', 'offer', taken)).json(), { reload: true })
      }
      assert.deepEqual(sources(), merged)
      assert.deepEqual(await killed.db('versions').pluck('size'), [mine.length])
    }
  })

  it('has kept a server whose learner was told so, and goes on with a stop that has begun', async function () {
    this.timeout(300_000)
    const browser = createHttpBrowser(hub.address)
    const desk = await openDesk(hub, browser)
    const ask = (rest: string, body: object) => desk.ask('POST', rest, body, {}, hub.address)
    const { name } = await killed.db('users').first('name')
    const stopAsIdle = async (at: number) => {
      const seen = { run: desk.server.run, last_activity: new Date(at).toISOString() }
      return (await cull(hub, 'DELETE', `/${name}/servers/demo`, seen)).status
    }
    const at = await makeIdle(killed, desk.server, 1000)
    assert.equal((await ask('keep', {})).status, 200)
    await kill(hub.child)
    await startNext({ isKilled: true })
    assert.equal(await stopAsIdle(at), 409)
    assert.equal((await killed.db('servers').first('state')).state, 'ready')

    const stops = killed.world.stops.length
    const goOn = Promise.withResolvers<void>()
    killed.world.behaviour.beforeStop = goOn.promise
    const stopping = once(killed.world.events, 'stopping')
    // The hub itself may just be looking at the server.
    await until(async () => (await stopAsIdle(await makeIdle(killed, desk.server, 1000))) === 202)
    await stopping
    await kill(hub.child)
    await startNext({ isKilled: false })
    const refused = await ask('keep', {})
    assert.deepEqual([refused.status, refused.json().error], [410, 'stopped'])
    goOn.resolve()
    await until(async () => (await killed.db('servers').first('state')).state === 'stopped')
    assert.ok(killed.world.stops.length > stops)
    assert.equal(killed.world.objects.size, 0)
  })
})
