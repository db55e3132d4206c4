/**
 * Bundles as volumes. A volume has a name of its own, so two hubs that fill one bundle at once make two, and neither changes
 * files that a server reads already. Its last change is a mark on its folder, without which it is not used.
 */
import { randomBytes } from 'node:crypto'
import type { BundleSource, Bundles } from '../../files.ts'
import type { BundleVolumes } from '../container.ts'
import { listLabelled, removeOne } from '../containers.ts'
import type { DockerContext } from '../context.ts'
import type { Engine, RequestTimes } from '../engine.ts'
import { bundleName, installationLabels, isOurs, label, labelFilters } from '../labels.ts'
import { shared } from '../shared.ts'
import { folderArchive, modeInside, putArchive } from './archive.ts'
import { type MountedFiles, volumeAt } from './mounts.ts'
import { withHolder } from './parts.ts'
import { createVolume, inspectVolume, listVolumes, removeVolume } from './volumes.ts'

/** The mode of a filled bundle's folder. The sticky bit is the mark: nothing else sets it. */
const filledMode = 0o1555
/** The sticky bit as Go counts modes. */
const sticky = 1 << 20
/** So old an unfilled volume is that of a dead hub, also where the clocks of hub and engine differ. */
const oldMilliseconds = 24 * 3_600_000
/** Seconds that the engine may take for the files of a bundle. */
const longest = 600

/** Returns the volumes of these bundles, which are filled first where they lack. */
export async function provideBundles(
  docker: DockerContext,
  { bundles }: MountedFiles,
  image: string,
  source: (digest: string) => Promise<BundleSource>,
  times: RequestTimes,
): Promise<BundleVolumes> {
  const volumes = new Map<string, string>()
  for (const { digest } of bundles) volumes.set(digest, await provideBundle(docker, digest, image, source, times))
  return volumes
}

/** Says whether the volume that a container has at `path` is a filled bundle. */
export async function isComplete(engine: Engine, id: string, path: string, times: RequestTimes): Promise<boolean> {
  return ((await modeInside(engine, id, path, times)) & sticky) !== 0
}

export function forgetBundle({ memory }: DockerContext, digest: string): void {
  memory.bundles.delete(digest)
}

export function volumeBundles(docker: DockerContext): Bundles {
  const { engine, installation } = docker
  return {
    async list() {
      const found = await listVolumes(engine, { label: labelFilters(installation, label.bundle) })
      return [...new Set(found.flatMap(({ Labels }) => Labels[label.bundle] ?? []))]
    },
    async remove(digest) {
      if (!/^[0-9a-f]{64}$/.test(digest)) throw new Error(`${digest} is no digest`)
      forgetBundle(docker, digest)
      const ofBundle = labelFilters(installation, `${label.bundle}=${digest}`)
      // Containers that fill: their hub was killed, or fills what no course names any more.
      for (const { Id } of await listLabelled(engine, ofBundle)) await removeOne(engine, Id, 0, {})
      for (const { Name } of await listVolumes(engine, { label: ofBundle })) await removeVolume(engine, Name)
    },
  }
}

async function provideBundle(
  docker: DockerContext,
  digest: string,
  image: string,
  source: (digest: string) => Promise<BundleSource>,
  times: RequestTimes,
): Promise<string> {
  const { memory, engine, installation } = docker
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new Error(`${digest} is no digest`)
  const known = memory.bundles.get(digest)
  if (known !== undefined && isOurs((await inspectVolume(engine, known, times))?.Labels, installation)) return known
  const fill = () => findOrFill(docker, digest, image, source)
  const volume = await shared(memory.filling, digest, fill, times.signal)
  memory.bundles.set(digest, volume)
  return volume
}

async function findOrFill(
  docker: DockerContext,
  digest: string,
  image: string,
  source: (digest: string) => Promise<BundleSource>,
): Promise<string> {
  const { engine, installation } = docker
  const labels = { ...installationLabels(installation), [label.bundle]: digest }
  const found = await listVolumes(engine, { label: labelFilters(installation, `${label.bundle}=${digest}`) })
  const name = `${bundleName(installation, digest)}-${randomBytes(4).toString('hex')}`
  const volumes = found.map(({ Name }) => Name).sort()
  const holder = { part: 'look', image, command: ['true'] }
  if (volumes.length > 0) {
    const mounts = volumes.map((volume, at) => volumeAt(volume, `/carrel/${at}`, true))
    const filled = await withHolder(docker, `${name}-look`, labels, { ...holder, mounts }, {}, async (id) => {
      const looked = volumes.map(async (volume, at) =>
        (await isComplete(engine, id, `/carrel/${at}`, {})) ? volume : [],
      )
      return (await Promise.all(looked)).flat()
    })
    // What a killed hub has left. A hub that fills one has a container that keeps it, once its volume is a moment old.
    const left = found.filter((volume) => !filled.includes(volume.Name) && isOld(volume))
    for (const { Name } of left) await removeVolume(engine, Name).catch(() => false)
    if (filled[0] !== undefined) return filled[0]
  }
  const { tar } = await source(digest)
  await createVolume(engine, { Name: name, Driver: 'local', DriverOpts: {}, Labels: labels })
  const mounts = [volumeAt(name, '/carrel/bundle')]
  try {
    await withHolder(docker, `${name}-fill`, labels, { ...holder, part: 'fill', mounts }, {}, async (id) => {
      await putArchive(engine, id, '/carrel/bundle', tar(), { extraSeconds: longest })
      await putArchive(engine, id, '/carrel', await folderArchive('bundle', { uid: 0, gid: 0, mode: filledMode }), {})
    })
  } catch (error) {
    // A disk that is full must not fill further with each start that tries.
    await removeVolume(engine, name).catch(() => false)
    throw error
  }
  return name
}

function isOld({ CreatedAt }: object & { CreatedAt?: string }): boolean {
  return Date.now() - Date.parse(CreatedAt ?? '') > oldMilliseconds
}
