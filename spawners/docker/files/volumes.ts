/** Requests about volumes. One that is not there is undefined, not an error. */
import type { VolumeInspectInfo } from 'dockerode'
import { SpawnError } from '../../spawner.ts'
import { type Engine, EngineError, type RequestTimes, refusedWith } from '../engine.ts'
import type { Labels } from '../labels.ts'

export interface VolumeSpec {
  Name: string
  Driver: string
  DriverOpts: Record<string, string>
  Labels: Labels
}

export async function inspectVolume(
  { docker, request }: Engine,
  name: string,
  times?: RequestTimes,
): Promise<VolumeInspectInfo | undefined> {
  try {
    return await request(`look at the volume ${name}`, () => docker.getVolume(name).inspect(), times)
  } catch (error) {
    if (refusedWith(error, 404)) return undefined
    throw error
  }
}

/** Makes a volume. One of that name that is there already stays as it is. */
export async function createVolume({ docker, request }: Engine, spec: VolumeSpec, times?: RequestTimes): Promise<void> {
  await request(`make the volume ${spec.Name}`, () => docker.createVolume(spec), times)
}

export async function listVolumes(
  { docker, request }: Engine,
  filters: { label?: string[]; name?: string[] },
  times?: RequestTimes,
): Promise<VolumeInspectInfo[]> {
  const { Volumes } = await request('list volumes', () => docker.listVolumes({ filters }), times)
  return Volumes ?? []
}

/** Removes a volume and returns true, also when it is gone already. Returns false while a container has it. */
export async function removeVolume({ docker, request }: Engine, name: string, times?: RequestTimes): Promise<boolean> {
  try {
    await request(`remove the volume ${name}`, () => docker.getVolume(name).remove(), times)
  } catch (error) {
    if (refusedWith(error, 409)) return false
    if (!(error instanceof EngineError) || error.status !== 404) throw error
  }
  return true
}

interface VolumeNamed {
  volume?: string | undefined
}

/** Returns the names of volumes of the operator's that are not there. */
export async function missingVolumes(
  engine: Engine,
  mounts: readonly VolumeNamed[],
  times?: RequestTimes,
): Promise<string[]> {
  const names = mounts.flatMap(({ volume }) => volume ?? [])
  const found = await Promise.all(names.map((name) => inspectVolume(engine, name, times)))
  return names.filter((_, at) => found[at] === undefined)
}

/** Rejects when such a volume is not there: an engine would make an empty one of its name. */
export async function assertVolumes(
  engine: Engine,
  mounts: readonly VolumeNamed[],
  times: RequestTimes,
): Promise<void> {
  const missing = await missingVolumes(engine, mounts, times)
  if (missing.length === 0) return
  throw new SpawnError('Files of this course are not there.', {
    detail: `there is no volume ${missing.join(', ')}, which the option mounts names`,
    lasts: true,
  })
}
