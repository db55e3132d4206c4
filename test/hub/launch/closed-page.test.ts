import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createWorld, slowSpawner, type World } from '../../helpers/fake-spawners.ts'
import { startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'

describe('a page that is closed while it waits', () => {
  let hub: TestHub
  let world: World
  beforeEach(async () => {
    world = createWorld()
    const never = new Promise<void>(() => undefined)
    hub = await startTestHub({ world, config: { spawner: slowSpawner(world, never) } })
  })
  afterEach(async () => {
    await hub.stop()
    await world.close()
  })

  it('causes no warning', async () => {
    const earlier = hub.log.length
    const launch = await hub.browser().open('/tmplogin?course=demo')
    const { hostname, port } = new URL(hub.address)
    const socket = connect(Number(port), hostname)
    socket.write(`GET /hub/launches/${launch}/events HTTP/1.1\r\nhost: hub.test\r\n\r\n`)
    await once(socket, 'data')
    socket.destroy()
    await until(() => hub.log.some((line) => line.includes('an answer was cut off')))
    const alarms = hub.log.slice(earlier).filter((line) => JSON.parse(line).level >= 40)
    assert.deepEqual(alarms, [])
  })
})
