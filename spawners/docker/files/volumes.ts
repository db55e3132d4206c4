/** Requests about volumes. One that is not there is undefined, not an error. */
import type { VolumeInspectInfo } from 'dockerode'
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
