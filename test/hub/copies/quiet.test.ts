import assert from 'node:assert/strict'
import { asker } from '../../../hub/copies/ask.ts'
import { exactly } from '../../../hub/copies/put.ts'
import { NotQuiet, quietAt } from '../../../hub/copies/quiet.ts'
import { settle, swapIn } from '../../../hub/copies/swap.ts'
import { openProxies } from '../../../hub/proxies/clients.ts'
import { socketUrl } from '../../../net/endpoint.ts'
import { onSqlite } from '../../helpers/engines/postgresql.ts'
import { secrets } from '../../helpers/test-hub.ts'
import { mine, openReplaceWorld, path, type ReplaceWorld } from './replace-world.ts'

onSqlite('while a notebook is replaced, its server', (makeDatabase) => {
  let { parts, server, files, bytes, read, names, replace } = {} as ReplaceWorld

  beforeEach(async () => {
    ;({ parts, server, files, bytes, read, names, replace } = await openReplaceWorld(await makeDatabase()))
  })
  afterEach(async () => parts.stop())

  const rows = () => parts.hub.db('swaps')
  const refused = { status: 409, code: 'server_saving' }

  it('is paused at the proxies, for both renamings and no longer', async () => {
    const seen: [string, boolean][] = []
    parts.world.behaviour.beforeChange = ({ method }) => {
      seen.push([method, parts.proxy.pauses.has(server.path)])
      return undefined
    }
    assert.deepEqual(await replace(), { reload: true })
    assert.deepEqual(seen, [
      ['PUT', false],
      ['PATCH', true],
      ['PATCH', true],
      ['DELETE', false],
    ])
    assert.equal(parts.proxy.pauses.size, 0)
    assert.equal(read(), 'new')
  })

  it('stays as it is where something is saved there for long, or a proxy does not say', async () => {
    for (const cause of [{ refusesPauses: 'busy' }, { broken: true }] as const) {
      Object.assign(parts.proxy, cause)
      await assert.rejects(replace(), refused)
      Object.assign(parts.proxy, { refusesPauses: undefined, broken: false })
      assert.deepEqual([read(), names(), await rows()], ['{"her":1}', ['week1', path], []])
      assert.equal(parts.proxy.pauses.size, 0)
    }
    delete files[path]
    parts.proxy.refusesPauses = 'busy'
    await assert.rejects(replace(parts.hub, null), refused)
    assert.deepEqual(names(), ['week1'])
  })

  it('waits for another replacement in the same server', async () => {
    let replacing: Promise<unknown> | undefined
    await quietAt(
      parts.hub,
      server,
    )(async () => {
      const written = new Promise<void>((resolve) => {
        parts.world.behaviour.beforeChange = ({ method }) => {
          assert.equal(method, 'PUT')
          resolve()
          return undefined
        }
      })
      replacing = replace()
      await written
    })
    delete parts.world.behaviour.beforeChange
    assert.deepEqual(await replacing, { reload: true })
  })

  it('waits for no proxy that is not there, or knows no pauses', async () => {
    const { hub } = parts
    const urls = [parts.proxy.url, socketUrl('/nonexistent/proxy.sock')]
    const proxies = openProxies(urls, secrets.proxyToken, hub.log, hub.counters)
    assert.deepEqual(await replace({ ...hub, proxies }), { reload: true })
    await proxies.close()
    parts.proxy.refusesPauses = 'away'
    bytes[path] = mine
    assert.deepEqual(await replace(), { reload: true })
  })

  it('gets its learner’s notebook back also where it cannot be paused again', async () => {
    let renamings = 0
    parts.world.behaviour.beforeChange = ({ method }) => {
      renamings += method === 'PATCH' ? 1 : 0
      if (renamings !== 2) return undefined
      parts.proxy.refusesPauses = 'busy'
      return 500
    }
    await assert.rejects(replace(), { code: 'notebook_not_replaced' })
    assert.deepEqual([read(), names(), await rows()], ['{"her":1}', ['week1', path], []])
  })

  it('gets it back where the renaming comes too late for the pause', async () => {
    const ask = asker(parts.hub, server, 10_000)
    const swapped = { path, tag: 'tag' }
    const late = swapIn(ask, swapped, exactly(Buffer.from('new')), { quiet: (act) => act(() => false) })
    await assert.rejects(late, NotQuiet)
    const keep = async () => undefined
    assert.equal(await settle(ask, swapped, { quiet: quietAt(parts.hub, server), placed: false, keep }), false)
    assert.deepEqual([read(), names()], ['{"her":1}', ['week1', path]])
  })

  it('is told of where a pause was over too early', async () => {
    await quietAt(parts.hub, server)(async () => parts.proxy.pauses.clear())
    assert.ok(parts.log.some((line) => line.includes('saves went on before')))
  })
})
