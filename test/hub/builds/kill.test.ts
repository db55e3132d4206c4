import assert from 'node:assert/strict'
import { once } from 'node:events'
import { findBuilt } from '../../../hub/db/builds/built.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { onEachDatabase, onPostgresql } from '../../helpers/engines/postgresql.ts'
import { commitOf, createFakeBuilds, type FakeBuilds, serveBuilds } from '../../helpers/fakes/fake-builds.ts'
import { createHttpBrowser } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { kill, letHubsDie, openKillWorld, startHubHere, startHubProcess } from '../kill-world.ts'

const images = { python: { git: 'https://git.example.org/python' } }
const never = new Promise(() => undefined)
const settings = (url: string) => ({ courses: { demo: { image: '@python' } }, builds: { url, images } })

onEachDatabase('a hub that is killed while it builds an image', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  for (const [where, event, hold] of [
    ['while it fetches', 'fetching', (world: FakeBuilds) => (world.beforeFetched = never)],
    ['while it builds', 'building', (world: FakeBuilds) => (world.midway = never)],
    ['when the image is made and nothing says so yet', 'built', () => undefined],
  ] as const) {
    it(`${where}, leaves it to the next one, which makes the image once, of the same commit`, async function () {
      this.timeout(300_000)
      const killed = await openKillWorld(cleanup, makeDatabase)
      const builds = createFakeBuilds()
      hold(builds)
      const { url, close } = await serveBuilds(builds)
      cleanup.defer(close)
      const first = await startHubProcess(cleanup, killed, settings(url))
      const reached = once(builds.events, event)
      const browser = createHttpBrowser(first.address)
      browser.setNonce()
      assert.equal((await browser.post('/hub/launches', { link: '/launch/demo' })).json().error, 'image_not_built')
      await reached
      await kill(first.child)
      builds.beforeFetched = undefined
      builds.midway = undefined
      const commit = builds.commit
      builds.commit = commitOf('later')
      await letHubsDie(killed)
      const next = await startHubHere(cleanup, killed, settings(url))
      await until(async () => (await findBuilt(killed.db, 'python')) !== undefined)
      assert.equal((await findBuilt(killed.db, 'python'))?.commit, commit)
      assert.equal(builds.made.length, 1)
      const rows = await killed.db('jobs').select('state', 'image')
      assert.deepEqual(rows, [{ state: 'built', image: `fake.invalid/${builds.made[0]}` }])
      await createHttpBrowser(next.address).enter('/launch/demo')
      assert.equal([...killed.world.objects.values()][0]?.spec.image, `fake.invalid/${builds.made[0]}`)
    })
  }
})

// SQLite is for one hub.
onPostgresql('two hubs', (makeDatabase) => {
  const cleanup = cleanupAfterEach()

  it('that are asked for one image at once make one row and one image', async function () {
    this.timeout(300_000)
    const killed = await openKillWorld(cleanup, makeDatabase)
    const builds = createFakeBuilds()
    let proceed = () => {}
    builds.midway = new Promise<void>((resolve) => (proceed = resolve))
    const { url, close } = await serveBuilds(builds)
    cleanup.defer(close)
    const hubs = await Promise.all([
      startHubHere(cleanup, killed, settings(url)),
      startHubHere(cleanup, killed, settings(url)),
    ])
    const clicks = Array.from({ length: 10 }, async (_, index) => {
      const browser = createHttpBrowser(hubs[index % 2]?.address ?? '')
      browser.setNonce()
      return (await browser.post('/hub/launches', { link: '/launch/demo' })).json().error
    })
    assert.deepEqual(new Set(await Promise.all(clicks)), new Set(['image_not_built']))
    proceed()
    await until(async () => (await findBuilt(killed.db, 'python')) !== undefined)
    assert.equal((await killed.db('jobs')).length, 1)
    assert.equal(builds.made.length, 1)
  })
})
