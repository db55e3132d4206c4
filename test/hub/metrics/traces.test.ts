import assert from 'node:assert/strict'
import { createLaunchTraces } from '../../../hub/metrics/launch-traces.ts'
import { presentTraceparent, withTrace } from '../../../net/trace.ts'
import type { SpawnerPlugin } from '../../../spawners/spawner.ts'
import { createFakeServers, quickSpawner } from '../../helpers/fake-spawners.ts'
import { createHttpBrowser, secrets, startTestHub, type TestHub } from '../../helpers/test-hub.ts'
import { until } from '../../helpers/until.ts'
import { visitorsAndPeople } from '../people.ts'

const traceOfAnn = 'a'.repeat(32)
const traceOfBob = 'b'.repeat(32)

describe('the trace of a click', () => {
  const world = createFakeServers()
  let hub: TestHub | undefined
  afterEach(async () => hub?.stop())
  after(() => world.close())

  it('goes on to the spawner and the proxies, also after a wait in the queue', async () => {
    const seen: string[] = []
    const note = (act: string) => seen.push(`${act} ${presentTraceparent()?.slice(3, 35)}`)
    let proceed = () => {}
    const gate = new Promise<void>((resolve) => {
      proceed = resolve
    })
    const quick = quickSpawner(world)
    const spawner: SpawnerPlugin = {
      ...quick,
      async open(options) {
        const opened = await quick.open(options)
        return {
          ...opened,
          async start(spec, context) {
            note('start')
            await gate
            return opened.start(spec, context)
          },
          async stop(key, state, limits) {
            note('stop')
            return opened.stop(key, state, limits)
          },
        }
      },
    }
    hub = await startTestHub({
      world,
      config: { spawner, authenticators: visitorsAndPeople(), limits: { startsAtOnce: 1 } },
    })
    const { address, db, proxy } = hub
    const browserOf = async (username: string) => {
      const browser = createHttpBrowser(address)
      await browser.submit('/hub/login/local', { username, password: 'right' })
      const page = await browser.submit('/hub/token', { note: 'x', days: '1' })
      return String(/carrel-user-[\w-]{43}/.exec(page.text)?.[0])
    }
    const [ann, bob] = [await browserOf('ann'), await browserOf('bob')]
    const ask = (method: string, name: string, token: string, trace: string) =>
      createHttpBrowser(address).fetch(`/hub/api/users/${name}/servers/demo`, {
        method,
        headers: {
          authorization: `token ${token}`,
          traceparent: `00-${trace}-00f067aa0ba902b7-01`,
          'x-carrel-proxy-auth': secrets.proxyToken,
        },
      })
    const first = ask('POST', 'ann', ann, traceOfAnn)
    await until(() => seen.length === 1, 'the first start has begun')
    const second = ask('POST', 'bob', bob, traceOfBob)
    await until(async () => (await db('servers').where({ state: 'queued' })).length === 1, 'the second one waits')
    proceed()
    assert.deepEqual([(await first).status, (await second).status], [201, 201])
    // Each route is put by its start, and once more by the request that answers when it is there.
    const traces = () => new Set(proxy.traces.map((trace) => trace?.slice(3, 35)))
    await until(() => traces().size === 2, 'the proxy has both routes')
    assert.deepEqual(seen, [`start ${traceOfAnn}`, `start ${traceOfBob}`])
    assert.deepEqual([...traces()], [traceOfAnn, traceOfBob])
    assert.equal((await ask('DELETE', 'ann', ann, traceOfBob)).status, 202)
    await until(() => seen.length === 3, 'the stop has begun')
    assert.equal(seen[2], `stop ${traceOfBob}`)
  })

  it('is remembered for a limited number of launches, and once', () => {
    const traces = createLaunchTraces()
    traces.note('without')
    assert.equal(traces.take('without'), undefined)
    withTrace('00-x', () => {
      for (let n = 0; n < 3000; n += 1) traces.note(`s${n}`)
    })
    assert.equal(traces.take('s0'), undefined)
    assert.equal(traces.take('s2999'), '00-x')
    assert.equal(traces.take('s2999'), undefined)
  })
})
