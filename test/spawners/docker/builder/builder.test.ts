import { dockerSpawner } from '../../../../spawners/docker/docker.ts'
import { dockerMissing, loadedImage } from '../../../helpers/engines/docker.ts'
import { startRegistry } from '../../../helpers/engines/registry.ts'
import { imageArchive } from '../../../helpers/engines/started.ts'
import { requirePart } from '../../../helpers/require.ts'
import { describeBuilder } from '../../contract-builder.ts'
import { forgetBuilds, imageIsHere, runningWith, useImage } from './engine-world.ts'

describeBuilder('the Docker spawner at its own engine', async (test) => {
  requirePart(test, 'docker', await dockerMissing())
  const registry = await startRegistry(await imageArchive('tiny'))
  return {
    base: await loadedImage('tiny'),
    missing: `${registry.address}/course/none:1`,
    async open(installation) {
      const context = { installation, dataDir: '', hubUrl: '', serversUrl: '', warn: () => undefined }
      const { builder } = await dockerSpawner().open(context)
      if (builder === undefined) throw new Error('the spawner has no builder')
      return builder
    },
    running: (text) => runningWith(text),
    has: imageIsHere,
    use: useImage,
    forget: forgetBuilds,
    close: () => registry.close(),
  }
})
