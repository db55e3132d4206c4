import assert from 'node:assert/strict'
import { finished } from 'node:stream/promises'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { troublesOf } from '../../../hub/db/servers/troubles.ts'
import { serverToken } from '../../../seats/keys.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { onEachDatabase, sqliteDatabase } from '../../helpers/engines/postgresql.ts'
import { requirePart } from '../../helpers/require.ts'
import { openHomeParts } from './home-parts.ts'

const MB = 2 ** 20

onEachDatabase('a home that is full', (makeDatabase) => {
  const cleanup = cleanupAfterEach()
  const openParts = async (enforcesSize: boolean) => {
    const parts = await openHomeParts(await makeDatabase(), { size: 50 * MB })
    cleanup.defer(() => parts.stop())
    parts.hub.config.spawner = { ...parts.hub.config.spawner, homes: { enforcesSize } }
    return parts
  }
  type Parts = Awaited<ReturnType<typeof openParts>>
  /** Has a server run, its home measured afterwards with so many bytes, and the server run again. */
  const openAgain = async (parts: Parts, bytes: number): Promise<Server> => {
    const ann = await parts.makePerson()
    const first = await parts.open(ann)
    await parts.close(first)
    await parts.hub.db('homes').update({ bytes, measured: 1_000_000 })
    return parts.open(ann)
  }
  const told = async ({ hub }: Parts, server: Server) =>
    ((await troublesOf(hub.db, [server])).get(server.id) ?? []).map(({ kind, message }) => ({ kind, message }))

  it('is told when a run starts, with the numbers and with what to do', async () => {
    const parts = await openParts(true)
    const server = await openAgain(parts, 49 * MB)
    const [trouble, ...more] = await told(parts, server)
    assert.deepEqual([trouble?.kind, more], ['full-home', []])
    assert.match(trouble?.message ?? '', /^Your files take 49 MB of the 50 MB that they may have .* Delete files/)
    const [event] = await parts.hub.db('events').where({ kind: 'home-full' })
    assert.deepEqual(JSON.parse(event.detail), { home: server.home, bytes: 49 * MB, size: 50 * MB })
  })

  it('is none that has room, or whose storage takes more than its size', async () => {
    const parts = await openParts(true)
    assert.deepEqual(await told(parts, await openAgain(parts, 40 * MB)), [])
    const other = await openParts(false)
    assert.deepEqual(await told(other, await openAgain(other, 60 * MB)), [])
  })
})

describe('a full home that takes the whole folder of its user, at a Docker Engine', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()

  it('lets JupyterLab start, and deleting makes room', async function () {
    requirePart(this, 'docker', await dockerMissing())
    const image = await loadedImage('jupyter')
    const database = await sqliteDatabase()
    cleanup.defer(() => database.remove())
    const spawner = await openDocker({
      homes: { driver: 'local', options: { type: 'tmpfs', device: 'tmpfs', o: 'size={size},mode=1777' } },
    })
    cleanup.defer(() => spawner.clear())
    const parts = await openHomeParts(database.url, { path: '/home/jovyan', size: 6 * MB })
    cleanup.defer(() => parts.stop())
    parts.hub.spawner = spawner
    parts.demo.image = image

    const ann = await parts.makePerson()
    const first = await parts.open(ann)
    const volume = `carrel-home-${first.home}`
    const { Labels } = await docker.getVolume(volume).inspect()
    const label = 'carrel.installation-id'
    // Such a volume lasts as long as some container has it.
    const holder = await docker.createContainer({
      ...{ Image: image, Entrypoint: ['sh', '-c'], Cmd: ['sleep 170'], Labels: { [label]: Labels[label] ?? '' } },
      HostConfig: { Binds: [`${volume}:/home/jovyan`], NetworkMode: 'none' },
    })
    cleanup.defer(() => holder.remove({ force: true }))
    await holder.start()
    await parts.close(first)
    // Only its second start leaves Jupyter's mark that nothing of IPython's is to be moved.
    await parts.close(await parts.open(ann))
    const filling = await holder.exec({
      Cmd: ['dd', 'if=/dev/zero', 'of=/home/jovyan/big', 'bs=4k'],
      AttachStdout: true,
    })
    const output = await filling.start({})
    await finished(output.resume())

    const server = await parts.open(ann)
    const call = async (method: string, path: string, body?: object) => {
      const authorization = `token ${serverToken(parts.hub.secrets.keys.all[0], server.id, server.run)}`
      const headers = { authorization, 'content-type': 'application/json' }
      const sent = body && { body: JSON.stringify(body) }
      return fetch(`${server.target}${server.path}api/${path}`, { method, headers, ...sent })
    }
    const file = { type: 'file', format: 'text', content: 'x'.repeat(9000) }
    assert.equal((await call('PUT', 'contents/mine.txt', file)).status, 500)
    assert.equal((await call('POST', 'kernels', {})).status, 201)
    assert.equal((await call('DELETE', 'contents/big')).status, 204)
    assert.equal((await call('PUT', 'contents/mine.txt', file)).ok, true)
    await parts.close(server)
  })
})
