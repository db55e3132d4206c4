import type { Installation } from '../../spawner.ts'
import type { Engine } from '../engine.ts'
import { isOurs, type Labels, label } from '../labels.ts'
import type { DockerOptions } from '../options.ts'

/** Where a builder makes its images, and what they are called there. */
export interface BuildPlace {
  engine: Engine
  installation: Installation
  /** What stands before the names of builds, with a slash at its end. */
  prefix: string
  /** How images from which others are made are fetched. */
  fetching: Pick<DockerOptions, 'pull' | 'registryAuth' | 'timeoutSeconds'>
  /** Returns the network of the commands of a Dockerfile that may reach one, after making it where there is none. */
  network(signal: AbortSignal): Promise<string>
}

/** Returns the image of a build. Throws where no image can have the name. Pure. */
export function referenceIn({ prefix }: Pick<BuildPlace, 'prefix'>, name: string): string {
  if (!/^[a-z0-9]+(?:[._-][a-z0-9]+)*:[a-z0-9]+$/.test(name)) throw new Error(`"${name}" is no name of a build`)
  return prefix + name
}

/** Returns whether an image was built by this installation under this name. Pure. */
export function isBuild(labels: Labels | null | undefined, installation: Installation, name: string): boolean {
  return isOurs(labels, installation) && labels?.[label.build] === name
}

/** Returns the labels of ours that stand in an image beside those of a build, which only a Dockerfile can have put there. Pure. */
export function foreignLabels(labels: Labels | null | undefined): string[] {
  const own: string[] = [label.installation, label.installationId, label.build]
  return Object.keys(labels ?? {}).filter((key) => /^carrel\./i.test(key) && !own.includes(key))
}
