import assert from 'node:assert/strict'
import { sweepByHand } from '../../../hub/servers/sweep-by-hand.ts'
import { onEachDatabase } from '../../helpers/engines/postgresql.ts'
import { createFakeServers, quickSpawner } from '../../helpers/fake-spawners.ts'
import { type HttpBrowser, startTestHub, type TestHub, testConfig } from '../../helpers/test-hub.ts'

onEachDatabase('a sweep by hand', (makeDatabase) => {
  let hub: TestHub
  let browser: HttpBrowser
  beforeEach(async () => {
    const world = createFakeServers()
    hub = await startTestHub({ database: await makeDatabase(), world })
    browser = hub.browser()
    await browser.follow(await browser.open('/tmplogin?course=demo'))
    const spec = { hash: 'x', course: 'demo', user: 'ann', image: '', command: [], env: {}, limits: {}, gpu: false }
    const spawner = await quickSpawner(world).open({} as never)
    const context = { signal: new AbortController().signal, report: () => undefined, record: async () => undefined }
    await spawner.start({ ...spec, server: 'nobodysserver12', run: 1 }, context)
  })
  afterEach(async () => {
    await hub.stop()
    await hub.world.close()
  })

  async function sweep(remove: boolean): Promise<string> {
    const lines: string[] = []
    const config = testConfig({ database: hub.databaseUrl }, hub.world)
    await sweepByHand({ config, dataDir: '', remove, print: (line) => void lines.push(line) })
    return lines.join('\n')
  }

  it('shows objects without a server and removes nothing, while a hub is at work', async () => {
    assert.match(await sweep(false), /2 found, 1 of them without a server:\n {2}carrel-nobodysserver12-1 \(running\)/)
    assert.equal(hub.world.objects.size, 2)
  })

  it('removes only those objects when it is told to', async () => {
    assert.match(await sweep(true), /carrel-nobodysserver12-1 \(running\) – removed/)
    assert.equal(hub.world.objects.size, 1)
    assert.match(await sweep(false), /1 found, 0 of them/)
  })

  it('names the place where it found no database', async () => {
    const config = testConfig({ database: 'sqlite:/nowhere/carrel.sqlite' }, hub.world)
    const looking = sweepByHand({ config, dataDir: '', remove: false, print: () => undefined })
    await assert.rejects(looking, /no database at \/nowhere\/carrel\.sqlite.*--data/)
  })
})
