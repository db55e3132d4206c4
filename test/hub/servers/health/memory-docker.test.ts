import assert from 'node:assert/strict'
import { once } from 'node:events'
import { troublesOf } from '../../../../hub/db/servers/troubles.ts'
import { watchMemory } from '../../../../hub/servers/health/memory-watch.ts'
import { serverToken } from '../../../../seats/keys.ts'
import { cleanupAfterEach } from '../../../helpers/cleanup.ts'
import { dockerMissing, loadedImage, openDocker } from '../../../helpers/engines/docker.ts'
import { sqliteDatabase } from '../../../helpers/engines/postgresql.ts'
import { requirePart } from '../../../helpers/require.ts'
import { until } from '../../../helpers/until.ts'
import { openParts } from '../../parts.ts'

describe('a kernel that takes too much memory at a Docker Engine', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()

  it('is told with the limit of its run, while the server goes on', async function () {
    requirePart(this, 'docker', await dockerMissing())
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    const spawner = await openDocker()
    cleanup.defer(() => spawner.clear())
    const parts = await openParts(database.url)
    cleanup.defer(() => parts.stop())
    const { hub, makeReady } = parts
    hub.spawner = spawner
    const { demo } = hub.courses.all
    assert(demo !== undefined)
    demo.image = await loadedImage('jupyter')
    demo.limits = { memory: 256 * 2 ** 20 }
    const server = await makeReady()
    // The course is another one by now; the run is as it was queued.
    demo.limits = { memory: 2 ** 30 }

    const ended = new AbortController()
    const watch = watchMemory(hub, ended.signal)
    cleanup.defer(async () => {
      ended.abort()
      await watch
    })
    const token = serverToken(hub.secrets.keys.all[0], server.id, server.run)
    const api = `${server.target}${server.path}api/kernels`
    const headers = { authorization: `token ${token}`, 'content-type': 'application/json' }
    const made = await fetch(api, { method: 'POST', headers, body: '{}' })
    const { id } = (await made.json()) as { id: string }
    const kernel = new WebSocket(`${api.replace('http', 'ws')}/${id}/channels?token=${token}`)
    cleanup.defer(() => kernel.close())
    await once(kernel, 'open')
    const header = { msg_id: 'one', msg_type: 'execute_request', username: '', session: 'test', version: '5.3' }
    const code = 'x = b"x" * (400 * 2 ** 20)'
    const content = { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false }
    kernel.send(JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: 'shell', buffers: [] }))

    await until(async () => (await troublesOf(hub.db, [server])).size > 0)
    const [trouble, ...more] = (await troublesOf(hub.db, [server])).get(server.id) ?? []
    assert.deepEqual(more, [])
    assert.match(trouble?.message ?? '', /^Your notebook needed more than the 256 MB of memory of this course/)
    assert.equal((await spawner.poll({ server: server.id, run: server.run }, server.spawnerState)).state, 'running')
    assert.equal((await fetch(api, { headers })).status, 200)
  })
})
