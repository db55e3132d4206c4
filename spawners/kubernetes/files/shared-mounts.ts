/** Claims of the operator's, and folders of the nodes, that all servers see. Pure. */
import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import { z } from 'zod'
import type { MountedBundle, MountedHome } from '../../files.ts'
import { SpawnError } from '../../spawner.ts'

const folder = /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u

/** Folders with which a learner's code would have the node. Each stands for those above it, too. */
const powerful = [
  '/proc',
  '/sys',
  '/dev',
  '/etc',
  '/root',
  '/run',
  '/var/run',
  '/var/lib/kubelet',
  '/var/lib/containerd',
]

/** A claim of the namespace that is no home. */
export const foreignClaim = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'is the name of a claim')
  .refine((name) => !name.startsWith('carrel-'), "is a name of Carrel's own claims")

/** A folder of each node that gives no power over the node. */
export const nodeFolder = z
  .string()
  .regex(folder, 'is an absolute folder of the nodes, like /data/sets')
  .refine(
    (path) => !powerful.some((one) => isWithin(one, path) || isWithin(path, one)),
    'would give learners the node itself: name a folder that holds nothing but what they may see',
  )

/** The name of one of the option `volumes`. */
export const volumeName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is a name as Kubernetes writes it: a-z, 0-9 and -')

export const sharedMountsSchema = z.array(
  z
    .strictObject({
      /** A claim of the namespace. */
      claim: foreignClaim.optional(),
      /** A folder of each node. The namespace's Pod Security must allow it. */
      hostPath: nodeFolder.optional(),
      /** One of the option `volumes`. */
      volume: volumeName.optional(),
      /** Where servers see it. */
      path: z
        .string()
        .regex(folder, 'is a folder like /srv/sets')
        .refine(
          (path) => !['/tmp', '/proc', '/sys', '/dev'].some((one) => isWithin(path, one)),
          'is not free in servers',
        ),
      readOnly: z.boolean().default(true),
    })
    .refine(
      ({ claim, hostPath, volume }) => [claim, hostPath, volume].filter((one) => one !== undefined).length === 1,
      'has either a claim or a hostPath, or names a volume',
    ),
)

export type SharedMount = z.output<typeof sharedMountsSchema>[number]

/** Returns the volumes of a pod with these files, and where its server sees them. */
export function sharedMounts(
  all: readonly SharedMount[],
  { home, bundles }: { home?: MountedHome | undefined; bundles: readonly MountedBundle[] },
): { volumes: V1Volume[]; mounts: V1VolumeMount[] } {
  const taken = [...(home ? [home.path] : []), ...bundles.map(({ path }) => path)]
  for (const { path } of all) {
    const other = taken.find((one) => isWithin(one, path) || isWithin(path, one))
    if (other === undefined) continue
    throw new SpawnError('The files of this course have no place in its notebooks.', {
      detail: `the mount at ${path} and ${other} may not lie in one another`,
      lasts: true,
    })
  }
  return {
    volumes: all.flatMap(({ claim, hostPath }, index): V1Volume[] => {
      const name = `mount-${index}`
      if (claim !== undefined) return [{ name, persistentVolumeClaim: { claimName: claim } }]
      if (hostPath !== undefined) return [{ name, hostPath: { path: hostPath, type: 'Directory' } }]
      return []
    }),
    mounts: all.map(({ path, readOnly, volume }, index) => {
      return { name: volume ?? `mount-${index}`, mountPath: path, readOnly }
    }),
  }
}

function isWithin(path: string, around: string): boolean {
  return path === around || path.startsWith(`${around}/`)
}
