import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import type { MemoryKill, ServerSpec } from '../../../spawners/spawner.ts'
import { type Cleanup, cleanupAfterEach } from '../../helpers/cleanup.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { newSpec, startContext } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'

describe('programs that the kernel ends for want of memory', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const limits = { memory: 32 * 2 ** 20 }
  let image: string

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('tiny')
  })

  const greedy = 'text=x; while true; do text=$text$text; done'
  /** A server whose program is ended when the file `/tmp/go` is made, while the server itself goes on. */
  const goingOn = ['sh', '-c', `until [ -e /tmp/go ]; do sleep 0.1; done; (${greedy}); echo ended; exec sleep 1000`]
  const ending = ['sh', '-c', `until [ -e /tmp/go ]; do sleep 0.1; done; ${greedy}`]

  type Opened = Awaited<ReturnType<typeof openSpawner>>

  async function openSpawner(...given: Parameters<typeof openDocker>) {
    const spawner = await openDocker(...given)
    cleanup.defer(() => spawner.clear())
    return spawner
  }

  async function started(spawner: Opened, command: string[]): Promise<ServerSpec & { go(): Promise<void> }> {
    const spec = newSpec(image, command, { limits })
    const { state } = await spawner.start(spec, startContext())
    const go = async () => {
      const touch = ['sh', '-c', 'echo > /tmp/go']
      const run = await docker.getContainer(String(state.id)).exec({ Cmd: touch, AttachStdout: true })
      await once((await run.start({})).resume(), 'end')
    }
    return { ...spec, go }
  }

  /** Listens, and returns the kills that come, with their runs as `server-run`. */
  function watch(spawner: Opened, since = Date.now() - 1000) {
    const kills: MemoryKill[] = []
    const over = new AbortController()
    cleanup.defer(() => over.abort())
    spawner.watchMemory?.({ since, signal: over.signal, tell: (kill) => void kills.push(kill) })
    const told = (count: number) => until(() => kills.length >= count && kills, `${count} kills`)
    return { kills, told, over }
  }
  const runs = (kills: MemoryKill[]) => kills.map(({ server, run }) => ({ server, run }))
  const keyOf = ({ server, run }: ServerSpec) => ({ server, run })

  it('are told with their run and time, where the server goes on, and not where it ends', async () => {
    const spawner = await openSpawner()
    const { told, kills } = watch(spawner)
    const ends = await started(spawner, ending)
    const goes = await started(spawner, goingOn)
    const before = Date.now()
    await ends.go()
    await until(async () => (await spawner.poll(ends, undefined)).state === 'exited')
    await goes.go()
    await told(1)
    assert.deepEqual(runs(kills), [keyOf(goes)])
    const { at } = kills[0] as MemoryKill
    assert.ok(at >= before - 1000 && at <= Date.now() + 1000, `${at}`)
    assert.deepEqual(await spawner.poll(goes, undefined), { state: 'running' })
  })

  it('of other installations are not told', async () => {
    const [spawner, other] = [await openSpawner(), await openSpawner()]
    const { told, kills } = watch(spawner)
    const theirs = watch(other)
    const foreign = await started(other, goingOn)
    const ours = await started(spawner, goingOn)
    await foreign.go()
    await theirs.told(1)
    await ours.go()
    await told(1)
    assert.deepEqual([runs(kills), runs(theirs.kills)], [[keyOf(ours)], [keyOf(foreign)]])
  })

  it('are told from a time in the past on, and none before', async () => {
    const spawner = await openSpawner()
    const begin = Date.now()
    const [one, two] = [await started(spawner, goingOn), await started(spawner, goingOn)]
    const first = watch(spawner, begin)
    await one.go()
    await first.told(1)
    first.over.abort()
    await two.go()
    const all = watch(spawner, begin)
    assert.deepEqual(runs(await all.told(2)), [keyOf(one), keyOf(two)])
    const later = watch(spawner, (first.kills[0]?.at ?? 0) + 1)
    assert.deepEqual(runs(await later.told(1)), [keyOf(two)])
  })

  it('are told once, in their order, also where the connection is lost again and again', async () => {
    const line = await lineToEngine(cleanup)
    const spawner = await openSpawner({ host: line.host })
    const { told, kills } = watch(spawner)
    const servers = [await started(spawner, goingOn), await started(spawner, goingOn), await started(spawner, goingOn)]
    for (const [count, server] of servers.entries()) {
      line.cut()
      await server.go()
      line.mend()
      await told(count + 1)
    }
    assert.deepEqual(runs(kills), servers.map(keyOf))
  })

  it('are not told any more after the abort, which closes the connection', async () => {
    const line = await lineToEngine(cleanup)
    const spawner = await openSpawner({ host: line.host })
    const { kills, over } = watch(spawner)
    const server = await started(spawner, goingOn)
    await until(() => line.open() > 0)
    const other = watch(await openSpawner({}, { name: 'carrel-test', id: await installationOf(server) }))
    over.abort()
    await until(() => line.open() === 0)
    await server.go()
    await other.told(1)
    assert.deepEqual(kills, [])
  })

  it('are the kernel of a notebook, while JupyterLab goes on and starts another one', async () => {
    const spawner = await openSpawner()
    const { told, kills } = watch(spawner)
    const command = ['jupyter-lab', '--no-browser', '--ip=0.0.0.0', '--port=8888']
    const env = { JUPYTER_TOKEN: 'sesame' }
    const spec = newSpec(await loadedImage('jupyter'), command, { env, limits: { memory: 512 * 2 ** 20 } })
    const { url } = await spawner.start(spec, startContext())
    const ask = (path: string, method = 'GET') =>
      fetch(`${url}/api/${path}`, { method, headers: { authorization: 'token sesame' } })
    await until(async () => (await ask('status').catch(() => undefined))?.ok, 'JupyterLab to answer')
    const { id } = (await (await ask('kernels', 'POST')).json()) as { id: string }
    const channels = new WebSocket(`${url.replace('http', 'ws')}/api/kernels/${id}/channels?token=sesame`)
    cleanup.defer(() => channels.close())
    await once(channels, 'open')
    const content = { code: 'a = [bytearray(2**24) for _ in range(200)]', silent: false, allow_stdin: false }
    const header = { msg_id: 'one', msg_type: 'execute_request', session: 'test', username: '', version: '5.3' }
    channels.send(JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: 'shell' }))
    await told(1)
    assert.deepEqual(runs(kills), [keyOf(spec)])
    assert.deepEqual(await spawner.poll(spec, undefined), { state: 'running' })
    assert.equal((await ask('kernels', 'POST')).status, 201)
  })

  it('are told once for a server in which one after the other is ended', async () => {
    const spawner = await openSpawner()
    const { told, kills } = watch(spawner)
    const many = `for each in 1 2 3 4 5 6; do (${greedy}); done; exec sleep 1000`
    const server = await started(spawner, ['sh', '-c', many])
    await told(1)
    assert.ok(kills.length < 6, `${kills.length} are told`)
    assert.deepEqual(keyOf(server), runs(kills)[0])
  })
})

/** A connection to the engine that can be cut and mended. */
async function lineToEngine(cleanup: Cleanup) {
  const sockets = new Set<Socket>()
  let isCut = false
  const { socketPath, host, port } = docker.modem as unknown as Record<string, unknown>
  const path = typeof socketPath === 'function' ? await socketPath() : socketPath
  const server = createServer((client) => {
    if (isCut) return void client.destroy()
    const engine = path === undefined ? connect(Number(port), String(host)) : connect(String(path))
    for (const [one, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      sockets.add(one)
      one
        .on('error', () => one.destroy())
        .on('close', () => {
          sockets.delete(one)
          other.destroy()
        })
      one.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  cleanup.defer(() => {
    cut()
    server.close()
  })
  return {
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => {
      isCut = false
    },
    open: () => sockets.size,
  }
}

async function installationOf({ server }: ServerSpec): Promise<string> {
  const [found] = await docker.listContainers({ filters: { label: [`carrel.server=${server}`] } })
  return found?.Labels['carrel.installation-id'] ?? ''
}
