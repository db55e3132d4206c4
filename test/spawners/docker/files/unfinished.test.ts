import assert from 'node:assert/strict'
import { derivedImage } from '../../../helpers/engines/derived-image.ts'
import { docker, dockerMissing, loadedImage } from '../../../helpers/engines/docker.ts'
import { newSpec, startContext } from '../../../helpers/engines/started.ts'
import { noBundle } from '../../../helpers/no-bundle.ts'
import { requirePart } from '../../../helpers/require.ts'
import { until } from '../../../helpers/until.ts'
import { type Desk, newId, openDesk } from './desk.ts'

describe("a home's start that does not come to its end", function () {
  this.timeout(300_000)
  let image: string
  let slow: string
  let desk: Desk | undefined

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    image = await loadedImage('tiny')
    slow = await derivedImage('files-slow', {
      files: {
        '/home/jovyan/work/welcome.txt': 'from the image',
        '/slow.sh': '#!/bin/sh\ncase "$*" in *carrel-copies*) sleep 3;; esac\nexec "$@"\n',
      },
      programs: ['/slow.sh'],
      changes: ['ENTRYPOINT ["/bin/tini", "--", "/slow.sh"]'],
    })
  })

  afterEach(async () => {
    await desk?.clear()
    desk = undefined
  })

  const objectsOf = (key: 'server' | 'errand', id: string) =>
    docker.listContainers({ all: true, filters: { label: [`carrel.${key}=${id}`] } })

  /** Resolves when the image's files are being copied for this server or errand. */
  const untilCopying = (key: 'server' | 'errand', id: string) =>
    until(async () => {
      const found = await objectsOf(key, id)
      return found.some(({ Names, State }) => Names[0]?.endsWith('-copy') && State === 'running')
    }, 'the copy to run')

  it('is taken over by the next one when it was aborted while files were copied', async () => {
    desk = await openDesk()
    const { spawner } = desk
    const home = { ...(await desk.newHome()), fromImage: true }
    const spec = newSpec(slow, ['sh', '-c', 'cat welcome.txt; sleep 1'], { home })
    const leaving = new AbortController()
    const reason = new Error('the hub is killed')
    const first = spawner.start(spec, startContext({ signal: leaving.signal }))
    await untilCopying('server', spec.server)
    leaving.abort(reason)
    await assert.rejects(first, reason)
    const found = await spawner.list()
    assert.deepEqual(
      found.map(({ server, run, running }) => [server, run, running]),
      [[spec.server, 1, false]],
    )
    const second = await spawner.start(spec, startContext())
    assert.equal(second.adopted, true)
    const end = await until(async () => {
      const seen = await spawner.poll(spec, second.state)
      return seen.state === 'exited' && seen
    })
    assert.deepEqual(end.lines, ['from the image'])
    assert.equal((await objectsOf('server', spec.server)).length, 1)
  })

  it('leaves nothing after a stop, also where only a part of it is there', async () => {
    desk = await openDesk()
    const { spawner } = desk
    const home = await desk.newHome()
    const spec = newSpec(image, ['sleep', '60'], { home })
    // What a hub leaves that is killed between the removal of the server and that of its part.
    await docker.createContainer({
      name: `carrel-${spec.server}-1-copy`,
      ...{ Image: image, Cmd: ['sleep', '60'] },
      Labels: { ...(await labelsOf(spawner, spec)), 'carrel.part': 'copy' },
    })
    assert.deepEqual(
      (await spawner.list()).map(({ server, running }) => [server, running]),
      [[spec.server, false]],
    )
    await spawner.stop(spec, undefined, { graceSeconds: 0 })
    assert.deepEqual(await spawner.list(), [])
  })

  it('ends when another hub stops the server meanwhile, and makes nothing after that', async () => {
    desk = await openDesk()
    const other = await openDesk({}, desk.installation)
    const home = { ...(await desk.newHome()), fromImage: true }
    const spec = newSpec(slow, ['sleep', '60'], { home })
    const starting = desk.spawner.start(spec, startContext())
    const failed = assert.rejects(starting, { name: 'SpawnError' })
    await untilCopying('server', spec.server)
    await other.spawner.stop(spec, undefined, { graceSeconds: 0 })
    assert.deepEqual(await objectsOf('server', spec.server), [])
    await failed
    assert.deepEqual(await objectsOf('server', spec.server), [])
    assert.deepEqual(await desk.spawner.poll(spec, undefined), { state: 'gone' })
  })

  it('leaves nothing where it is that of an errand which is aborted', async () => {
    desk = await openDesk()
    const home = { ...(await desk.newHome()), fromImage: true }
    const leaving = new AbortController()
    const reason = new Error('nobody waits any more')
    const spec = { id: newId(), image: slow, command: ['true'], home, bundles: [], limits: {} }
    const failed = assert.rejects(desk.errands.run(spec, { signal: leaving.signal, bundle: noBundle }), reason)
    await untilCopying('errand', spec.id)
    leaving.abort(reason)
    await failed
    assert.deepEqual(await objectsOf('errand', spec.id), [])
    await desk.homes.remove(home.id, undefined)
  })
})

/** Returns the labels with which the spawner makes the container of a spec. */
async function labelsOf(spawner: Desk['spawner'], spec: Parameters<Desk['spawner']['start']>[0]) {
  const lost = new Error('the row is lost')
  await assert.rejects(spawner.start(spec, startContext({ record: () => Promise.reject(lost) })), lost)
  const container = docker.getContainer(`carrel-${spec.server}-1`)
  const { Config } = await container.inspect()
  await container.remove()
  return Config.Labels
}
