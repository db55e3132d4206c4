import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Server } from '../../../hub/db/servers/servers.ts'
import { dockerSpawner } from '../../../spawners/docker/docker.ts'
import { containerName } from '../../../spawners/docker/labels.ts'
import { cleanupAfterAll } from '../../helpers/cleanup.ts'
import { docker, dockerMissing, loadedImage, openDocker } from '../../helpers/engines/docker.ts'
import { requirePart } from '../../helpers/require.ts'
import { openAtEngine } from './at-engine.ts'

describe('a secret of a course at a Docker Engine', function () {
  this.timeout(300_000)
  const cleanup = cleanupAfterAll()

  before(async function () {
    requirePart(this, 'docker', await dockerMissing())
  })

  it('is in the environment of its servers, and in no row of the database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carrel-secrets-'))
    cleanup.defer(() => rm(folder, { recursive: true }))
    const file = join(folder, 'models-key')
    await writeFile(file, 'open sesame\n')
    const spawner = await openDocker()
    cleanup.defer(() => spawner.clear())
    const hub = await openAtEngine(spawner, {
      spawner: dockerSpawner(),
      courses: {
        demo: { image: await loadedImage('jupyter'), options: { secretEnv: { MODELS_KEY: file }, internet: false } },
      },
    })
    cleanup.defer(() => hub.stop())
    const environment = async ({ id, run }: Server) =>
      (await docker.getContainer(containerName({ server: id, run })).inspect()).Config.Env

    assert.ok((await environment(await hub.open('ann'))).includes('MODELS_KEY=open sesame'))
    await writeFile(file, 'open barley\n')
    assert.ok((await environment(await hub.open('bob'))).includes('MODELS_KEY=open barley'))

    const { db } = hub.hub
    const tables = (await db('sqlite_master').where({ type: 'table' }).select('name')) as { name: string }[]
    const rows = JSON.stringify(await Promise.all(tables.map(({ name }) => db(name).select())))
    assert.ok(rows.includes(file))
    assert.doesNotMatch(rows, /sesame|barley/)
  })
})
