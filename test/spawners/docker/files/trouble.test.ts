import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { connect as connectEngine } from '../../../../spawners/docker/engine.ts'
import { folderArchive, putArchive } from '../../../../spawners/docker/files/archive.ts'
import type { BundleSource } from '../../../../spawners/files.ts'
import { docker, dockerMissing, loadedImage } from '../../../helpers/engines/docker.ts'
import { newSpec, startContext } from '../../../helpers/engines/started.ts'
import { noBundle } from '../../../helpers/no-bundle.ts'
import { requirePart } from '../../../helpers/require.ts'
import { until } from '../../../helpers/until.ts'
import { type Desk, newId, openDesk } from './desk.ts'

describe('files at a Docker Engine in trouble', function () {
  this.timeout(300_000)
  let image: string
  let folder: string
  let desk: Desk | undefined
  let closeDoor: (() => Promise<void>) | undefined

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('tiny')
  })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrel-test-'))
  })

  afterEach(async () => {
    await closeDoor?.()
    closeDoor = undefined
    await desk?.clear()
    desk = undefined
    await rm(folder, { recursive: true })
  })

  /** Returns a bundle with one file, and what asks for it. */
  async function newBundle(text: string) {
    await mkdir(join(folder, 'files'), { recursive: true })
    await writeFile(join(folder, 'files', 'note'), text)
    const { stdout } = await promisify(execFile)('tar', ['-C', join(folder, 'files'), '-cf', '-', 'note'], {
      encoding: 'buffer',
    })
    const digest = createHash('sha256').update(stdout).update(folder).digest('hex')
    const source: BundleSource = { bytes: stdout.length, files: 1, hasLinks: false, tar: () => Readable.from([stdout]) }
    const asked = { times: 0 }
    const bundle = async () => {
      asked.times += 1
      return source
    }
    return { digest, asked, bundle, mounted: { digest, path: '/srv/carrel/x', into: 'read-only' as const } }
  }

  it('a bundle cannot be swept under a server that is made and not yet started', async () => {
    desk = await openDesk()
    const { mounted, bundle, digest } = await newBundle('of the course')
    const spec = newSpec(image, ['sh', '-c', 'cat /srv/carrel/x/note; sleep 1'], { bundles: [mounted] })
    const lost = new Error('the hub has lost the row')
    const { spawner } = desk
    await assert.rejects(spawner.start(spec, startContext({ bundle, record: () => Promise.reject(lost) })), lost)
    await spawner.bundles?.remove(digest)
    assert.deepEqual(await spawner.bundles?.list(), [digest])
    const { state } = await spawner.start(spec, startContext())
    const end = await until(async () => {
      const seen = await spawner.poll(spec, state)
      return seen.state === 'exited' && seen
    })
    assert.deepEqual(end.lines, ['of the course'])
  })

  it('a bundle that breaks off, as on a full disk, leaves no volume behind, and the next start fills it', async () => {
    desk = await openDesk()
    const { spawner } = desk
    const { digest, mounted, bundle } = await newBundle('of the course')
    const whole = await bundle()
    async function* broken() {
      yield Buffer.alloc(65_536)
      throw new Error('no space left')
    }
    const breaking = async () => ({ ...whole, tar: () => Readable.from(broken()) })
    const spec = newSpec(image, ['sh', '-c', 'cat /srv/carrel/x/note; sleep 1'], { bundles: [mounted] })
    await assert.rejects(spawner.start(spec, startContext({ bundle: breaking })))
    assert.deepEqual(await spawner.bundles?.list(), [])
    await spawner.start({ ...spec, run: 2 }, startContext({ bundle }))
    assert.deepEqual(await spawner.bundles?.list(), [digest])
  })

  it('a bundle that is removed by another hand is filled anew by the next start', async () => {
    desk = await openDesk()
    const { mounted, bundle, asked, digest } = await newBundle('of the course')
    const read = (more = {}) =>
      desk?.spawner.start(newSpec(image, ['sleep', '60'], { bundles: [mounted], ...more }), startContext({ bundle }))
    await read()
    for (const { server } of await desk.spawner.list()) {
      await desk.spawner.stop({ server, run: 1 }, undefined, { graceSeconds: 0 })
    }
    const { Volumes } = await docker.listVolumes({ filters: { label: [`carrel.bundle=${digest}`] } })
    for (const { Name } of Volumes) await docker.getVolume(Name).remove()
    await read()
    assert.equal(asked.times, 2)
  })

  it('a server whose bundle is not whole is not started, and the hub is told to make it anew', async () => {
    desk = await openDesk()
    const { mounted, bundle, digest } = await newBundle('of the course')
    const spec = newSpec(image, ['sleep', '60'], { bundles: [mounted] })
    // The mark of a filled bundle goes while the container is made: as if the engine had made an empty volume.
    const record = async () => {
      const { Volumes } = await docker.listVolumes({ filters: { label: [`carrel.bundle=${digest}`] } })
      const Mounts = [{ Type: 'volume', Source: Volumes[0]?.Name ?? '', Target: '/carrel/bundle' }]
      const holder = await docker.createContainer({ Image: image, HostConfig: { Mounts: Mounts as never } })
      const engine = connectEngine({ host: undefined, timeoutSeconds: 60 })
      await putArchive(engine, holder.id, '/carrel', await folderArchive('bundle', { uid: 0, gid: 0, mode: 0o755 }), {})
      await holder.remove()
    }
    await assert.rejects(desk.spawner.start(spec, startContext({ bundle, record })), {
      name: 'SpawnError',
      otherSpec: true,
    })
    assert.deepEqual(await desk.spawner.poll(spec, undefined), { state: 'gone' })
  })

  it('an errand whose engine goes away fails with words, and another hub finds and ends it', async () => {
    const { path, close } = await door()
    desk = await openDesk({ host: `unix://${path}`, timeoutSeconds: 5 })
    const id = newId()
    const stdout = new PassThrough()
    const spec = { id, image, command: ['sh', '-c', 'echo begun; sleep 600'], bundles: [], limits: {} }
    const running = desk.errands.run(spec, { signal: new AbortController().signal, stdout, bundle: noBundle })
    await Promise.all([
      once(stdout, 'data'),
      assert.rejects(running, { name: 'SpawnError' }),
      once(stdout, 'data').then(close),
    ])
    await assert.rejects(desk.errands.list(), /did not list containers/)
    const [found] = await docker.listContainers({ all: true, filters: { label: [`carrel.errand=${id}`] } })
    assert.equal(found?.State, 'running')
    const { path: again } = await door()
    assert.equal(again, path)
    assert.deepEqual(await desk.errands.list(), [{ id, name: `carrel-errand-${id}`, running: true }])
    await desk.errands.end(id)
    await desk.errands.end(id)
    assert.deepEqual(await desk.errands.list(), [])
  })

  it('an errand that another hub ends is never taken for one that is done, and leaves nothing', async () => {
    desk = await openDesk()
    const { errands } = desk
    const id = newId()
    const stdout = new PassThrough()
    const spec = { id, image, command: ['sh', '-c', 'echo begun; sleep 600'], bundles: [], limits: {} }
    const running = errands.run(spec, { signal: new AbortController().signal, stdout, bundle: noBundle })
    const ended = running.then(
      ({ code }) => code,
      (error: Error) => error.name,
    )
    await once(stdout, 'data')
    await errands.end(id)
    // What it sees first decides: the code of a killed program, or that its container is gone.
    assert.ok([137, 'SpawnError'].includes(await ended))
    assert.deepEqual(await errands.list(), [])
  })

  it('an errand that takes more memory than its limit says so', async () => {
    desk = await openDesk()
    const command = ['sh', '-c', 'text=x; while true; do text=$text$text; done']
    const spec = { id: newId(), image, command, bundles: [], limits: { memory: 32 * 2 ** 20 } }
    const end = await desk.errands.run(spec, { signal: AbortSignal.timeout(60_000), bundle: noBundle })
    assert.equal(end.outOfMemory, true)
    assert.notEqual(end.code, 0)
  })

  it('a home is measured and removed by what it takes, also by a hub that has never started it', async () => {
    desk = await openDesk()
    const home = await desk.newHome()
    await desk.said(image, 'dd if=/dev/zero of=big bs=1k count=300 2> /dev/null', { home })
    const later = await openDesk({}, desk.installation)
    const size = await later.homes.measure(home.id, undefined, { signal: AbortSignal.timeout(60_000) })
    assert.ok(size !== undefined && size.bytes >= 300 * 1024 && size.bytes < 400 * 1024, JSON.stringify(size))
    // A sparse file counts as much as it takes.
    await desk.said(image, 'dd if=/dev/zero of=sparse bs=1 count=1 seek=1000000000000 2> /dev/null', { home })
    const after = await desk.homes.measure(home.id, undefined, { signal: AbortSignal.timeout(60_000) })
    assert.ok(after !== undefined && after.bytes < 500 * 1024, JSON.stringify(after))
    await desk.homes.remove(home.id, undefined)
    assert.equal(await desk.homes.measure(home.id, undefined, { signal: AbortSignal.timeout(60_000) }), undefined)
  })

  /** Opens a socket that leads to the engine, until it is closed with all its connections. */
  async function door() {
    const path = join(folder, 'engine.sock')
    const sockets = new Set<Socket>()
    const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
      const engine = connect({ path: '/var/run/docker.sock', allowHalfOpen: true })
      for (const one of [socket, engine]) sockets.add(one.on('error', () => undefined))
      socket.pipe(engine).pipe(socket)
    })
    server.listen(path)
    await once(server, 'listening')
    const close = async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await rm(path, { force: true })
    }
    closeDoor = close
    return { path, close }
  }
})
