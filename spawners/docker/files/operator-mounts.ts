/** Folders and volumes of the operator's that all servers see. */
import { resolve } from 'node:path'
import type { MountSettings } from 'dockerode'
import { z } from 'zod'
import { SpawnError } from '../../spawner.ts'
import { type MountedFiles, volumeAt } from './mounts.ts'

const folder = /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u

/** Folders with which a learner's code would have the machine. Each stands for those in it and above it, too. */
const powerful = [
  ...['/proc', '/sys', '/dev', '/boot', '/var/lib/docker', '/var/lib/containerd', '/var/lib/kubelet'],
  ...['/run', '/var/run'].flatMap((run) =>
    ['docker.sock', 'docker', 'containerd', 'podman', 'crio', 'user', 'systemd', 'dbus'].map((one) => `${run}/${one}`),
  ),
]

/** Folders with secrets of the machine among other things. Each stands for those above it, and for none in it. */
const secretive = ['/etc', '/root']

export const mountsSchema = z.array(
  z
    .strictObject({
      /** A folder of the engine's machine. */
      source: z
        .string()
        .regex(folder, 'is an absolute folder of the engine’s machine, like /data/sets')
        .refine(
          (path) => !(secretive.some((one) => isInside(one, path)) || powerful.some((one) => meet(one, path))),
          'would give learners the machine itself: name a folder that holds nothing but what they may see',
        )
        .optional(),
      /** The name of a volume. */
      volume: z
        .string()
        .regex(/^[A-Za-z0-9][\w.-]*$/, 'is the name of a volume')
        .refine((name) => !/^carrel-/.test(name), 'is a name of Carrel’s own volumes')
        .optional(),
      /** Where servers see it. */
      path: z
        .string()
        .regex(folder, 'is a folder like /srv/sets')
        .refine(
          (path) => !['/tmp', '/proc', '/sys', '/dev'].some((one) => isInside(path, one)),
          'is not free in servers',
        ),
      readOnly: z.boolean().default(true),
    })
    .refine(
      ({ source, volume }) => (source === undefined) !== (volume === undefined),
      'has either a source or a volume',
    ),
)

export type OperatorMount = z.output<typeof mountsSchema>[number]

/** Says whether a server with these mounts sees this folder or file of the engine's machine. Pure. */
export function shows(mounts: readonly OperatorMount[], path: string): boolean {
  return mounts.some(({ source }) => source !== undefined && meet(source, path))
}

/** Throws where servers would see what the hub keeps in its folder: its database and its keys. */
export function assertApart(mounts: readonly OperatorMount[], dataDir: string): void {
  if (dataDir === '' || !shows(mounts, resolve(dataDir))) return
  throw new SpawnError('The files of this course have no place in its notebooks.', {
    detail: `a mount would show learners what the hub keeps in ${dataDir}: take it out of the option mounts`,
    lasts: true,
  })
}

/** Returns the mounts of a server with these files. Pure. */
export function operatorMounts(mounts: readonly OperatorMount[], { home, bundles }: MountedFiles): MountSettings[] {
  const taken = [...(home ? [home.path] : []), ...bundles.map(({ path }) => path)]
  return mounts.map(({ source, volume, path, readOnly }) => {
    const other = taken.find((one) => meet(one, path))
    if (other !== undefined) {
      throw new SpawnError('The files of this course have no place in its notebooks.', {
        detail: `the mount at ${path} and ${other} may not lie in one another`,
        lasts: true,
      })
    }
    if (volume !== undefined) return volumeAt(volume, path, readOnly)
    return { Type: 'bind', Source: source ?? '', Target: path, ReadOnly: readOnly }
  })
}

/** Says whether one of two folders lies in the other. */
function meet(one: string, other: string): boolean {
  return isInside(one, other) || isInside(other, one)
}

function isInside(path: string, around: string): boolean {
  return path === around || path.startsWith(`${around}/`)
}
