import assert from 'node:assert/strict'
import { pullProgress } from '../../../spawners/docker/images/pull.ts'
import type { DockerOptionsInput } from '../../../spawners/docker/options.ts'
import type { SpawnError, StartContext, StartProgress } from '../../../spawners/spawner.ts'
import { docker, dockerMissing, openDocker } from '../../helpers/engines/docker.ts'
import { type Registry, type RegistryOptions, startRegistry } from '../../helpers/engines/registry.ts'
import { imageArchive, newSpec, startContext, webServer } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'

describe('the progress of a Docker pull', () => {
  it('is the mean over the layers, and never falls', () => {
    const percentAfter = pullProgress()
    const rows = [
      [{ status: 'Pulling from course/image', id: '1' }, undefined],
      [{ status: 'Already exists', id: 'here' }, undefined],
      [{ status: 'Pulling fs layer', id: 'a' }, undefined],
      [{ status: 'Pulling fs layer', id: 'b' }, undefined],
      [{ status: 'Downloading', id: 'a', progressDetail: { current: 75, total: 100 } }, 25],
      [{ status: 'Downloading', id: 'a', progressDetail: { current: 50, total: 100 } }, undefined],
      [{ status: 'Downloading', id: 'a', progressDetail: { current: 76 } }, undefined],
      [{ status: 'Download complete', id: 'a' }, 33],
      [{ status: 'Pull complete', id: 'b' }, 83],
      [{ status: 'Pulling fs layer', id: 'late' }, undefined],
      [{ status: 'Pull complete', id: 'a' }, undefined],
      [{ status: 'Extracting', id: 'late', progressDetail: { current: 1, total: 1 } }, 100],
      [{ status: 'Digest: sha256:0' }, undefined],
    ] as const
    assert.deepEqual(
      rows.map(([event]) => percentAfter(event)),
      rows.map(([, percent]) => percent),
    )
  })
})

describe('images from a registry, pulled by the real engine', function () {
  this.timeout(300_000)
  const login = { username: 'course', password: 'open sesame' }
  const undo: (() => Promise<unknown>)[] = []
  let archive: string

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    archive = (await imageArchive('tiny')).archive
  })

  afterEach(async () => {
    for (const one of undo.splice(0).reverse()) await one()
  })

  it('are fetched when they are missing, with a percentage of progress', async () => {
    const registry = await open()
    const seen: StartProgress[] = []
    const { url } = await start(registry.reference, {}, { report: (progress) => seen.push(progress) })
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
    const percents = seen.flatMap(({ phase, percent }) =>
      phase === 'pulling' && percent !== undefined ? [percent] : [],
    )
    assert.ok(percents.some((percent) => percent > 0 && percent < 100))
    assert.deepEqual(
      percents,
      [...percents].sort((a, b) => a - b),
    )
    assert.equal(percents.at(-1), 100)
    assert.deepEqual([...new Set(seen.map(({ phase }) => phase))], ['pulling', 'creating', 'starting'])
  })

  it('are fetched once with "missing" and asked for at each start with "always"', async () => {
    const registry = await open()
    const manifests = () => registry.requests.filter(({ line }) => line.includes('/manifests/')).length
    await start(registry.reference)
    const afterFirst = manifests()
    await start(registry.reference)
    assert.equal(manifests(), afterFirst)
    await start(registry.reference, { pull: 'always' })
    assert.ok(manifests() > afterFirst)
  })

  it('are never fetched with "never"', async () => {
    const registry = await open()
    const error = await failure(start(registry.reference, { pull: 'never' }))
    assert.match(error.message, /image of this course is not there/)
    assert.equal(error.lasts, true)
    assert.match(String(error.detail), /option pull says never/)
    assert.deepEqual(registry.requests, [])
  })

  it('that the registry does not know fail the start, for a reason that lasts', async () => {
    const registry = await open()
    for (const wrong of [`${registry.reference}-typo`, `${registry.address}/another/image:1`]) {
      const error = await failure(start(wrong))
      assert.match(error.message, /image of this course is not there/)
      assert.equal(error.lasts, true)
      assert.ok(error.detail?.includes(wrong), error.detail)
    }
  })

  it('from a registry that is unreachable fail the start, for a reason that may pass', async () => {
    const registry = await open()
    await registry.close()
    const error = await failure(start(registry.reference))
    assert.match(error.message, /could not be fetched\.$/)
    assert.equal(error.lasts, false)
    assert.match(String(error.detail), /connection refused/)
  })

  for (const by of ['basic', 'bearer'] as const) {
    it(`of a private registry (${by}) are fetched with its login, and with no other`, async () => {
      const registry = await open({ login: { ...login, by } })
      for (const registryAuth of [undefined, { ...login, password: 'wrong guess', serveraddress: registry.address }]) {
        const error = await failure(start(registry.reference, registryAuth && { registryAuth }))
        assert.match(error.message, /image of this course/)
        assert.doesNotMatch(JSON.stringify([error.message, error.detail]), /wrong guess|sesame/)
      }
      await start(registry.reference, { registryAuth: { ...login, serveraddress: registry.address } })
    })
  }

  it('of one registry are not requested with the login of another', async () => {
    const registry = await open({ login: { ...login, by: 'basic' } })
    await failure(start(registry.reference, { registryAuth: { ...login, serveraddress: 'registry.example.org' } }))
    assert.ok(registry.requests.length > 0)
    assert.ok(registry.requests.every(({ authorization }) => authorization === undefined))
  })

  it('are not fetched any further when the start is aborted', async () => {
    const registry = await open()
    const gate = registry.hold()
    const leaving = new AbortController()
    const starting = start(registry.reference, {}, { signal: leaving.signal })
    await Promise.race([gate.reached, starting])
    const reason = new Error('nobody waits any more')
    leaving.abort(reason)
    await assert.rejects(starting, reason)
    // The engine notices the end of the pull when more of the layer comes.
    gate.release()
    await gate.left
    await assert.rejects(docker.getImage(registry.reference).inspect(), { statusCode: 404 })
    await start(registry.reference)
  })

  it('whose download stalls fail the start', async () => {
    const registry = await open()
    registry.hold()
    const error = await failure(start(registry.reference, { timeoutSeconds: 5 }))
    assert.match(error.message, /could not be fetched\.$/)
    assert.equal(error.lasts, false)
    assert.match(String(error.detail), /nothing was heard of it for 5 s/)
  })

  async function open(options: Omit<RegistryOptions, 'archive'> = {}): Promise<Registry> {
    const registry = await startRegistry({ archive, ...options })
    undo.push(
      () => registry.close(),
      () => docker.getImage(registry.reference).remove({ force: true }).catch(missingIsFine),
    )
    return registry
  }

  async function start(image: string, options: DockerOptionsInput = {}, context: Partial<StartContext> = {}) {
    const spawner = await openDocker(options)
    undo.push(() => spawner.clear())
    return spawner.start(newSpec(image, webServer), startContext(context))
  }
})

async function failure(starting: Promise<unknown>): Promise<SpawnError> {
  const error = await starting.then(
    () => assert.fail('it started'),
    (problem: unknown) => problem,
  )
  assert.equal((error as Error).name, 'SpawnError', String(error))
  return error as SpawnError
}

function missingIsFine(error: { statusCode?: number }): void {
  if (error.statusCode !== 404) throw error
}
