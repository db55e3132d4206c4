/** The option `volumes`: what init containers, sidecars and the server of one pod may share, in Kubernetes' own words. */
import { z } from 'zod'
import { quantity } from '../../options/quantity.ts'
import { foreignClaim, nodeFolder, volumeName } from '../files/shared-mounts.ts'
import { dataKey, name } from '../words.ts'

/** The volume of a learner's home, which a pod has where its course has homes. */
export const volumeOfHome = 'home'

/** Names of volumes that pods may have for Carrel's own purposes. */
const taken = /^(home|memory|pipes|(writable|bundle|mount)-\d+|carrel-.*)$/

const mode = z.int().min(0).max(0o777).optional()
const path = z.string().regex(/^(?!.*(^|\/)\.\.(\/|$))[^/]/, 'is a path below the volume, without ..')
const items = z.array(z.strictObject({ key: dataKey, path, mode })).optional()

const sources = {
  /** A folder of the pod's own, which goes with it. */
  emptyDir: z.strictObject({ medium: z.enum(['', 'Memory']).optional(), sizeLimit: quantity.optional() }).optional(),
  secret: z.strictObject({ secretName: name, items, defaultMode: mode, optional: z.boolean().optional() }).optional(),
  configMap: z
    .strictObject({
      name: name.refine((one) => !one.startsWith('carrel-'), "is a name of Carrel's own ConfigMaps"),
      items,
      defaultMode: mode,
      optional: z.boolean().optional(),
    })
    .optional(),
  persistentVolumeClaim: z.strictObject({ claimName: foreignClaim, readOnly: z.boolean().optional() }).optional(),
  /** A folder of the node. The namespace's Pod Security must allow it. */
  hostPath: z
    .strictObject({ path: nodeFolder, type: z.enum(['', 'Directory', 'DirectoryOrCreate']).optional() })
    .optional(),
}

const kinds = Object.keys(sources) as (keyof typeof sources)[]

export const volumesSchema = z.array(
  z
    .strictObject({
      name: volumeName.refine((one) => !taken.test(one), 'is a name that Carrel itself uses'),
      ...sources,
    })
    .refine(
      (volume) => kinds.filter((kind) => volume[kind] !== undefined).length === 1,
      `has one of ${kinds.join(', ')}`,
    ),
)

export type Volumes = z.output<typeof volumesSchema>
