import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from '../../../spawners/docker/engine.ts'
import { settled } from '../../../spawners/docker/settled.ts'
import type { SpawnerState } from '../../../spawners/files.ts'
import type { ServerSpec, ServerStatus, SpawnError, Spawner } from '../../../spawners/spawner.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { newSpec, startContext, webServer } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { until } from '../../helpers/until.ts'

describe('a server on the real engine', function () {
  this.timeout(300_000)
  let image: string
  let spawner: Spawner & { clear(): Promise<void> }

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('tiny')
    spawner = await openDocker()
  })

  afterEach(() => spawner?.clear())

  it('runs the command behind the entry point of its image, with the environment of both', async () => {
    const lines = await output(['sh', '-c', 'echo $0 $FROM_IMAGE $FROM_COURSE; cat /proc/1/comm', 'command'], {
      env: { FROM_COURSE: 'a b=c' },
    })
    assert.deepEqual(lines, ['command yes a b=c', 'tini'])
  })

  it('has no rights beyond those of a plain user', async () => {
    const lines = await output(['sh', '-c', 'id -u; cat /proc/self/status'])
    const field = (name: string) => lines.find((line) => line.startsWith(name))?.split(/\s+/)[1]
    assert.equal(lines[0], '1000')
    assert.equal(field('CapBnd:'), '0000000000000000')
    assert.equal(field('NoNewPrivs:'), '1')
  })

  it('gets its limits from the engine', async () => {
    const limits = { cpu: 0.5, cpuGuarantee: 0.25, memory: 2 ** 26, memoryGuarantee: 2 ** 25 }
    const { id } = await start(newSpec(image, webServer, { limits }))
    const { HostConfig } = await docker.getContainer(id).inspect()
    const { NanoCpus, CpuShares, Memory, MemorySwap, MemoryReservation } = HostConfig
    assert.deepEqual(
      { NanoCpus, CpuShares, Memory, MemorySwap, MemoryReservation },
      { NanoCpus: 5e8, CpuShares: 256, Memory: 2 ** 26, MemorySwap: 2 ** 26, MemoryReservation: 2 ** 25 },
    )
  })

  it('that uses more memory than it may have ends, and the reason is known', async () => {
    const greedy = newSpec(image, ['sh', '-c', 'sleep 1; x=x; while true; do x=$x$x; done'], {
      limits: { memory: 2 ** 25 },
    })
    const { state } = await spawner.start(greedy, startContext())
    const status = await ended(greedy, state)
    assert.equal(status.outOfMemory, true)
    // On a busy machine the engine learns it after the end, and then older engines tell it by an event alone.
    const { Id, State } = await docker.getContainer(String(state.id)).inspect()
    const later = await settled(connect({ host: undefined, timeoutSeconds: 30 }), {
      Id,
      State: { ...State, OOMKilled: false },
    })
    assert.deepEqual(later, { state: 'exited', code: 137, outOfMemory: true })
  })

  it('is published on loopback and nowhere else', async () => {
    const { id } = await start(newSpec(image, webServer))
    const { NetworkSettings } = await docker.getContainer(id).inspect()
    assert.deepEqual(
      NetworkSettings.Ports['8888/tcp']?.map(({ HostIp }) => HostIp),
      ['127.0.0.1'],
    )
  })

  it('that ends at once polls as exited, whether or not its start noticed the end', async () => {
    const spec = newSpec(image, ['sh', '-c', 'echo no such kernel; exit 3'])
    await spawner.start(spec, startContext()).catch((error: Error) => assert.equal(error.name, 'SpawnError'))
    assert.deepEqual(await ended(spec, {}), { state: 'exited', code: 3, lines: ['no such kernel'] })
  })

  it('that has ended is not started again by a second start of its run', async () => {
    const spec = newSpec(image, ['sh', '-c', 'sleep 1; exit 3'])
    const { state } = await spawner.start(spec, startContext())
    await ended(spec, state)
    assert.match((await failure(spec)).message, /ended/)
    assert.equal((await spawner.poll(spec, state)).state, 'exited')
  })

  it('does not touch a foreign container that has its name', async () => {
    const spec = newSpec(image, webServer)
    const name = `carrel-${spec.server}-1`
    const stranger = await docker.createContainer({ name, Image: image })
    try {
      assert.match((await failure(spec)).message, /something else has its name/)
      assert.deepEqual(await spawner.poll(spec, { id: stranger.id }), { state: 'gone' })
      await spawner.stop(spec, { id: stranger.id }, { graceSeconds: 0 })
      assert.equal((await stranger.inspect()).State.Status, 'created')
    } finally {
      await stranger.remove()
    }
  })

  it('is asked to end before it is killed', async () => {
    const spec = newSpec(image, ['sh', '-c', "trap '' TERM; echo deaf; while true; do sleep 1; done"])
    const { id } = await start(spec)
    await until(async () => (await linesOf(id)).includes('deaf'))
    const since = Math.floor(Date.now() / 1000) - 1
    await spawner.stop(spec, { id }, { graceSeconds: 1 })
    const events = await eventsOf(id, since)
    const signals = events.filter(({ Action }) => Action === 'kill').map(({ Actor }) => Actor.Attributes.signal)
    assert.deepEqual(signals, ['15', '9'])
    assert.equal(events.at(-1)?.Action, 'destroy')
  })

  it('that is paused still runs, and can be stopped', async () => {
    const spec = newSpec(image, webServer)
    const { id } = await start(spec)
    await docker.getContainer(id).pause()
    assert.deepEqual(await spawner.poll(spec, { id }), { state: 'running' })
    await spawner.stop(spec, { id }, { graceSeconds: 1 })
    assert.deepEqual(await spawner.poll(spec, { id }), { state: 'gone' })
  })

  it('on a network of its own is reached there by name, and publishes nothing', async () => {
    const network = `carrel-test-${randomBytes(4).toString('hex')}`
    const made = await docker.createNetwork({ Name: network })
    const inside = await openDocker({ network, port: 9000 })
    try {
      const spec = newSpec(image, ['httpd', '-f', '-p', '9000', '-h', '/www'])
      const { url, state } = await inside.start(spec, startContext())
      assert.equal(url, `http://carrel-${spec.server}-1:9000`)
      const { NetworkSettings } = await docker.getContainer(String(state.id)).inspect()
      assert.ok(!NetworkSettings.Ports['9000/tcp'])
      const lookUp = `nslookup ${new URL(url).hostname} | awk '/^Address: /{print $2}'`
      const ask = `until echo GET / HTTP/1.0 | nc $(${lookUp}) 9000; do sleep 0.1; done`
      const asking = newSpec(image, ['sh', '-c', ask])
      const asked = await inside.start(asking, startContext())
      const lines = await until(async () => {
        const status = await inside.poll(asking, asked.state)
        return status.state === 'exited' ? status.lines : undefined
      })
      assert.equal(lines.at(-1), 'a test image of Carrel')
    } finally {
      await inside.clear()
      await made.remove()
    }
  })

  async function start(spec: ServerSpec): Promise<{ id: string }> {
    const { state } = await spawner.start(spec, startContext())
    return { id: String(state.id) }
  }

  async function failure(spec: ServerSpec): Promise<SpawnError> {
    const problem: unknown = await spawner.start(spec, startContext()).catch((error: unknown) => error)
    assert.equal((problem as Error).name, 'SpawnError')
    return problem as SpawnError
  }

  /** Runs a command and returns the lines that it prints until it ends. */
  async function output(command: string[], more: Partial<ServerSpec> = {}): Promise<string[]> {
    const [program = '', ...rest] = command
    const spec = newSpec(image, ['sh', '-c', '"$@"; sleep 1', 'sh', program, ...rest], more)
    const { id } = await start(spec)
    await ended(spec, { id })
    return linesOf(id)
  }

  async function ended(spec: ServerSpec, state: SpawnerState) {
    return until(async (): Promise<Extract<ServerStatus, { state: 'exited' }> | undefined> => {
      const status = await spawner.poll(spec, state)
      return status.state === 'exited' ? status : undefined
    })
  }
})

async function linesOf(id: string): Promise<string[]> {
  const log = await docker.getContainer(id).logs({ stdout: true, stderr: true })
  return log
    .toString('utf8')
    .replace(/[\0-2]\0{3}[\s\S]{4}/g, '')
    .trim()
    .split('\n')
}

async function eventsOf(id: string, since: number) {
  const until = Math.floor(Date.now() / 1000) + 1
  const stream = await docker.getEvents({ since, until, filters: { container: [id] } })
  let text = ''
  for await (const chunk of stream) text += chunk
  const lines = text.trim().split('\n')
  return lines.map((line): { Action: string; Actor: { Attributes: Record<string, string> } } => JSON.parse(line))
}
