import assert from 'node:assert/strict'
import { findContents } from '../../../hub/db/images/contents.ts'
import { findImages } from '../../../hub/db/images/images.ts'
import { findServer } from '../../../hub/db/servers/servers.ts'
import { fetchImages } from '../../../hub/images/fetch.ts'
import { lookAtImages } from '../../../hub/images/look.ts'
import { learnVersions } from '../../../hub/images/versions.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { sqliteDatabase, type TestDatabase } from '../../helpers/engines/postgresql.ts'
import { type Registry, startRegistry } from '../../helpers/engines/registry.ts'
import { imageArchive } from '../../helpers/engines/started.ts'
import { requirePart } from '../../helpers/require.ts'
import { type HomeParts, openHomeParts } from '../homes/home-parts.ts'

describe('the images of courses at a Docker Engine', function () {
  this.timeout(300_000)
  const never = new AbortController().signal
  let database: TestDatabase
  let parts: HomeParts
  let registry: Registry
  let clear: (() => Promise<void>) | undefined

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
    database = await sqliteDatabase()
    parts = await openHomeParts(database.url)
    const spawner = await openDocker()
    parts.hub.spawner = spawner
    clear = spawner.clear
    registry = await startRegistry({ archive: (await imageArchive('tiny')).archive })
    const { demo, third } = parts
    demo.image = await loadedImage('jupyter')
    third.image = registry.reference
    parts.hub.courses.all = { demo, third }
  })

  after(async () => {
    await parts?.stop()
    await clear?.()
    if (registry !== undefined) await docker.getImage(registry.reference).remove({ force: true })
    await registry?.close()
    await database?.remove()
  })

  const known = async (image: string) => (await findImages(parts.hub.db, [image])).get(image)
  const versions = async (id: string | undefined) => (await findContents(parts.hub.db, [id ?? ''])).get(id ?? '')

  it('are found, fetched from a registry, looked into, and named by each start', async () => {
    const { hub, demo, third } = parts
    await lookAtImages(hub, never)
    assert.deepEqual((await known(third.image))?.places, { having: 0, all: 1 })
    const percents: number[] = []
    const [fetched] = await fetchImages(hub, [third], {
      signal: never,
      by: { id: 'operator' },
      report: ({ percent }) => void (percent !== undefined && percents.push(percent)),
    })
    assert.equal(fetched?.problem, undefined)
    assert.ok(percents.length > 0)
    const there = await known(third.image)
    assert.deepEqual([there?.places, there?.id], [{ having: 1, all: 1 }, fetched?.id])

    await learnVersions(hub, never)
    const own = await known(demo.image)
    const inJupyter = (await versions(own?.id))?.versions
    assert.match(String(inJupyter?.Python), /^3\.\d+\.\d+$/)
    assert.match(String(inJupyter?.JupyterLab), /^\d+\.\d+/)
    assert.match(String(inJupyter?.['Jupyter Server']), /^\d+\.\d+/)
    assert.match(String(inJupyter?.ipykernel), /^\d+\.\d+/)
    // There is no Python in this one.
    const inTiny = await versions(there?.id)
    assert.equal(inTiny?.versions?.Python, undefined)
    assert.ok(inTiny !== undefined)
    assert.deepEqual(await hub.spawner.errands?.list(), [])

    const server = await parts.open(await parts.makePerson(), demo)
    assert.equal((await findServer(hub.db, server.id))?.image, own?.id)
    const detail = await hub.db('events').where({ kind: 'started' }).first('detail')
    assert.deepEqual(JSON.parse(detail.detail), { image: own?.id })
    await parts.close(server)
  })
})
