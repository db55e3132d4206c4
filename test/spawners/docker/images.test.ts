import assert from 'node:assert/strict'
import type { FoundImage } from '../../../spawners/images.ts'
import type { Spawner } from '../../../spawners/spawner.ts'
import { cleanupAfterEach } from '../../helpers/cleanup.ts'
import { docker, dockerMissing, openDocker, removeNetworks } from '../../helpers/engines/docker.ts'
import { type Registry, type RegistryOptions, startRegistry } from '../../helpers/engines/registry.ts'
import { imageArchive, webServer } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { describeImages } from '../contract-images.ts'
import { registryOf } from '../image-registry.ts'
import { open } from './hub-of-a-test.ts'

describeImages('the Docker spawner', async (test) => {
  requirePart(test, 'docker', await dockerMissing())
  const registry = await registryOf((await imageArchive('tiny')).archive)
  const installations = new Set<string>()
  return {
    ...registry,
    places: 1,
    open(installation) {
      installations.add(installation.id)
      return open('{}', installation)
    },
    working: () => webServer,
    forget: async (images) => void (await Promise.all(images.map(forget))),
    async close() {
      await registry.close()
      for (const id of installations) await removeNetworks([`carrel.installation-id=${id}`])
    },
  }
})

describe('the images of a real engine', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterEach()
  const login = { username: 'course', password: 'open sesame' }
  const { signal } = new AbortController()
  let archive: string

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    archive = (await imageArchive('tiny')).archive
  })

  async function start(options: Omit<RegistryOptions, 'archive'> = {}): Promise<Registry> {
    const registry = await startRegistry({ archive, ...options })
    cleanup.defer(() => registry.close())
    cleanup.defer(() => forget(registry.reference))
    return registry
  }

  async function openSpawner(options: Parameters<typeof openDocker>[0] = {}): Promise<Spawner> {
    const spawner = await openDocker(options)
    cleanup.defer(() => spawner.clear())
    return spawner
  }

  async function bring(spawner: Spawner, image: string, options: Record<string, unknown>[] = []): Promise<FoundImage> {
    const uses = options.map((one) => ({ options: one, gpu: false }))
    const [found] = (await spawner.images?.bring([{ image, uses }], { signal, report: () => undefined })) ?? []
    assert.ok(found)
    return found
  }

  for (const by of ['basic', 'bearer'] as const) {
    it(`come from a private registry (${by}) with its login, which no answer names`, async () => {
      const registry = await start({ login: { ...login, by } })
      const registryAuth = { ...login, serveraddress: registry.address }
      for (const wrong of [undefined, { ...registryAuth, password: 'wrong guess' }]) {
        const { places, problem } = await bring(await openSpawner({ registryAuth: wrong }), registry.reference)
        assert.equal(places.having, 0)
        assert.match(String(problem), /option registryAuth.*cannot start/)
        assert.doesNotMatch(String(problem), /guess|sesame/)
      }
      const found = await bring(await openSpawner({ registryAuth }), registry.reference)
      assert.deepEqual(found.places, { having: 1, all: 1 })
    })
  }

  it('are not asked for at another registry with that login', async () => {
    const registry = await start({ login: { ...login, by: 'basic' } })
    const registryAuth = { ...login, serveraddress: 'registry.example.org' }
    await bring(await openSpawner({ registryAuth }), registry.reference)
    assert.ok(registry.requests.length > 0)
    assert.ok(registry.requests.every(({ authorization }) => authorization === undefined))
  })

  it('are fetched where one of their courses lets starts fetch them, and else not', async () => {
    const registry = await start()
    const spawner = await openSpawner({ pull: 'never' })
    const { problem } = await bring(spawner, registry.reference, [{}, { pull: 'never' }])
    assert.match(String(problem), /option pull says never: docker pull/)
    assert.deepEqual(registry.requests, [])
    const found = await bring(spawner, registry.reference, [{ pull: 'never' }, { pull: 'missing' }])
    assert.equal(found.places.having, 1)
  })

  it('that are named by their digest have it as id, and are asked for once', async () => {
    const registry = await start()
    const spawner = await openSpawner()
    const { id } = await bring(spawner, registry.reference)
    const pinned = `${registry.reference.replace(/:[^:/]*$/, '')}@${id}`
    cleanup.defer(() => forget(pinned))
    const found = await bring(spawner, pinned)
    assert.deepEqual([found.id, found.problem], [id, undefined])
    const asked = registry.requests.length
    assert.deepEqual(await bring(spawner, pinned), found)
    assert.equal(registry.requests.length, asked)
  })

  it('that stall fail, and say that the registry may be asked again', async () => {
    const registry = await start()
    registry.hold()
    const { problem } = await bring(await openSpawner({ timeoutSeconds: 5 }), registry.reference)
    assert.match(String(problem), /nothing was heard of it for 5 s\. Try it again when the registry answers/)
  })
})

async function forget(image: string): Promise<void> {
  await docker
    .getImage(image)
    .remove({ force: true })
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode !== 404) throw error
    })
}
