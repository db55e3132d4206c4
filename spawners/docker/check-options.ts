/** Looks whether the engine and this machine have what options name. */
import { secretEnvProblems } from '../options/secret-env.ts'
import type { SpawnError } from '../spawner.ts'
import type { Engine, EngineError } from './engine.ts'
import { missingVolumes } from './files/volumes.ts'
import type { DockerOptions } from './options.ts'
import { readSeccomp } from './rights/seccomp.ts'

/** The parts of the engine's own description that this file reads. */
interface EngineInfo {
  Runtimes?: Record<string, unknown>
  Driver?: string
  DriverStatus?: [string, string][] | null
}

/** Returns what is missing on this machine, a sentence with its remedy for each thing. */
export async function missingFiles({
  secretEnv,
  seccomp,
}: Pick<DockerOptions, 'secretEnv' | 'seccomp'>): Promise<string[]> {
  const problems = await secretEnvProblems(secretEnv)
  const profile = await readSeccomp(seccomp).then(
    () => [],
    ({ detail }: SpawnError) => [`${detail}. Correct the option seccomp, or let the hub's user read the file.`],
  )
  return [
    ...problems.map((problem) => `${problem}. Correct the option secretEnv, or let the hub's user read the file.`),
    ...profile,
  ]
}

/** Returns what the engine lacks, a sentence with its remedy for each thing. */
export async function missingAtEngine(
  engine: Engine,
  options: Pick<DockerOptions, 'mounts' | 'runtime' | 'disk'>,
  signal: AbortSignal,
): Promise<string[]> {
  const volumes = await missingVolumes(engine, options.mounts, { signal })
  const lacks = volumes.map(
    (name) =>
      `the engine has no volume ${name}, which the option mounts names: docker volume create ${name}, or correct the name.`,
  )
  if (options.runtime === undefined && options.disk === undefined) return lacks
  const info: EngineInfo = await engine.request('describe itself', () => engine.docker.info(), { signal })
  return [...lacks, ...lacksOf(info, options)]
}

/** Returns what an engine that describes itself so lacks. Pure. */
export function lacksOf(
  { Runtimes, Driver, DriverStatus }: EngineInfo,
  { runtime, disk }: Pick<DockerOptions, 'runtime' | 'disk'>,
): string[] {
  const lacks: string[] = []
  if (runtime !== undefined && Runtimes !== undefined && !Object.hasOwn(Runtimes, runtime)) {
    const known = Object.keys(Runtimes).join(', ')
    lacks.push(
      `the engine has no runtime ${runtime}, which the option runtime names; it has ${known}. Name one of them, or add it to the engine's daemon.json.`,
    )
  }
  const fileSystem = DriverStatus?.find(([name]) => name === 'Backing Filesystem')?.[1]
  const canLimit = Driver === 'btrfs' || Driver === 'zfs' || (Driver === 'overlay2' && fileSystem === 'xfs')
  if (disk !== undefined && !canLimit) {
    lacks.push(
      `the engine cannot limit a server's disk (option disk) with its storage driver ${Driver} on ${fileSystem}: leave the option out, or let the engine keep its files on XFS mounted with pquota.`,
    )
  }
  return lacks
}

/** Says whether an error is the engine's refusal of options, which another try meets again. */
export function refusesOptions(error: EngineError): boolean {
  return (
    error.status !== undefined &&
    /unknown (or invalid )?runtime|--storage-opt is supported only|gathering device information|could not select device driver|invalid storage option/i.test(
      error.message,
    )
  )
}
